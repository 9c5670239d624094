import { clamp, divide, exp, type Fixed, fixed, fromU16, multiply, normalise, ONE } from './fixed.ts'
import { columnSums, combine, type Matrix, normaliseColumns, raiseColumns, rowSums } from './matrix.ts'

/** What a subnet says of bonds. */
export interface BondRules {
  readonly yuma3: boolean
  /** In millionths. */
  readonly bondsMovingAverage: number
  /** Bounds in 16 bits; the steepness in hundredths. */
  readonly liquid: {
    readonly on: boolean
    readonly low: number
    readonly high: number
    readonly steep: number
  }
}

interface Bought {
  /** Weights that bonds are bought with. */
  readonly weights: Matrix
  /** Old bonds in 16 bits, as whole numbers. */
  readonly bonds: Matrix
  readonly stake: readonly Fixed[]
  readonly consensus: readonly Fixed[]
  readonly incentive: readonly Fixed[]
}

/** New bonds, as shares of one, and the dividends that they bring. */
export function moveBonds(bought: Bought, rules: BondRules): { bonds: Matrix; dividends: Fixed[] } {
  return rules.yuma3 ? moveYuma3(bought, rules) : moveClassic(bought, rules)
}

/** A bond is a part of a column: who buys takes from the others. */
function moveClassic({ weights, bonds, stake, incentive }: Bought, rules: BondRules) {
  const rate = rateOf(rules)
  const fresh = normaliseColumns(
    weights.map((cells, row) => cells.map(([uid, value]) => [uid, multiply(value, stake[row]!)] as const)),
  )
  const moved = normaliseColumns(mix(fresh, normaliseColumns(bonds), rate))
  const dividends = moved.map(cells =>
    cells.reduce((total, [uid, value]) => total + multiply(incentive[uid]!, value), 0n),
  )
  return { bonds: raiseColumns(moved), dividends: normalise(dividends) }
}

/** A bond is a validator's own, from nothing to one, and pays by stake. */
function moveYuma3({ weights, bonds, stake, consensus, incentive }: Bought, rules: BondRules) {
  const old = bonds.map(cells => cells.map(([uid, value]) => [uid, divide(value, fixed(65_535))] as const))
  const isLiquid = rules.liquid.on && consensus.some(value => value !== 0n)
  const moved = isLiquid
    ? moveLiquid(weights, old, consensus, rules.liquid)
    : mix(weights, old, rateOf(rules))
  const sums = columnSums(moved)
  const shares = moved.map(cells =>
    cells.map(([uid, value]) => [uid, multiply(divide(value, sums[uid]!), incentive[uid]!)] as const),
  )
  const dividends = rowSums(shares).map((total, uid) => multiply(total, stake[uid]!))
  return { bonds: moved, dividends: normalise(dividends) }
}

/** Each pair has a rate of its own, which is higher the further its weight is from what was agreed. */
function moveLiquid(
  weights: Matrix,
  old: Matrix,
  consensus: readonly Fixed[],
  liquid: BondRules['liquid'],
): Matrix {
  const isSet = weights.map(cells => new Set(cells.map(([uid]) => uid)))
  return combine(weights, old, (weight, bond, row, column) => {
    if (!isSet[row]!.has(column)) return 0n
    const rate = liquidRate(weight, bond, consensus[column]!, liquid)
    return clamp(multiply(ONE - rate, bond) + multiply(rate, weight), 0n, ONE)
  })
}

function liquidRate(
  weight: Fixed,
  bond: Fixed,
  agreed: Fixed,
  { low, high, steep }: BondRules['liquid'],
): Fixed {
  const [least, most] = [fromU16(low), fromU16(high)]
  const distance = clamp(weight >= bond ? weight - agreed : bond - weight, 0n, ONE)
  const power = multiply(divide(fixed(steep), fixed(-100)), distance - ONE / 2n)
  const sigmoid = divide(ONE, ONE + exp(power))
  return clamp(least + multiply(sigmoid, most - least), least, most)
}

/** So much of the new one, and the rest of the old. */
function mix(fresh: Matrix, old: Matrix, part: Fixed): Matrix {
  return combine(fresh, old, (one, other) => multiply(part, one) + multiply(ONE - part, other))
}

function rateOf({ bondsMovingAverage }: BondRules): Fixed {
  return ONE - (((BigInt(bondsMovingAverage) << 64n) / 1_000_000n) >> 32n)
}
