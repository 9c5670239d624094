import type { Neuron } from './chain.ts'

/** A subnet with everybody on it, as of one block. */
export interface Metagraph {
  readonly block: number
  readonly netuid: number
  readonly tempo: number
  /** By uid. */
  readonly members: readonly Member[]
}

/** What the last epoch left of a uid. Shares are from 0 to 1. */
export interface Member extends Neuron {
  readonly isActive: boolean
  /** Block in which it set or committed weights last. */
  readonly lastUpdate: number
  readonly registeredAt: number
  /** Alpha, tao, and both as they weigh, in rao. */
  readonly alphaStake: bigint
  readonly taoStake: bigint
  readonly totalStake: bigint
  readonly incentive: number
  readonly dividends: number
  readonly consensus: number
  /** Of the last epoch, in rao of alpha. */
  readonly emission: bigint
}

/** What decides how weights become pay on a subnet. */
export interface Hyperparameters {
  readonly block: number
  readonly netuid: number
  readonly tempo: number
  readonly commitReveal: boolean
  readonly revealPeriods: number
  readonly rateLimit: number
  readonly minAllowed: number
  /** 16 bits, as are kappa, penalty and the bounds of liquid alpha. */
  readonly maxWeight: number
  readonly versionKey: bigint
  readonly kappa: number
  readonly bondsPenalty: number
  /** In millionths. */
  readonly bondsMovingAverage: number
  readonly yuma3: boolean
  readonly liquid: {
    readonly on: boolean
    readonly low: number
    readonly high: number
    readonly steep: number
  }
  /** Blocks without weights after which a validator does not count. */
  readonly activityCutoff: number
  readonly immunityPeriod: number
  readonly maxValidators: number
  readonly maxUids: number
  /** What registering costs, in rao. */
  readonly burn: bigint
  readonly stakeThreshold: bigint
}
