import { z } from 'zod'
import { Spent } from '../models/spent.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)

/** How the agent's own work ended, as `AgentEnding` says it. */
const Ending = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('finished') }),
  z.strictObject({ kind: z.literal('crashed'), message: z.string() }),
  z.strictObject({ kind: z.literal('timed-out'), seconds: z.number() }),
  z.strictObject({ kind: z.literal('out-of-memory') }),
  z.strictObject({ kind: z.literal('flooded'), bytes: z.number() }),
])

const LeftPatch = z.discriminatedUnion('kind', [
  /** `digest` is that of the diff, and the name of its blob. */
  z.strictObject({ kind: z.literal('patch'), digest: Digest, dropped: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('snapshot') }),
  z.strictObject({ kind: z.literal('invalid'), reasons: z.array(z.string()) }),
])

/** What an attempt left in the store of blobs, and how its agent ended: enough for another machine to go on with. */
export const Left = z.strictObject({
  ending: Ending,
  patch: LeftPatch,
  seconds: z.number(),
  exitCode: z.number().nullable(),
  worker: z.string(),
  image: z.string(),
  started: z.iso.datetime(),
  /** Digests of blobs; null for what there is none of. */
  files: z.strictObject({
    trajectory: Digest,
    agentLog: Digest,
    report: Digest.nullable().default(null),
    testLog: Digest.nullable().default(null),
    /** The calls of language models and their answers, as the gateway recorded them. */
    calls: Digest.nullable().default(null),
  }),
  /** What its agent used of language models; null if it was offered none. */
  spent: Spent.nullable().default(null),
  /** Markers of other tasks in what it asked, as evidence. */
  trips: z.array(z.string()).default([]),
})
export type Left = z.infer<typeof Left>

/** A value as the database and every reader of JSON can keep it: strings of agents may hold zero bytes and halves of characters. */
export function storable<Value>(value: Value): Value {
  if (typeof value === 'string') return value.replace(/\0|\p{Surrogate}/gu, '\uFFFD') as Value
  if (Array.isArray(value)) return value.map(storable) as Value
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [storable(key), storable(one)]),
  ) as Value
}
