import { z } from 'zod'
import { Role } from '../scoring/role.ts'

const Interval = { score: z.number(), low: z.number(), high: z.number() }

/** An agent as pages name it. */
export const Who = z.object({ submission: z.string(), agent: z.string(), hotkey: z.string() })
export type Who = z.infer<typeof Who>

export const BoardEnvironment = z.object({
  name: z.string(),
  netuid: z.union([z.literal('local'), z.int()]),
  share: z.number(),
})

export const BoardRow = z.object({
  rank: z.int(),
  ...Who.shape,
  role: Role,
  state: z.enum(['champion', 'challenger', 'ranked', 'stopped', 'working']),
  /** From 1: nobody in it is proven worse than another of it; null for who stopped early. */
  layer: z.int().nullable(),
  total: z.object(Interval),
  cells: z.record(z.string(), z.object({ ...Interval, judged: z.int() })),
  /** Of a task, as means; null where nothing was measured. */
  spent: z.object({
    dollars: z.number().nullable(),
    tokens: z.number().nullable(),
    seconds: z.number().nullable(),
  }),
  /** Of the commit: who was first. */
  block: z.int(),
  /** Whose copy it may be. */
  origin: z.object({ submission: z.string(), reason: z.string() }).nullable(),
  /** Part of everything that is paid. */
  paid: z.number(),
  /** Scores of this hotkey in the windows before, the newest last. */
  trend: z.array(z.number()),
})
export type BoardRow = z.infer<typeof BoardRow>

/** How far a duel against one opponent is. */
export const BoutState = z.object({
  opponent: Who,
  /** Whether the opponent is the one whose copy the challenger may be. */
  isOrigin: z.boolean(),
  rounds: z.int(),
  most: z.int(),
  lead: z.number(),
  superiority: z.number(),
  wins: z.number(),
  futility: z.number(),
  loses: z.number(),
})
export type BoutState = z.infer<typeof BoutState>

export const DuelState = z.object({
  id: z.string(),
  challenger: Who,
  kind: z.enum(['open', 'won', 'lost', 'void']),
  bouts: z.array(BoutState),
})
export type DuelState = z.infer<typeof DuelState>

export const ReignRow = z.object({
  ...Who.shape,
  from: z.int(),
  /** null for the present champion. */
  to: z.int().nullable(),
  /** The duel that it won; null for the first. */
  duel: z.string().nullable(),
  credit: z.number(),
})
export type ReignRow = z.infer<typeof ReignRow>

/** The board with everything a reader needs to believe it. */
export const BoardPage = z.object({
  counted: z.string(),
  block: z.int(),
  /** The newest that is settled; null before the first. */
  window: z.int().nullable(),
  environments: z.array(BoardEnvironment),
  rows: z.array(BoardRow),
  duels: z.array(DuelState),
  /** The present one last. */
  reigns: z.array(ReignRow),
  /** Part of everything that goes to nobody; null where nothing is paid yet. */
  burned: z.number().nullable(),
})
export type BoardPage = z.infer<typeof BoardPage>
