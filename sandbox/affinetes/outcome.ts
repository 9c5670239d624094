import { z } from 'zod'
import { readJson } from '../bounded-json.ts'
import type { Reply } from './reply.ts'

/** The scores that an environment may give, from the worst to the best. */
export type ScoreRange = readonly [lowest: number, highest: number]

/** Everything that can come of a call, by what was seen; whose fault it was is decided in `disposition.ts`. */
export const OUTCOMES = [
  /** A score within its range that the environment does not take back. */
  'scored',
  /** The environment says that this call does not count: `valid_for_scoring` is not true, or there is an error. */
  'taken-back',
  /** 200 with `status: "failed"`, as when its own time limit passed. */
  'call-failed',
  /** 500: it raised an exception. */
  'raised',
  /** 4xx: it does not know the method, or does not take the parameters. */
  'refused',
  'odd-status',
  /** No JSON, or none of the form that was agreed. */
  'malformed',
  /** A score that is no finite number, or outside of the declared range. */
  'odd-score',
  'too-big',
  'dropped',
  'unreachable',
  'late',
  'caller-lost',
] as const
export type OutcomeCode = (typeof OUTCOMES)[number]

export type Outcome =
  /** The score in [0, 1]. */
  | { readonly code: 'scored'; readonly score: number; readonly detail: string }
  | { readonly code: Exclude<OutcomeCode, 'scored'>; readonly detail: string }

const MOST_DETAIL = 500

const CallAnswer = z.object({
  status: z.enum(['success', 'failed']),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
})
const Result = z.object({
  score: z.unknown().optional(),
  error: z.unknown().optional(),
  extra: z.object({ valid_for_scoring: z.unknown().optional() }).nullish(),
})

/** What an answer to `POST /call` comes to. Nothing in it is trusted further than its form and the range of its score. */
export function readOutcome(reply: Reply, range: ScoreRange): Outcome {
  switch (reply.kind) {
    case 'unreachable':
    case 'dropped':
      return { code: reply.kind, detail: clip(reply.code) }
    case 'too-big':
    case 'late':
    case 'caller-lost':
      return { code: reply.kind, detail: '' }
    case 'answered':
      return readAnswered(reply, range)
  }
}

function readAnswered({ status, body }: Extract<Reply, { kind: 'answered' }>, range: ScoreRange): Outcome {
  const said = clip(body.toString('utf8', 0, 4 * MOST_DETAIL))
  if (status === 500) return { code: 'raised', detail: said }
  if (status >= 400 && status < 500) return { code: 'refused', detail: `HTTP ${status} ${said}` }
  if (status !== 200) return { code: 'odd-status', detail: `HTTP ${status}` }
  const answer = CallAnswer.safeParse(readJson(body))
  if (!answer.success) return { code: 'malformed', detail: said }
  if (answer.data.status === 'failed') return { code: 'call-failed', detail: textOf(answer.data.error) }
  const result = Result.safeParse(answer.data.result)
  if (!result.success) return { code: 'malformed', detail: said }
  return readResult(result.data, range)
}

function readResult({ score, error, extra }: z.infer<typeof Result>, range: ScoreRange): Outcome {
  const valid = extra?.valid_for_scoring
  const hasError = error !== undefined && error !== null && error !== ''
  if ((valid !== undefined && valid !== true) || (hasError && valid !== true))
    return { code: 'taken-back', detail: textOf(hasError ? error : valid) }
  const mapped = mapScore(score, range)
  if (mapped === undefined)
    return {
      code: 'odd-score',
      detail: `the score ${textOf(score)} is not within [${range[0]}, ${range[1]}]`,
    }
  return { code: 'scored', score: mapped, detail: hasError ? textOf(error) : '' }
}

/** The affine map of a range on [0, 1]: (score - lowest) / (highest - lowest); undefined for what is not within the range. */
export function mapScore(score: unknown, [lowest, highest]: ScoreRange): number | undefined {
  if (typeof score !== 'number' || !Number.isFinite(score)) return undefined
  if (score < lowest || score > highest) return undefined
  return (score - lowest) / (highest - lowest)
}

function textOf(value: unknown): string {
  return clip(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))
}

/** On one line, without what could command a terminal. */
function clip(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > MOST_DETAIL ? `${line.slice(0, MOST_DETAIL)}…` : line
}
