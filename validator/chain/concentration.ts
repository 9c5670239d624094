/** How unevenly amounts are spread. */
export interface Concentration {
  /** Parts of the whole that the five and the ten largest have. */
  readonly five: number
  readonly ten: number
  /** From 0, all the same, towards 1, one has all (C. Gini, 1912). */
  readonly gini: number
}

/** @param amounts - none below 0 */
export function concentrationOf(amounts: readonly number[]): Concentration {
  const sorted = amounts.toSorted((one, other) => other - one)
  const total = sorted.reduce((sum, amount) => sum + amount, 0)
  const count = sorted.length
  if (total <= 0) return { five: 0, ten: 0, gini: 0 }
  const share = (of: number): number => sorted.slice(0, of).reduce((sum, amount) => sum + amount, 0) / total
  // The largest has rank 1: G = (n + 1 - 2·Σ(rank·amount)/Σamount) / n turned round.
  const ranked = sorted.reduce((sum, amount, index) => sum + (count - index) * amount, 0)
  return { five: share(5), ten: share(10), gini: (2 * ranked) / (count * total) - (count + 1) / count }
}
