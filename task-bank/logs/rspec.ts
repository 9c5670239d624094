import { eachLine, type LogParser, linesOf } from './statuses.ts'

/** RSpec whose JSON was printed as `description - passed`. */
export const parseRspec: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^(.+) - (passed|failed|pending)/.exec(line.trim())
    return told === null ? undefined : [told[1]!, STATUS[told[2] as keyof typeof STATUS]]
  })

const STATUS = { passed: 'PASSED', failed: 'FAILED', pending: 'SKIPPED' } as const
