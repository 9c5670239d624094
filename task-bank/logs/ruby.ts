import { eachLine, type LogParser, linesOf, type Status, type Statuses } from './statuses.ts'

/** test-unit with `--verbose=verbose`: `test: name: .: (0.01)`. */
export const parseTestUnit: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^(?:test: )?(.+):\s+(\.|E\b|F\b|O\b)/.exec(line.trim())
    return told === null ? undefined : [told[1]!, statusOf(told[2]!)]
  })

/** minitest with `-v`: `Class#test_name. 0.01 s = .`; cucumber's progress: `features/a.feature ....`. */
export const parseMinitest: LogParser = log => {
  const statuses = eachLine(linesOf(log), readMinitest)
  return statuses.size > 0 ? statuses : readCucumber(log)
}

function readMinitest(line: string): readonly [string, Status] | undefined {
  const result = /= ?([.FES])\s*$/.exec(line)
  const dot = result === null ? -1 : line.lastIndexOf('. ', result.index - 2)
  return dot < 1 ? undefined : [line.slice(0, dot).trimStart(), statusOf(result![1]!)]
}

function readCucumber(log: string): Statuses {
  return eachLine(linesOf(log), line => {
    const told = /^(.*) \.*([.F])/.exec(line.trim())
    return told === null ? undefined : [told[1]!, statusOf(told[2]!)]
  })
}

function statusOf(mark: string): Status {
  return mark === '.' ? 'PASSED' : mark === 'O' || mark === 'S' ? 'SKIPPED' : 'FAILED'
}
