import { eachLine, type LogParser, linesOf } from './statuses.ts'

/** `go test -v`: `--- PASS: TestA (0.00s)`; subtests are indented and named `TestA/case`. */
export const parseGo: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^--- (PASS|FAIL|SKIP): (.+) \([^()]+\)$/.exec(line.trim())
    return told === null ? undefined : [told[2]!, STATUS[told[1] as keyof typeof STATUS]]
  })

const STATUS = { PASS: 'PASSED', FAIL: 'FAILED', SKIP: 'SKIPPED' } as const
