import { eachLine, type LogParser, linesOf, type Status } from './statuses.ts'

/**
 * Maven says nothing of tests that pass, so each is run by a command of its own: `mvn test -Dtest=Class#method`, as the shell
 * traces it, and later `BUILD SUCCESS` or `BUILD FAILURE`. A result belongs to the first test that waits for one; those that came
 * while none did to the tests that are left at the end.
 */
export const parseMaven: LogParser = log => {
  const statuses = new Map<string, Status>()
  const waiting: string[] = []
  let done = 0
  const early: Status[] = []
  for (const line of linesOf(log)) {
    const test = /-Dtest=([^\s'"]+)/.exec(line)?.[1]
    if (test !== undefined) waiting.push(test)
    const result = /BUILD (SUCCESS|FAILURE)\s*$/.exec(line)?.[1]
    if (result === undefined) continue
    const status = result === 'SUCCESS' ? 'PASSED' : 'FAILED'
    const first = waiting[done]
    if (first === undefined) early.push(status)
    else {
      statuses.set(first, status)
      done++
    }
  }
  for (const [index, test] of waiting.slice(done, done + early.length).entries())
    statuses.set(test, early[index]!)
  return statuses
}

/** Ant's JUnit task with a listener that prints `[junit] [PASS] name`. */
export const parseAnt: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^\s*\[junit\]\s+\[(PASS|FAIL|ERR)\]\s/.exec(line)
    return told === null
      ? undefined
      : [line.slice(told[0].length).trim(), told[1] === 'PASS' ? 'PASSED' : 'FAILED']
  })
