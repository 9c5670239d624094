import { eachLine, type LogParser, linesOf, withoutDuration } from './statuses.ts'

/** Redis: `[ok]: name (3 ms)`, `[err]: name in tests/unit/a.tcl`. */
export const parseRedis: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^\[(ok|err|skip|ignore)\]: (.+)$/.exec(line.trim())
    if (told === null) return undefined
    const name = withoutDuration(told[2]!)
    if (told[1] === 'err') return [name.replace(/ in \S+$/, ''), 'FAILED']
    return [name, told[1] === 'ok' ? 'PASSED' : 'SKIPPED']
  })

/** automake's harness: `PASS: tests/a`. */
export const parseAutomake: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^(PASS|FAIL|SKIP): (.+)$/.exec(line.trim())
    return told === null ? undefined : [told[2]!, STATUS[told[1] as keyof typeof STATUS]]
  })

/** MicroPython: `pass  basics/a.py`. */
export const parseMicropython: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^(pass|FAIL|skip) +([^ ].*)$/.exec(line.trim())
    return told === null ? undefined : [told[2]!, STATUS[told[1]!.toUpperCase() as keyof typeof STATUS]]
  })

const STATUS = { PASS: 'PASSED', FAIL: 'FAILED', SKIP: 'SKIPPED' } as const
