import { eachLine, type LogParser } from './statuses.ts'

/** googletest, also through ctest with `--verbose`: `[       OK ] Suite.Name (0 ms)`. */
export const parseGoogletest: LogParser = log =>
  eachLine(log, line => {
    const told = /\[ *(OK|FAILED|SKIPPED) *\] (\S.*) \([^()]*\)$/.exec(line.trim())
    return told === null ? undefined : [told[2]!, STATUS[told[1] as keyof typeof STATUS]]
  })

const STATUS = { OK: 'PASSED', FAILED: 'FAILED', SKIPPED: 'SKIPPED' } as const
