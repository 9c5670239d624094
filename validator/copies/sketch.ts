import { z } from 'zod'
import { MOST_HASHES } from './limits.ts'

/** One more than the greatest hash: the hashes are dolos's, whose modulus is the largest prime with 25 bits. */
export const HASHES = 33_554_393

/**
 * A set of hashes of which only the least are kept: two such sets are compared in the range that both know completely, which is a
 * fair sample of both (A. Broder: On the resemblance and containment of documents, 1997).
 */
export const Sketch = z.strictObject({
  /** In ascending order, each once. */
  hashes: z.array(z.int().min(0).max(HASHES)).max(MOST_HASHES),
  /** All hashes of the set that are less than this one are here. */
  below: z.int().min(0).max(HASHES),
})
export type Sketch = z.infer<typeof Sketch>

/** @param hashes - in any order, also more than once */
export function sketchOf(hashes: Iterable<number>): Sketch {
  const sorted = Uint32Array.from(new Set(hashes)).sort()
  if (sorted.length <= MOST_HASHES) return { hashes: [...sorted], below: HASHES }
  return { hashes: [...sorted.subarray(0, MOST_HASHES)], below: sorted[MOST_HASHES]! }
}

/** What is in none of the others. */
export function subtract(sketch: Sketch, others: readonly Sketch[]): Sketch {
  const known = new Set(others.flatMap(({ hashes }) => hashes))
  return { hashes: sketch.hashes.filter(hash => !known.has(hash)), below: sketch.below }
}

/** How many hashes are in both, in the one and in the other, as far as both are known. */
export interface Overlap {
  readonly shared: number
  readonly one: number
  readonly other: number
}

export function overlapOf(one: Sketch, other: Sketch): Overlap {
  const limit = Math.min(one.below, other.below)
  const known = new Set(one.hashes.filter(hash => hash < limit))
  const inOther = other.hashes.filter(hash => hash < limit)
  const shared = inOther.filter(hash => known.has(hash)).length
  return { shared, one: known.size, other: inOther.length }
}
