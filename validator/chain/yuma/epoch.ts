import { type BondRules, moveBonds } from './bonds.ts'
import { findConsensus } from './consensus.ts'
import {
  type Fixed,
  fixed,
  fromU16,
  multiply,
  normalise,
  normaliseWide,
  ONE,
  sum,
  toU16,
  U16,
} from './fixed.ts'
import { columnSums, combine, keep, type Matrix, normaliseRows, rowSums } from './matrix.ts'

type Cells = readonly (readonly [uid: number, value: number])[]

/** A subnet as it stands before an epoch. All lists are by uid. */
export interface EpochInput extends BondRules {
  /** The epoch's own. */
  readonly block: number
  /** Alpha, and tao by its weight, in 2⁻⁶⁴ rao. */
  readonly stake: readonly bigint[]
  /** Less than so many rao count nothing. */
  readonly threshold: bigint
  readonly lastUpdate: readonly number[]
  readonly registeredAt: readonly number[]
  /** Who set nothing for more blocks than these is not active. */
  readonly cutoff: number
  readonly permits: readonly boolean[]
  readonly maxValidators: number
  /** Whose weight on himself counts. */
  readonly ownerUid: number | undefined
  /** The owner needs neither stake nor a permit: so on runtimes of 2026. */
  readonly forceOwner: boolean
  /** In 16 bits. */
  readonly weights: readonly Cells[]
  readonly bonds: readonly Cells[]
  /** Blocks of the oldest commits that are not revealed, where weights are committed first. */
  readonly commits?: readonly (number | undefined)[]
  /** In 16 bits. */
  readonly kappa: number
  readonly bondsPenalty: number
  /** Bonds in who was registered from this block on begin anew. */
  readonly lastTempo: number
}

/** What an epoch writes down; all but `bonds` and permits in 16 bits, by uid. */
export interface EpochOutput {
  readonly stakeWeight: readonly number[]
  readonly consensus: readonly number[]
  readonly validatorTrust: readonly number[]
  readonly incentive: readonly number[]
  readonly dividends: readonly number[]
  readonly validatorPermit: readonly boolean[]
  readonly bonds: readonly Cells[]
  /** Shares of what the epoch pays, in 2⁻³²: to miners, to validators, and both. */
  readonly shares: Readonly<Record<'miner' | 'validator' | 'both', readonly Fixed[]>>
}

/** One epoch of Yuma consensus, equal to the chain's own in every bit (`test/fixtures/chain/yuma-293.json`). */
export function runEpoch(input: EpochInput): EpochOutput {
  const { block, lastUpdate, registeredAt, lastTempo } = input
  const stake = countedStake(input)
  const held = input.permits.map((permit, uid) => permit || isForced(input, uid))
  const permits = choosePermits(stake, input)
  const active = normalise(
    stake.map((amount, uid) => (held[uid] && lastUpdate[uid]! + input.cutoff >= block ? amount : 0n)),
  )
  const weights = countedWeights(input, held)
  const consensus = findConsensus(weights, active, fromU16(input.kappa))
  const clipped = clip(weights, consensus)
  const incentive = normalise(columnSums(clipped, active))
  const { bonds, dividends } = moveBonds(
    {
      weights: between(weights, clipped, fromU16(input.bondsPenalty)),
      bonds: keep(widen(input.bonds), (_, column) => lastTempo > registeredAt[column]!),
      ...{ stake: active, consensus, incentive },
    },
    input,
  )
  return {
    stakeWeight: stake.map(toU16),
    consensus: consensus.map(toU16),
    validatorTrust: rowSums(clipped).map(toU16),
    incentive: incentive.map(toU16),
    dividends: dividends.map(toU16),
    validatorPermit: permits,
    bonds: bonds.map((cells, uid) => keepBonds(cells, uid)),
    shares: shareOut(incentive, dividends, stake, active),
  }

  /** Only validators have bonds; of who never was one they stay as they were. */
  function keepBonds(cells: Matrix[number], uid: number): Cells {
    if (permits[uid]) return cells.map(([column, value]) => [column, toU16(value)] as const)
    return held[uid] ? [] : input.bonds[uid]!
  }
}

