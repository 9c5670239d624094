import { eachLine, type LogParser, linesOf } from './statuses.ts'

/** `cargo test`: `test module::name ... ok`. */
export const parseCargo: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^test +(\S+)(?: - should panic)? +\.\.\. +(ok|FAILED|ignored)\b/.exec(line.trim())
    return told === null ? undefined : [told[1]!, STATUS[told[2] as keyof typeof STATUS]]
  })

const STATUS = { ok: 'PASSED', FAILED: 'FAILED', ignored: 'SKIPPED' } as const
