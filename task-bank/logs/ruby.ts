import { eachLine, type LogParser, type Status, type Statuses } from './statuses.ts'

/** test-unit with `--verbose=verbose`: `test: name: .: (0.01)`. */
export const parseTestUnit: LogParser = log =>
  eachLine(log, line => {
    const told = /^(?:test: )?(.+):\s+(\.|E\b|F\b|O\b)/.exec(line.trim())
    return told === null ? undefined : [told[1]!, statusOf(told[2]!)]
  })

/** minitest with `-v`: `Class#test_name. 0.01 s = .`; cucumber's progress: `features/a.feature ....`. */
export const parseMinitest: LogParser = log => {
  const statuses = eachLine(log, readMinitest)
  return statuses.size > 0 ? statuses : readCucumber(log)
}

function readMinitest(line: string): readonly [string, Status] | undefined {
  const told = /^(.+)\. .*= ?([.FES])\s*$/.exec(line.trim())
  return told === null ? undefined : [told[1]!, statusOf(told[2]!)]
}

function readCucumber(log: string): Statuses {
  return eachLine(log, line => {
    const told = /^(.*) \.*([.F])/.exec(line.trim())
    return told === null ? undefined : [told[1]!, statusOf(told[2]!)]
  })
}

function statusOf(mark: string): Status {
  return mark === '.' ? 'PASSED' : mark === 'O' || mark === 'S' ? 'SKIPPED' : 'FAILED'
}
