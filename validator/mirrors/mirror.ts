import { z } from 'zod'

export const SOURCES = ['affine', 'ridges'] as const
/** Whose board it is: subnet 120's or subnet 62's. */
export type MirrorSource = (typeof SOURCES)[number]

/** So many entries of a board are kept, and so many environments of an entry. */
export const MOST_ENTRIES = 5000
export const MOST_ENVIRONMENTS = 100

/** One row of another board. Its numbers are as that board gives them, on its own scale: they are comparable with nothing of ours. */
export const MirrorEntry = z.strictObject({
  /** From 1, in the order of that board. */
  rank: z.int().min(1),
  name: z.string(),
  hotkey: z.string().nullable(),
  score: z.number().nullable(),
  environments: z.record(z.string(), z.number()),
  /** Of one task in dollars, where that board says it. */
  cost: z.number().nullable(),
  /** What that board pays, as a share. */
  weight: z.number().nullable(),
  status: z.string().nullable(),
})
export type MirrorEntry = z.infer<typeof MirrorEntry>

/** Another board as it was at some time. */
export const MirrorBoard = z.strictObject({
  netuid: z.int(),
  /** Block that the board names for itself. */
  block: z.int().nullable(),
  entries: z.array(MirrorEntry),
})
export type MirrorBoard = z.infer<typeof MirrorBoard>

/** An entry with what most boards do not tell. */
export function entryOf(entry: Pick<MirrorEntry, 'rank' | 'name'> & Partial<MirrorEntry>): MirrorEntry {
  return { hotkey: null, score: null, environments: {}, cost: null, weight: null, status: null, ...entry }
}
