import os from 'node:os'
import { z } from 'zod'
import { type Canonical, parseCanonical } from './canonical.ts'

/** What one verify phase found out, test by test. */
export interface Report {
  readonly tests: readonly TestResult[]
  /** What lifted tests saw; judged by whoever has the expectations. */
  readonly observations: readonly Observation[]
  /** Files of which every test was run, as their processes and their exit codes say. */
  readonly through: readonly string[]
  /** What is wrong with the report itself; with any of these nothing counts as solved. */
  readonly problems: readonly Problem[]
  /** The number that a Harbor `test.sh` wrote, if there was one. */
  readonly reward: number | undefined
  /** All rewards by their keys, if `test.sh` wrote any. */
  readonly rewards?: Readonly<Record<string, number>>
}

export interface TestResult {
  readonly id: string
  /** `xfailed`: it failed as its author said it would. */
  readonly status: 'passed' | 'failed' | 'skipped' | 'error' | 'xfailed'
  readonly seconds: number
  readonly message: string
}

/** A value that a test saw at a site, in the middle of running. */
export interface Observation {
  readonly id: string
  readonly site: string
  readonly value: Canonical
}

export type Problem =
  /** The process of a file ended without having said that it was through. */
  | { readonly kind: 'no-end'; readonly file: string; readonly how: string }
  | { readonly kind: 'count'; readonly file: string; readonly announced: number; readonly received: number }
  | { readonly kind: 'doubled'; readonly id: string }
  /** A line that none of our runners writes. */
  | { readonly kind: 'malformed'; readonly file: string; readonly line: string }
  | { readonly kind: 'after-end'; readonly file: string }
  | { readonly kind: 'exit'; readonly file: string; readonly announced: number; readonly real: string }
  | { readonly kind: 'reward'; readonly message: string }
  /** What a row's evaluation script printed cannot be read. */
  | { readonly kind: 'log'; readonly message: string }
  /** A test that we planted has not the result that it must have. */
  | { readonly kind: 'canary'; readonly message: string }
  | { readonly kind: 'unknown-site'; readonly id: string; readonly site: string }

/** What the process of one test file sent, and how it really ended. */
export interface FileRun {
  readonly file: string
  readonly text: string
  readonly ended: ProcessEnd
}

export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }

const TestLine = z.strictObject({
  kind: z.literal('test'),
  id: z.string().min(1).max(1000),
  status: z.enum(['passed', 'failed', 'skipped', 'error', 'xfailed']),
  seconds: z.number().nonnegative(),
  message: z.string().max(20_000),
})
const EndLine = z.strictObject({ kind: z.literal('end'), count: z.number().int(), code: z.number().int() })
const ObservedLine = z.strictObject({
  kind: z.literal('observed'),
  id: z.string().min(1).max(1000),
  site: z.string().min(1).max(1000),
  value: z.unknown(),
})
const Line = z.discriminatedUnion('kind', [TestLine, EndLine, ObservedLine])

const MAX_LINES = 150_000
/** Of a reward in `reward.txt`. */
const MAX_NUMBER = 1000
const MAX_REWARDS = 100

/** Reads what the processes of all test files sent. A file's process can only speak for its own tests. */
export function parseReport(runs: readonly FileRun[]): Report {
  const parts = runs.map(parseFile)
  const tests = parts.flatMap(part => part.tests)
  const seen = new Set<string>()
  const doubled: Problem[] = []
  for (const { id } of tests) {
    if (seen.has(id)) doubled.push({ kind: 'doubled', id })
    seen.add(id)
  }
  return {
    tests,
    observations: parts.flatMap(part => part.observations),
    through: parts.flatMap(part => part.through),
    problems: [...parts.flatMap(part => part.problems), ...doubled],
    reward: undefined,
  }
}

function parseFile({ file, text, ended }: FileRun): Omit<Report, 'reward'> {
  const tests: TestResult[] = []
  const observations: Observation[] = []
  const problems: Problem[] = []
  let end: { count: number; code: number } | undefined
  const lines = text.split('\n', MAX_LINES)
  // A process that is ended in the middle of a line has not sent a strange one.
  const whole = text.endsWith('\n') ? lines : lines.slice(0, -1)
  for (const line of whole) {
    if (line === '') continue
    const parsed = parseLine(line, file)
    if (parsed === undefined) {
      problems.push({ kind: 'malformed', file, line: line.slice(0, 200) })
      continue
    }
    if (end !== undefined) problems.push({ kind: 'after-end', file })
    if (parsed.kind === 'end') end = parsed
    else if (parsed.kind === 'observed') observations.push(parsed)
    else
      tests.push({ id: parsed.id, status: parsed.status, seconds: parsed.seconds, message: parsed.message })
  }
  if (end === undefined) problems.push({ kind: 'no-end', file, how: sayEnd(ended) })
  else {
    if (end.count !== tests.length)
      problems.push({ kind: 'count', file, announced: end.count, received: tests.length })
    if (ended.kind !== 'exited' || end.code !== ended.code)
      problems.push({ kind: 'exit', file, announced: end.code, real: sayEnd(ended) })
  }
  // pytest stops before the last test with other codes.
  const isThrough = end !== undefined && ended.kind === 'exited' && ended.code <= 1
  return { tests, observations, through: isThrough ? [file] : [], problems }
}

