/** Outcomes are counted in these parts: equal shares of up to six environments have no remainder. */
const PARTS = 1200

/**
 * How likely a sum at least as large is, if each outcome could as well have had the other sign. Exact: all signs are counted, by
 * convolution. With outcomes of one size this is McNemar's exact test, one-sided.
 *
 * @param outcomes - whole numbers
 */
export function signFlip(outcomes: readonly number[]): number {
  const sizes = outcomes.map(outcome => Math.abs(outcome)).filter(size => size > 0)
  const sum = outcomes.reduce((total, outcome) => total + outcome, 0)
  const most = sizes.reduce((total, size) => total + size, 0)
  // Index i stands for the sum 2i - reach: parity never mixes.
  let chances = new Float64Array(most + 1)
  chances[0] = 1
  let reach = 0
  for (const size of sizes) {
    const next = new Float64Array(most + 1)
    for (let index = 0; index <= reach; index++) {
      const half = chances[index]! / 2
      if (half === 0) continue
      next[index]! += half
      next[index + size]! += half
    }
    reach += size
    chances = next
  }
  let tail = 0
  for (let index = Math.max(0, Math.ceil((sum + most) / 2)); index <= most; index++) tail += chances[index]!
  return Math.min(1, tail)
}

/** Differences from -1 to 1 as whole numbers in the coarsest unit that holds them all, for the exact test. */
export function inParts(leads: readonly number[]): number[] {
  const parts = leads.map(lead => Math.round(lead * PARTS))
  const unit = parts.reduce(greatestDivisor, 0) || 1
  return parts.map(part => part / unit)
}

function greatestDivisor(one: number, other: number): number {
  let [large, small] = [Math.abs(one), Math.abs(other)]
  while (small > 0) [large, small] = [small, large % small]
  return large
}
