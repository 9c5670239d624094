import { z } from 'zod'
import { toUsd } from '../../sandbox/gateway/money.ts'
import type { ModelUse } from '../evaluate.ts'

/** What an attempt used of language models. */
export const Spent = z.object({
  /** US dollars. */
  usd: z.number(),
  inputTokens: z.number(),
  cachedTokens: z.number(),
  outputTokens: z.number(),
  requests: z.number(),
  /** Calls that were not made, or that nobody answered. */
  refused: z.number(),
  /** Bytes of all requests. */
  bytesOut: z.number(),
  /** Set if answers came from a record: where the agent asked something else than then, if it did. */
  replayed: z
    .object({
      divergence: z
        .object({ call: z.number(), where: z.string(), recorded: z.string(), asked: z.string() })
        .nullable(),
      /** Recorded calls that were not made. */
      left: z.number(),
    })
    .nullable()
    .default(null),
})
export type Spent = z.infer<typeof Spent>

/** What an evaluated attempt used of language models, in dollars; null if it was offered none. */
export function spentOf(models: ModelUse | undefined): Spent | null {
  if (models === undefined) return null
  const { spent, refused, bytesOut, replay } = models.report
  const { usd, ...counts } = spent
  const replayed = replay === undefined ? null : { divergence: replay.divergence ?? null, left: replay.left }
  return { usd: toUsd(usd), ...counts, refused, bytesOut, replayed }
}

/** Markers of other tasks in what was asked of models, as evidence. */
export function tripsOf(models: ModelUse | undefined): string[] {
  return (models?.report.trips ?? []).map(
    ({ marker, task }) => `A prompt held the marker ${marker} of the task ${task}`,
  )
}
