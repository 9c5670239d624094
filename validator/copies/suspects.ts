import { z } from 'zod'
import { comparePrecedence, type Precedence } from '../intake/precedence.ts'
import { compare } from './compare.ts'
import type { Fingerprint } from './fingerprint.ts'
import { patchLikeness, type References, type SolvedPatch } from './patches.ts'

/** An agent among all that were ever handed in. */
export interface Entry extends Precedence {
  readonly id: string
  readonly fingerprint: Fingerprint
  /** At the tasks that it solved, as far as they are known. */
  readonly patches?: readonly SolvedPatch[]
}

/** Measures of which none alone proves anything, but for patches far beyond their quantile. */
export const MEASURES = ['containment', 'pieces', 'functions', 'prompts', 'patches'] as const
export type Measure = (typeof MEASURES)[number]

/** How alike two entries are, in numbers that are published. */
export const Measures = z.strictObject({
  sameCode: z.boolean(),
  jaccard: z.number(),
  containment: z.number(),
  pieces: z.number(),
  functions: z.number(),
  prompts: z.number(),
  patches: z.number(),
})
export type Measures = z.infer<typeof Measures>

/** What of each measure only one in `share` of pairs exceeds that are known to be independent. */
export const Quantiles = z.strictObject({
  /** .995 */
  quantile: z.number().min(0).max(1),
  /** Pairs that they were taken from. */
  pairs: z.int().min(0),
  containment: z.number(),
  pieces: z.number(),
  functions: z.number(),
  prompts: z.number(),
  patches: z.number(),
})
export type Quantiles = z.infer<typeof Quantiles>

/** That an agent looks like an earlier one. It is no proof, and nobody is banned for it: it has to be better by a margin. */
export const Suspicion = z.strictObject({
  /** Id of the earliest that it looks like. */
  origin: z.string(),
  measures: Measures,
  /** Which of the measures only so many independent pairs exceed. */
  quantile: z.number(),
  reason: z.string(),
})
export type Suspicion = z.infer<typeof Suspicion>

/** From this share of common k-grams on, two agents are one. Independent ones have a tenth of it: `bench --copies`. */
export const JACCARD = 0.8
/** So many of the other measures must be beyond their quantile. */
export const NEEDED = 2
/**
 * So many times as alike as the quantile, and patches alone suffice: a rewrite in another language has nothing else in common. No pair
 * that is known to be independent comes near: `bench --patches`.
 */
export const PATCHES_ALONE = 1.75
export const QUANTILE = 0.995

interface Surroundings {
  readonly quantiles: Quantiles
  /** Fingerprints of what everybody may build on. */
  readonly common?: readonly Fingerprint[]
  /** Of the tasks that both solved; patches say nothing of a task without one. */
  readonly references?: References
}

/**
 * The earliest of all entries that this one looks like; undefined if it looks like none. Whether a pair looks alike depends on
 * nothing but the two, and on what is common and the quantiles, which are published. So the order of the history does not matter,
 * and no third entry can make a pair suspect, or clear it.
 *
 * @param history - all entries, whoever they belong to, registered or not; what is not earlier than the entry is left out
 */
export function findOrigin(
  entry: Entry,
  history: readonly Entry[],
  surroundings: Surroundings,
): Suspicion | undefined {
  const earlier = history
    .filter(other => other.id !== entry.id && comparePrecedence(other, entry) < 0)
    .toSorted(comparePrecedence)
  for (const other of earlier) {
    const suspicion = judgePair(entry, other, surroundings)
    if (suspicion !== undefined) return suspicion
  }
  return undefined
}

/** @param other - the earlier of the two */
export function judgePair(
  entry: Entry,
  other: Entry,
  { quantiles, common = [], references = new Map() }: Surroundings,
): Suspicion | undefined {
  const measures: Measures = {
    ...compare(entry.fingerprint, other.fingerprint, common),
    patches: patchLikeness(entry.patches ?? [], other.patches ?? [], references),
  }
  const reason = reasonOf(measures, quantiles)
  return reason === undefined
    ? undefined
    : { origin: other.id, measures, quantile: quantiles.quantile, reason }
}

/** Why two are suspect, in words; undefined if they are not. */
export function reasonOf(measures: Measures, quantiles: Quantiles): string | undefined {
  if (measures.sameCode) return 'the same code but for names, literals, comments, layout and order'
  if (measures.jaccard >= JACCARD) return `${percent(measures.jaccard)} of the code of both is common`
  const most = PATCHES_ALONE * quantiles.patches
  if (measures.patches > most)
    return `patches of both are alike by ${percent(measures.patches)} at least, and those of independent agents by less than ${percent(most)}`
  const beyond = MEASURES.filter(measure => measures[measure] > quantiles[measure])
  if (beyond.length < NEEDED) return undefined
  const told = beyond.map(
    measure => `${NAMES[measure]} ${percent(measures[measure])} (${percent(quantiles[measure])})`,
  )
  return `more in common than ${quantiles.quantile * 100} % of independent pairs: ${told.join(', ')}`
}

const NAMES: Readonly<Record<Measure, string>> = {
  containment: 'runs of code',
  pieces: 'statements',
  functions: 'functions',
  prompts: 'prompts',
  patches: 'patches',
}

/** @param pairs - measures of pairs that are known to be independent, one of each pair */
export function quantilesOf(pairs: readonly Measures[], quantile = QUANTILE): Quantiles {
  const at = (measure: Measure): number => {
    const sorted = pairs.map(pair => pair[measure]).sort((one, other) => one - other)
    // The least value that at most so many are beyond.
    return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 1
  }
  const { length } = pairs
  return {
    quantile,
    pairs: length,
    containment: at('containment'),
    pieces: at('pieces'),
    functions: at('functions'),
    prompts: at('prompts'),
    patches: at('patches'),
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
