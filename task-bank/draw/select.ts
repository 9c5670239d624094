import type { Commitment } from './commitment.ts'
import { rankOf, rankOfStratum } from './seed.ts'
import { shareOut } from './strata.ts'

/**
 * Which tasks a seed draws, by number, in the order of the draw: each repository's share, lowest rank first, all in the order
 * of their ranks.
 *
 * @param count - at most the number of tasks that may be drawn
 */
export function selectNumbers(
  { strata }: Pick<Commitment, 'strata'>,
  draw: { readonly seed: Buffer; readonly count: number; readonly mayDraw: (number: number) => boolean },
): number[] {
  let first = 0
  const eligible = strata.map(({ size }) => {
    const numbers = Array.from({ length: size }, (_, index) => first + index).filter(draw.mayDraw)
    first += size
    return numbers
  })
  const shares = shareOut(
    strata.map(({ id }, index) => ({ size: eligible[index]!.length, rank: rankOfStratum(draw.seed, id) })),
    draw.count,
  )
  return eligible
    .flatMap((numbers, index) =>
      shares[index] === 0 ? [] : byRank(numbers, draw.seed).slice(0, shares[index]),
    )
    .sort(compareRanks)
    .map(({ number }) => number)
}

interface Ranked {
  readonly number: number
  readonly rank: string
}

function byRank(numbers: readonly number[], seed: Buffer): Ranked[] {
  return numbers.map(number => ({ number, rank: rankOf(seed, number) })).sort(compareRanks)
}

function compareRanks(one: Ranked, other: Ranked): number {
  return one.rank < other.rank ? -1 : 1
}
