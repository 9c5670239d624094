import { type EpochInput, payOut, runEpoch } from '../yuma/epoch.ts'
import type { OfflineChain } from './definition.ts'
import type { OfflineState, Place } from './state.ts'

/** Of what a subnet makes, the owner gets the first part (11,796 of 65,535). */
const OWNER_CUT = 11_796n
const WHOLE = 65_535n

/**
 * Runs the epoch of the state's block and pays it out: each mechanism by its own weights, all with an equal part. What the owner earns as a
 * miner is burned.
 */
export function payEpoch(state: OfflineState, { rules }: OfflineChain): void {
  const places = inOrder(state.places)
  if (places.length === 0) return
  const total = BigInt(rules.emission) * BigInt(state.block - state.lastEpoch)
  const part = (total - (total * OWNER_CUT) / WHOLE) / BigInt(rules.mechanisms)
  const pay = places.map(() => 0n)
  let permits: readonly boolean[] = []
  for (let mechanism = 0; mechanism < rules.mechanisms; mechanism++) {
    const output = runEpoch(buildEpochInput(state, { rules }, mechanism))
    permits = output.validatorPermit.map((permit, index) => permit || permits[index] === true)
    for (const [index, { miner, validator }] of payOut(output, part).entries()) {
      const place = places[index]!
      place.bonds[mechanism] = output.bonds[index]!.map(([column, value]) => [places[column]!.uid, value])
      pay[index]! += validator + (place.isOwner ? 0n : miner)
      if (mechanism > 0) continue
      const [incentive, dividends, consensus] = [output.incentive, output.dividends, output.consensus]
      place.last = {
        ...{
          incentive: incentive[index]!,
          dividends: dividends[index]!,
          consensus: consensus[index]!,
          pay: 0n,
        },
      }
    }
  }
  for (const [index, place] of places.entries()) {
    place.isValidator = permits[index]!
    place.last = { ...place.last, pay: pay[index]! }
    place.stake += pay[index]!
  }
}

/** One mechanism as its epoch finds it in the state's block. */
export function buildEpochInput(
  { block, lastEpoch, places: all }: OfflineState,
  { rules }: Pick<OfflineChain, 'rules'>,
  mechanism: number,
): EpochInput {
  const places = inOrder(all)
  // On an open chain uids are few and far between; an epoch counts them from 0. Weights on who is not there count nothing.
  const dense = new Map(places.map(({ uid }, index) => [uid, index]))
  const compact = (cells: readonly (readonly [number, number])[]): (readonly [number, number])[] =>
    cells.flatMap(([uid, value]) => (dense.has(uid) ? [[dense.get(uid)!, value] as const] : []))
  return {
    ...{ block, threshold: BigInt(rules.stakeThreshold), cutoff: rules.activityCutoff },
    ...{ maxValidators: rules.maxValidators, ownerUid: dense.get(0), forceOwner: dense.has(0) },
    ...{ kappa: rules.kappa, bondsPenalty: rules.bondsPenalty, yuma3: rules.yuma3 },
    ...{ bondsMovingAverage: rules.bondsMovingAverage, lastTempo: lastEpoch + 1 },
    liquid: { on: rules.liquid, low: 45_875, high: 58_982, steep: 1000 },
    stake: places.map(({ stake }) => stake << 64n),
    lastUpdate: places.map(({ lastUpdate }) => lastUpdate[mechanism]!),
    registeredAt: places.map(({ registeredAt }) => registeredAt),
    permits: places.map(({ isValidator }) => isValidator),
    weights: places.map(({ weights }) => compact(weights[mechanism]!)),
    bonds: places.map(({ bonds }) => compact(bonds[mechanism]!)),
    commits: places.map(place => oldestCommit(place, mechanism)),
  }
}

function inOrder(places: OfflineState['places']): Place[] {
  return [...places.values()].sort((one, other) => one.uid - other.uid)
}

function oldestCommit({ commits }: Place, mechanism: number): number | undefined {
  const { hashes, messages } = commits[mechanism]!
  const blocks = [...hashes, ...messages].map(({ block }) => block)
  return blocks.length === 0 ? undefined : Math.min(...blocks)
}