type ParsedLine = z.infer<typeof TestLine> | z.infer<typeof EndLine> | ({ kind: 'observed' } & Observation)

function parseLine(text: string, file: string): ParsedLine | undefined {
  const parsed = Line.safeParse(parseJson(text))
  if (!parsed.success) return undefined
  const line = parsed.data
  if (line.kind === 'end') return line
  if (line.id !== file && !line.id.startsWith(`${file}::`)) return undefined
  if (line.kind === 'test') return line
  const value = parseCanonical(line.value)
  return value && { kind: 'observed', id: line.id, site: line.site, value }
}

const RunHeader = z.union([
  z.strictObject({ file: z.string(), code: z.number().int(), bytes: z.number().int().nonnegative() }),
  z.strictObject({ file: z.string(), signal: z.number().int(), bytes: z.number().int().nonnegative() }),
])

/** Takes apart what a runner of several files sends: for each a line about its process, then what that one said. */
export function splitRuns(stream: Buffer): FileRun[] {
  const runs: FileRun[] = []
  for (let at = 0; ; ) {
    const end = stream.indexOf('\n', at)
    const header = end < 0 ? undefined : RunHeader.safeParse(parseJson(stream.toString('utf8', at, end)))
    if (!header?.success) return runs
    const { file, bytes } = header.data
    const ended: ProcessEnd =
      'code' in header.data
        ? { kind: 'exited', code: header.data.code }
        : { kind: 'signalled', signal: nameSignal(header.data.signal) }
    at = end + 1 + bytes
    runs.push({ file, text: stream.toString('utf8', end + 1, at), ended })
  }
}

function nameSignal(number: number): string {
  const names = Object.entries(os.constants.signals)
  return names.find(([, value]) => value === number)?.[0] ?? `signal ${number}`
}

function sayEnd(ended: ProcessEnd): string {
  return ended.kind === 'exited' ? `exit code ${ended.code}` : ended.signal
}

/**
 * Reads the reward that a Harbor `test.sh` wrote: `reward.json` (an object of numbers, key `reward`) before `reward.txt`
 * (one number). Strings, booleans, `nan` and `inf` are refused.
 */
export function parseReward(files: { json: string | undefined; text: string | undefined }): {
  reward: number | undefined
  /** Every reward by its key; the one that counts is `reward`, or the least if there is none of that name. */
  rewards?: Readonly<Record<string, number>>
  problem: string | undefined
} {
  if (files.json !== undefined) {
    const parsed = z.record(z.string().max(200), z.number()).safeParse(parseJson(files.json))
    const rewards = parsed.success ? parsed.data : {}
    const values = Object.values(rewards)
    return values.length === 0 || values.length > MAX_REWARDS
      ? { reward: undefined, problem: 'reward.json is not an object of numbers' }
      : { reward: rewards.reward ?? Math.min(...values), rewards, problem: undefined }
  }
  if (files.text === undefined) return { reward: undefined, problem: 'tests/test.sh wrote no reward' }
  const text = files.text.trim()
  return text.length <= MAX_NUMBER &&
    /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) &&
    Number.isFinite(Number(text))
    ? { reward: Number(text), problem: undefined }
    : { reward: undefined, problem: `reward.txt is not a number: ${JSON.stringify(text.slice(0, 40))}` }
}

/** Tests out of a CTRF report that a `test.sh` left; for show only, they decide nothing. */
export function parseCtrf(text: string | undefined): TestResult[] {
  const Ctrf = z.looseObject({
    results: z.looseObject({
      tests: z
        .array(
          z.looseObject({
            name: z.string().max(1000),
            status: z.string(),
            duration: z.number().default(0),
            message: z.string().max(100_000).default(''),
          }),
        )
        .max(MAX_LINES),
    }),
  })
  const parsed = Ctrf.safeParse(parseJson(text ?? ''))
  if (!parsed.success) return []
  return parsed.data.results.tests.map(test => ({
    id: test.name,
    status: test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped',
    seconds: test.duration / 1000,
    message: test.message.slice(0, 4000),
  }))
}

/** A report in the Common Test Report Format. */
export function buildCtrf(report: Report, times: { start: number; stop: number }, tool: string): object {
  const count = (status: TestResult['status']): number =>
    report.tests.filter(test => test.status === status).length
  return {
    results: {
      tool: { name: tool },
      summary: {
        tests: report.tests.length,
        passed: count('passed'),
        failed: count('failed') + count('error'),
        pending: 0,
        skipped: count('skipped'),
        other: count('xfailed'),
        start: times.start,
        stop: times.stop,
      },
      tests: report.tests.map(test => ({
        name: test.id,
        status: test.status === 'error' ? 'failed' : test.status === 'xfailed' ? 'other' : test.status,
        duration: Math.round(test.seconds * 1000),
        ...(test.message === '' ? {} : { message: test.message }),
      })),
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