/** What an epoch pays of an amount, rounded down for each uid. */
export function payOut(
  { shares }: Pick<EpochOutput, 'shares'>,
  amount: bigint,
): { miner: bigint; validator: bigint }[] {
  const part = (share: Fixed): bigint => (share * amount) >> 32n
  return shares.miner.map((miner, uid) => ({ miner: part(miner), validator: part(shares.validator[uid]!) }))
}

function isForced({ forceOwner, ownerUid }: EpochInput, uid: number): boolean {
  return forceOwner && uid === ownerUid
}

function countedStake(input: EpochInput): Fixed[] {
  return normaliseWide(
    input.stake.map((amount, uid) =>
      amount >> 64n < input.threshold && !isForced(input, uid) ? 0n : amount,
    ),
  )
}

/** Those with the most stake; among equals the later uid. */
function choosePermits(stake: readonly Fixed[], input: EpochInput): boolean[] {
  const order = stake
    .map((_, uid) => uid)
    .sort((one, other) => compare(stake[one]!, stake[other]!) || one - other)
  const chosen = new Set(order.slice(Math.max(0, stake.length - input.maxValidators)))
  return stake.map((amount, uid) => (chosen.has(uid) && amount > 0n) || isForced(input, uid))
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Of validators, on others, who were there already when they were set or committed. */
function countedWeights(input: EpochInput, held: readonly boolean[]): Matrix {
  const { lastUpdate, registeredAt, ownerUid, commits = [] } = input
  return normaliseRows(
    keep(
      widen(input.weights),
      (row, column) =>
        held[row]! &&
        (row !== column || row === ownerUid) &&
        lastUpdate[row]! > registeredAt[column]! &&
        (commits[row] === undefined || commits[row] >= registeredAt[column]!),
    ),
  )
}

function widen(rows: readonly Cells[]): Matrix {
  return rows.map(cells =>
    cells.filter(([uid]) => uid < rows.length).map(([uid, value]) => [uid, fixed(value)]),
  )
}

/** What is above the consensus comes down to it; where nothing was agreed on it is gone. */
function clip(weights: Matrix, consensus: readonly Fixed[]): Matrix {
  return weights.map(cells =>
    cells.flatMap(([uid, value]) => {
      const most = consensus[uid]!
      if (value <= most) return [[uid, value] as const]
      return most > 0n ? [[uid, most] as const] : []
    }),
  )
}

/** Weights that bonds are bought with: the more a subnet punishes leaving the others, the nearer to what they agreed on. */
function between(weights: Matrix, clipped: Matrix, penalty: Fixed): Matrix {
  if (penalty === 0n) return weights
  if (penalty === ONE) return clipped
  return combine(weights, clipped, (one, other) => one + multiply(penalty, other - one))
}

/** Miners by incentive and validators by dividends; by stake as long as nobody has either. */
function shareOut(
  incentive: readonly Fixed[],
  dividends: readonly Fixed[],
  stake: readonly Fixed[],
  active: readonly Fixed[],
): EpochOutput['shares'] {
  const both = incentive.map((value, uid) => value + dividends[uid]!)
  const total = sum(both)
  if (total !== 0n)
    return {
      miner: normalise(incentive, total),
      validator: normalise(dividends, total),
      both: normalise(both),
    }
  const instead = sum(active) === 0n ? stake : active
  return { miner: [...incentive], validator: [...instead], both: [...instead] }
}

/** A row as the chain keeps it: its largest weight becomes 65,535. Rounded as the chain does, so that both can be compared. */
export function raiseRow(weights: readonly number[]): number[] {
  const largest = Math.max(0, ...weights)
  if (largest === 0) return weights.map(() => 0)
  const [most, most16] = [fixed(largest), fixed(U16)]
  return weights.map(weight => {
    const raised =
      largest > 32_768
        ? multiply(fixed(weight), (most16 << 32n) / most)
        : (multiply(fixed(weight), most16) << 32n) / most
    return Number((raised + ONE / 2n) >> 32n)
  })
}
