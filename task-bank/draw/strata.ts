/** One repository in a draw. */
export interface Stratum {
  /** How many of its tasks may be drawn. */
  readonly size: number
  /** Decides between equal remainders; a different text for each. */
  readonly rank: string
}

/**
 * Shares a draw out among repositories in proportion to their sizes, by largest remainder: each gets the whole part of its
 * quota, and those with the largest fractions one more. So no share is off by 1 or more, or above the size.
 *
 * @param count - at most the sum of all sizes
 */
export function shareOut(strata: readonly Stratum[], count: number): number[] {
  const total = strata.reduce((sum, { size }) => sum + size, 0)
  // Fractions are compared as whole numbers, in parts of the total: no rounding decides.
  const remainders = strata.map(({ size }) => (size * count) % total)
  const shares = strata.map(({ size }, index) => (size * count - remainders[index]!) / total)
  const left = count - shares.reduce((sum, share) => sum + share, 0)
  const favoured = [...strata.keys()].sort(
    (one, other) =>
      remainders[other]! - remainders[one]! || (strata[one]!.rank < strata[other]!.rank ? -1 : 1),
  )
  for (const index of favoured.slice(0, left)) shares[index]! += 1
  return shares
}
