import { z } from 'zod'
import { Role } from '../role.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Share = z.number().positive().max(1)
const Score = z.number().min(0).max(1)

/** One environment of a draw: `share` is its part of every score; the shares of a draw add up to 1. */
export const Environment = z.strictObject({
  name: z.string().min(1),
  netuid: z.union([z.literal('local'), z.int().min(0).max(65_535)]),
  share: Share,
})
export type Environment = z.infer<typeof Environment>

/** Somebody takes part: what was handed in by whom, and since when it has precedence. */
export const Entry = z.strictObject({
  submission: z.string(),
  agent: z.string(),
  hotkey: z.string(),
  /** Only miners are paid; references and other subnets' winners may hold the crown, so that nobody is paid for less than they do. */
  role: Role,
  digest: Digest,
  block: z.int().min(0),
  index: z.int().min(0),
  /** Whose copy it may be, and why; it has to be better than that one by more than others. */
  origin: z.strictObject({ submission: z.string(), reason: z.string() }).nullable(),
})
export type Entry = z.infer<typeof Entry>

/** Which tasks count, and for whom: all entries of a window, or a challenger and those whom it has to beat. */
export const Draw = z.strictObject({
  draw: z.string(),
  /** Of the proof in its canonical form. */
  digest: Digest,
  window: z.int().min(0),
  block: z.int().min(0),
  challenger: z.string().nullable(),
  /** The champion first; then the origin of a suspected copy, if that is another. */
  against: z.array(
    z.strictObject({
      submission: z.string(),
      isOrigin: z.boolean(),
      /** Why it may be the origin; what was found since the challenger took part is told nowhere else. */
      reason: z.string().optional(),
    }),
  ),
  alpha: z.number().positive().max(0.5),
  environments: z.array(Environment).min(1),
  /** In their order; the rounds of a duel follow it. */
  tasks: z.array(z.strictObject({ digest: Digest, environment: z.string() })).min(1),
})
export type Draw = z.infer<typeof Draw>

/** One round: by environment in the draw's order, the scores of challenger and opponent, or null where the task is void. */
const PlayedRound = z.array(z.tuple([Score, Score]).nullable())

/** A duel that is decided. What it was decided by is in it, so that verdicts which come later change nothing. */
export const Duel = z.strictObject({
  draw: z.string(),
  block: z.int().min(0),
  challenger: z.string(),
  bouts: z.array(z.strictObject({ opponent: z.string(), rounds: z.array(PlayedRound) })).min(1),
  /** The proven gain if the challenger is the new champion; null if it is not. */
  credit: Score.nullable(),
})
export type Duel = z.infer<typeof Duel>

/** A window that was settled: who is champion, and which weights follow. */
export const Settlement = z.strictObject({
  window: z.int().min(0),
  block: z.int().min(0),
  champion: z.string().nullable(),
  /** Who of those to be paid was registered then, by hotkey. */
  uids: z.record(z.string(), z.int().min(0).max(65_535)),
  /** SHA-256 of the standings in their canonical form. */
  standings: Digest,
  weights: z.array(z.tuple([z.int().min(0).max(65_535), z.int().min(0).max(65_535)])),
  /** Why an operator let it count although more was void than may be. */
  despite: z.string().nullable(),
})
export type Settlement = z.infer<typeof Settlement>

/** What came of one task: a score from 0 to 1, or nothing that counts. */
export type Result =
  | { readonly kind: 'judged'; readonly score: number; readonly seconds: number }
  | { readonly kind: 'void' }

/** Results of a draw: by submission, then by the task's digest. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Result>>
