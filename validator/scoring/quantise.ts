const WHOLE = 65_535

/**
 * Shares of a whole as 16-bit weights that add up to 65,535 exactly, by largest remainder; equal remainders go to the lower uid.
 * Uids that get nothing are left out.
 *
 * @param shares - by uid; not negative, and not all 0
 */
export function quantise(shares: ReadonlyMap<number, number>): Map<number, number> {
  const all = [...shares].sort(([one], [other]) => one - other)
  const odd = all.find(([, share]) => !(share >= 0 && Number.isFinite(share)))
  if (odd !== undefined) throw new RangeError(`The share of uid ${odd[0]} must be 0 or more, not ${odd[1]}`)
  const sum = all.reduce((total, [, share]) => total + share, 0)
  if (!(sum > 0)) throw new RangeError('Cannot make weights: all shares are 0')
  const exact = all.map(([uid, share]) => ({ uid, exact: (share / sum) * WHOLE }))
  const parts = exact.map(one => ({ ...one, weight: Math.floor(one.exact) }))
  const missing = WHOLE - parts.reduce((total, { weight }) => total + weight, 0)
  const byRemainder = parts.toSorted(
    (one, other) => other.exact - other.weight - (one.exact - one.weight) || one.uid - other.uid,
  )
  for (const part of byRemainder.slice(0, missing)) part.weight++
  return new Map(parts.filter(({ weight }) => weight > 0).map(({ uid, weight }) => [uid, weight]))
}
