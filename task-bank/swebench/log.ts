import { findParser } from '../logs/parsers.ts'
import { linesOf, type Statuses } from '../logs/statuses.ts'

/** Lines by which an evaluation script tells where its tests begin and end, and how they ended. */
export const START = '>>>>> Start Test Output'
export const END = '>>>>> End Test Output'
export const EXIT = '>>>>> Test Exit Code'

/** Each of these anywhere in a log says that there is nothing to be read. */
const BROKEN = [
  '>>>>> Patch Apply Failed',
  '>>>>> Reset Failed',
  '>>>>> Tests Errored',
  '>>>>> Tests Timed Out',
]

/** Each of these in a line shows that a suite was run, although it told of no test. */
const RAN = [
  /\bExecuted [1-9]\d* of \d+/,
  /\bTOTAL: [1-9]\d* (?:SUCCESS|FAILED)/,
  /\b[1-9]\d* passing\b/,
  /^Tests: +(?:\d+ \w+, )*[1-9]/,
  /^Test Suites: +(?:\d+ \w+, )*[1-9]\d* total/,
  /^# tests [1-9]/,
  /\b[1-9]\d* specs?, \d+ failures?/,
]

/** Read in seconds. Of a longer log no part is read: what was left out might say that a test failed. */
const MAX_LINES = 2_000_000

export type ReadLog =
  | { readonly kind: 'statuses'; readonly statuses: Statuses }
  | { readonly kind: 'unusable'; readonly reason: string }

/**
 * Reads the output of an evaluation script with the parser of that name. What is printed between the first mark of the beginning
 * and the first of the end counts.
 *
 * @param seal - what was added to each mark, so that code under test cannot know it; empty for logs of others
 */
export function readLog(log: string, parser: string, seal = ''): ReadLog {
  const unusable = (reason: string): ReadLog => ({ kind: 'unusable', reason })
  const parse = findParser(parser)
  if (parse === undefined) return unusable(`there is no parser "${parser}"`)
  if (countLines(log) > MAX_LINES) return unusable(`the log has more than ${MAX_LINES} lines`)
  const broken = BROKEN.find(mark => log.includes(mark))
  if (broken !== undefined) return unusable(`the log says "${broken}"`)
  const start = log.indexOf(START + seal)
  const end = log.indexOf(END + seal, start)
  if (start < 0 || end < 0)
    return unusable('the tests were not run to their end: a mark is missing in the log')
  const inside = log.slice(start + START.length + seal.length, end)
  const between = parse(inside)
  // In logs of others, whose two streams were read apart, results may stand past the marks.
  const statuses = between.size > 0 || seal !== '' ? between : parse(log)
  if (statuses.size === 0 && !hasRun(log)) return unusable('the log tells of no test')
  const code = exitCode(log, seal)
  const hasFailed = [...statuses.values()].some(status => status === 'FAILED' || status === 'ERROR')
  if (code !== undefined && code !== 0 && statuses.size > 0 && !hasFailed)
    return unusable(`the tests ended with exit code ${code}, but the log tells of no failure`)
  return { kind: 'statuses', statuses }
}

function countLines(log: string): number {
  let count = 1
  for (let at = log.indexOf('\n'); at >= 0; at = log.indexOf('\n', at + 1)) count++
  return count
}

function hasRun(log: string): boolean {
  for (const line of linesOf(log)) if (RAN.some(pattern => pattern.test(line))) return true
  return false
}

function exitCode(log: string, seal: string): number | undefined {
  const at = log.lastIndexOf(EXIT + seal)
  const found = at < 0 ? null : /^: *(-?\d{1,9})/.exec(log.slice(at + EXIT.length + seal.length, at + 200))
  return found === null ? undefined : Number(found[1])
}
