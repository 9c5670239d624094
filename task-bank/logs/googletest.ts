import { eachLine, type LogParser, linesOf } from './statuses.ts'

/** googletest, also through ctest with `--verbose`: `[       OK ] Suite.Name (0 ms)`. */
export const parseGoogletest: LogParser = log =>
  eachLine(linesOf(log), line => {
    const end = / \([^()]*\)\s*$/.exec(line)?.index
    const told = /\[ *(OK|FAILED|SKIPPED) *\] (\S.*)/.exec(line.slice(0, end ?? 0))
    return told === null ? undefined : [told[2]!, STATUS[told[1] as keyof typeof STATUS]]
  })

const STATUS = { OK: 'PASSED', FAILED: 'FAILED', SKIPPED: 'SKIPPED' } as const
