import type { Hyperparameters, Metagraph } from '../metagraph.ts'
import { WHOLE } from '../units.ts'
import type { OfflineChain } from './definition.ts'
import type { OfflineState } from './state.ts'

/** Everybody on the subnet, in the order of uids. */
export function buildMetagraph({ block, places }: OfflineState, { netuid, rules }: OfflineChain): Metagraph {
  return {
    ...{ block, netuid, tempo: rules.tempo },
    members: [...places.values()]
      .sort((one, other) => one.uid - other.uid)
      .map(({ uid, hotkey, coldkey, isValidator, registeredAt, stake, lastUpdate, last }) => ({
        ...{ uid, hotkey, coldkey, isValidator, registeredAt },
        lastUpdate: Math.max(...lastUpdate),
        isActive: Math.max(...lastUpdate) + rules.activityCutoff >= block,
        ...{ alphaStake: stake, taoStake: 0n, totalStake: stake },
        incentive: last.incentive / WHOLE,
        dividends: last.dividends / WHOLE,
        consensus: last.consensus / WHOLE,
        emission: last.pay,
      })),
  }
}

export function buildHyperparameters(
  block: number,
  { netuid, rules, neurons }: OfflineChain,
): Hyperparameters {
  const { emission: _, liquid, rounds: __, mechanisms: ___, versionKey, stakeThreshold, ...shared } = rules
  return {
    ...{ block, netuid, ...shared },
    versionKey: BigInt(versionKey),
    stakeThreshold: BigInt(stakeThreshold),
    liquid: { on: liquid, low: 45_875, high: 58_982, steep: 1000 },
    maxUids: Math.max(256, neurons.length),
    burn: 0n,
  }
}
