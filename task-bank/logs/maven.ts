import { type LogParser, linesOf, type Status } from './statuses.ts'

/**
 * Maven says nothing of tests that pass, so each is run by a command of its own: `mvn test -Dtest=Class#method`, as the shell
 * traces it, and later `BUILD SUCCESS` or `BUILD FAILURE`. What comes first belongs to what comes first.
 */
export const parseMaven: LogParser = log => {
  const tests: string[] = []
  const results: Status[] = []
  for (const line of linesOf(log)) {
    const test = /-Dtest=([^\s'"]+)/.exec(line)?.[1]
    if (test !== undefined) tests.push(test)
    if (/BUILD SUCCESS\s*$/.test(line)) results.push('PASSED')
    if (/BUILD FAILURE\s*$/.test(line)) results.push('FAILED')
  }
  return new Map(
    tests.flatMap((test, index) => (results[index] === undefined ? [] : [[test, results[index]]])),
  )
}

/** Ant's JUnit task with a listener that prints `[junit] [PASS] name`. */
export const parseAnt: LogParser = log =>
  new Map(
    linesOf(log).flatMap(line => {
      const told = /^\s*\[junit\]\s+\[(PASS|FAIL|ERR)\]\s+(.*)$/.exec(line)
      return told === null
        ? []
        : [[told[2]!.trimEnd(), told[1] === 'PASS' ? ('PASSED' as const) : ('FAILED' as const)]]
    }),
  )
