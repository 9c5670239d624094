import { z } from 'zod'

/** What one verify phase found out, test by test. */
export interface Report {
  readonly tests: readonly TestResult[]
  /** What is wrong with the report itself; with any of these nothing counts as solved. */
  readonly problems: readonly Problem[]
  /** The number that a Harbor `test.sh` wrote, if there was one. */
  readonly reward: number | undefined
}

export interface TestResult {
  readonly id: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'error'
  readonly seconds: number
  readonly message: string
}

export type Problem =
  | { readonly kind: 'no-end' }
  | { readonly kind: 'count'; readonly announced: number; readonly received: number }
  | { readonly kind: 'doubled'; readonly id: string }
  | { readonly kind: 'malformed'; readonly line: string }
  | { readonly kind: 'after-end' }
  | { readonly kind: 'exit'; readonly announced: number; readonly real: number }
  | { readonly kind: 'reward'; readonly message: string }

const Line = z.discriminatedUnion('kind', [
  z.strictObject({
    nonce: z.string(),
    kind: z.literal('test'),
    id: z.string().min(1).max(1000),
    status: z.enum(['passed', 'failed', 'skipped', 'error']),
    seconds: z.number().nonnegative(),
    message: z.string().max(20_000),
  }),
  z.strictObject({
    nonce: z.string(),
    kind: z.literal('end'),
    count: z.number().int(),
    code: z.number().int(),
  }),
])

const MAX_TESTS = 50_000

/**
 * Reads the lines that one of our runners sent.
 *
 * @param text - the whole results stream
 * @param nonce - what each line must carry
 * @param exitCode - how the runner's process really ended
 */
export function parseReport(text: string, nonce: string, exitCode: number): Report {
  const tests: TestResult[] = []
  const problems: Problem[] = []
  const seen = new Set<string>()
  let end: { count: number; code: number } | undefined

  for (const line of text.split('\n').filter(Boolean).slice(0, MAX_TESTS)) {
    const parsed = Line.safeParse(parseJson(line))
    if (!parsed.success || parsed.data.nonce !== nonce) {
      problems.push({ kind: 'malformed', line: line.slice(0, 200) })
      continue
    }
    if (end !== undefined) problems.push({ kind: 'after-end' })
    if (parsed.data.kind === 'end') {
      end = parsed.data
      continue
    }
    const { id, status, seconds, message } = parsed.data
    if (seen.has(id)) problems.push({ kind: 'doubled', id })
    seen.add(id)
    tests.push({ id, status, seconds, message })
  }
  if (end === undefined) problems.push({ kind: 'no-end' })
  else {
    if (end.count !== tests.length)
      problems.push({ kind: 'count', announced: end.count, received: tests.length })
    if (end.code !== exitCode) problems.push({ kind: 'exit', announced: end.code, real: exitCode })
  }
  return { tests, problems, reward: undefined }
}

/**
 * Reads the reward that a Harbor `test.sh` wrote: `reward.json` (an object of numbers, key `reward`) before `reward.txt`
 * (one number). Strings, booleans, `nan` and `inf` are refused.
 */
export function parseReward(files: { json: string | undefined; text: string | undefined }): {
  reward: number | undefined
  problem: string | undefined
} {
  if (files.json !== undefined) {
    const parsed = z.record(z.string(), z.number()).safeParse(parseJson(files.json))
    const reward = parsed.success ? parsed.data.reward : undefined
    return reward === undefined
      ? { reward, problem: 'reward.json is not an object of numbers with the key "reward"' }
      : { reward, problem: undefined }
  }
  if (files.text === undefined) return { reward: undefined, problem: 'tests/test.sh wrote no reward' }
  const text = files.text.trim()
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
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
        .max(MAX_TESTS),
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
        other: 0,
        start: times.start,
        stop: times.stop,
      },
      tests: report.tests.map(test => ({
        name: test.id,
        status: test.status === 'error' ? 'failed' : test.status,
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
