import { type Fingerprint, without } from './fingerprint.ts'
import { LEAST } from './limits.ts'
import { type Overlap, overlapOf } from './sketch.ts'

/** How alike two agents are. All shares are from 0 to 1; 0 also where there is too little to say. */
export interface Likeness {
  /** Whether all functions are the same but for names, literals, comments, layout and order. */
  readonly sameCode: boolean
  /** Of the k-grams of both, the share that both have. */
  readonly jaccard: number
  /** Of the k-grams of the smaller one, the share that is in the larger. */
  readonly containment: number
  /** The same of pieces of statements with names that cannot be changed. */
  readonly pieces: number
  /** The same of whole functions. */
  readonly functions: number
  /** The same of runs of words. */
  readonly prompts: number
}

/** Compares what is left of both without what is common; the same whichever comes first. */
export function compare(one: Fingerprint, other: Fingerprint, common: readonly Fingerprint[] = []): Likeness {
  const [first, second] = [without(one, common), without(other, common)]
  const grams = overlapOf(first.grams, second.grams)
  return {
    sameCode: first.normal === second.normal && first.grams.hashes.length >= LEAST.grams,
    jaccard: jaccardOf(grams, LEAST.grams),
    containment: containmentOf(grams, LEAST.grams),
    pieces: containmentOf(overlapOf(first.pieces, second.pieces), LEAST.pieces),
    functions: containmentOf(overlapOf(first.functions, second.functions), LEAST.functions),
    prompts: containmentOf(overlapOf(first.prompts, second.prompts), LEAST.prompts),
  }
}

function jaccardOf({ shared, one, other }: Overlap, least: number): number {
  return Math.min(one, other) < least ? 0 : shared / (one + other - shared)
}

function containmentOf({ shared, one, other }: Overlap, least: number): number {
  const smaller = Math.min(one, other)
  return smaller < least ? 0 : shared / smaller
}
