import { type Fixed, normalise, sum } from './fixed.ts'
import type { Matrix } from './matrix.ts'

/**
 * What stake agrees on, for each uid: the largest weight that at least `kappa` of the stake gives it, or more.
 *
 * @param stake - of validators; those without any are not asked
 */
export function findConsensus(weights: Matrix, stake: readonly Fixed[], kappa: Fixed): Fixed[] {
  const voters = stake.flatMap((amount, uid) => (amount > 0n ? [uid] : []))
  const shares = normalise(voters.map(uid => stake[uid]!))
  const total = sum(shares)
  const columns = stake.map(() => voters.map(() => 0n))
  for (const [place, uid] of voters.entries())
    for (const [column, value] of weights[uid]!) columns[column]![place] = value
  const all = voters.map((_, place) => place)
  return columns.map(scores => median(scores, shares, all, total - kappa, [0n, total]))
}

/** Weighted median by halving about a pivot, as the chain does it: with equal scores the order decides where it looks. */
function median(
  scores: readonly Fixed[],
  shares: readonly Fixed[],
  places: readonly number[],
  minority: Fixed,
  [low, high]: readonly [Fixed, Fixed],
): Fixed {
  if (places.length === 0) return 0n
  const pivot = scores[places[Math.floor(places.length / 2)]!]!
  if (places.length === 1) return pivot
  const below = places.filter(place => scores[place]! < pivot)
  const above = places.filter(place => scores[place]! > pivot)
  const from = low + sum(below.map(place => shares[place]!))
  const to = high - sum(above.map(place => shares[place]!))
  if (minority < from && below.length > 0) return median(scores, shares, below, minority, [low, from])
  if (to <= minority && from <= minority && above.length > 0)
    return median(scores, shares, above, minority, [to, high])
  return pivot
}
