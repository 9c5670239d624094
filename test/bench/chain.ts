import { planWeights } from '../../validator/chain/plan.ts'
import { lock, QUICKNET } from '../../validator/chain/timelock.ts'
import { type EpochInput, runEpoch } from '../../validator/chain/yuma/epoch.ts'
import { randomOf } from '../../validator/scoring/random.ts'
import { weightState } from '../support/chain.ts'
import { buildLine, type Line, median } from './measure.ts'

const UIDS = 4096

/** How long weights take before they are sent, and an epoch of a full subnet to be simulated. */
export function measureChain(rounds: number): Line[] {
  const random = randomOf(5)
  const weights = Array.from({ length: UIDS }, (_, uid) => [uid, 1 + Math.floor(random() * 65_535)] as const)
  const open = weightState({ uids: UIDS, rules: { minAllowed: UIDS } })
  const limited = weightState({ uids: UIDS, rules: { maxWeight: 40 } })
  const message = Buffer.alloc(1060)
  const epoch = fullSubnet()
  return [
    buildLine(
      'chain.plan.4096-uids',
      time(rounds, () => planWeights(weights, open)),
      'ms',
    ),
    buildLine(
      'chain.plan.4096-uids-limited',
      time(rounds, () => planWeights(weights, limited)),
      'ms',
    ),
    buildLine(
      'chain.timelock.256-weights',
      time(rounds, () => lock(message, 1000, QUICKNET)),
      'ms',
    ),
    buildLine(
      'chain.epoch.256-uids-64-validators',
      time(rounds, () => runEpoch(epoch)),
      'ms',
    ),
  ]
}

/** 64 validators who each weigh 200 of 256 uids, with the bonds of an epoch before. */
function fullSubnet(): EpochInput {
  const random = randomOf(6)
  const uids = Array.from({ length: 256 }, (_, uid) => uid)
  const row = (uid: number): [number, number][] =>
    uid < 64 ? uids.slice(56).map(column => [column, Math.floor(random() * 65_536)]) : []
  const input: EpochInput = {
    ...{ block: 5000, threshold: 0n, cutoff: 5000, maxValidators: 64, ownerUid: 0, forceOwner: true },
    stake: uids.map(uid => BigInt(uid < 64 ? 1e13 : 1e9) << 64n),
    lastUpdate: uids.map(() => 4900),
    registeredAt: uids.map(() => 10),
    permits: uids.map(uid => uid < 64),
    weights: uids.map(row),
    bonds: uids.map(() => []),
    ...{ kappa: 32_767, bondsPenalty: 65_535, bondsMovingAverage: 900_000, lastTempo: 4640, yuma3: true },
    liquid: { on: true, low: 45_875, high: 58_982, steep: 1000 },
  }
  return { ...input, bonds: runEpoch(input).bonds }
}

function time(rounds: number, work: () => unknown): number {
  const taken = Array.from({ length: rounds }, () => {
    const started = performance.now()
    work()
    return performance.now() - started
  })
  return median(taken)
}
