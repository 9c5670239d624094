import { readIndented } from './indented.ts'
import { eachLine, type LogParser, linesOf, plainLinesOf, type Status, withoutDuration } from './statuses.ts'

/** Jest with `--verbose`: `✓ name (3 ms)`; ids are names without their suites, as the published tables have them. */
export const parseJest: LogParser = log => eachLine(plainLinesOf(log), line => readTest(line.trim()))

/** The same with suites: `suite - suite - name`. */
export const parseJestSuites: LogParser = log =>
  readIndented(withoutSummary(plainLinesOf(log)), readTest, ' - ')

/** Results by file only: `PASS src/a.test.js (1.2 s)`. */
export const parseJestFiles: LogParser = log =>
  eachLine(plainLinesOf(log), line => {
    const told = /^(PASS|FAIL) (.+)$/.exec(line.trimEnd())
    return told === null
      ? undefined
      : [withoutDuration(told[2]!.trim()), told[1] === 'PASS' ? 'PASSED' : 'FAILED']
  })

/** Results that were taken out of `--json` and printed as `[PASSED] suite name`. */
export const parseJestJson: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^\[(PASSED|FAILED)\] (.+)$/.exec(line.trim())
    return told === null ? undefined : [told[2]!, told[1] as Status]
  })

const MARKS = {
  '✓': 'PASSED',
  '✔': 'PASSED',
  '√': 'PASSED',
  '✕': 'FAILED',
  '×': 'FAILED',
  '○': 'SKIPPED',
} as const

function readTest(line: string): readonly [string, Status] | undefined {
  const status = MARKS[line[0] as keyof typeof MARKS] as Status | undefined
  return status === undefined || line[1] !== ' ' ? undefined : [withoutDuration(line.slice(2).trim()), status]
}

/** After the tests of a file come its failures once more, and after all files counts. */
function* withoutSummary(lines: Iterable<string>): Generator<string> {
  let isSummary = false
  for (const line of lines) {
    const isFile = /^(?:PASS|FAIL) /.test(line)
    isSummary = !isFile && (isSummary || /^(?:Test Suites:| {2}● )/.test(line))
    if (!isFile && !isSummary) yield line
  }
}
