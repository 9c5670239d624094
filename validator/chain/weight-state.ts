import type { Schedule } from './schedule.ts'
import type { Beacon } from './timelock.ts'

/** All that decides whether and how a hotkey can set weights, as of one block. */
export interface WeightState {
  readonly netuid: number
  readonly mechanism: number
  /** What the subnet has of these; at least 1. */
  readonly mechanisms: number
  readonly block: number
  /** When that block was, in seconds since 1970. */
  readonly time: number
  readonly secondsPerBlock: number
  /** How many uids the subnet has; they count from 0. */
  readonly uids: number
  /** The hotkey there; undefined if it is not registered. */
  readonly own:
    | {
        readonly uid: number
        readonly isValidator: boolean
        readonly isOwner: boolean
        /** Block in which it set or committed last; 0 if never. */
        readonly lastUpdate: number
        /** As it weighs, in rao. */
        readonly stake: bigint
      }
    | undefined
  readonly rules: WeightRules
  readonly offers: Offers
  readonly schedule: Schedule
  /** What time-locked commits are revealed by. */
  readonly beacon: Beacon & {
    /** The newest round that the chain knows; undefined if it knows none. */
    readonly newest: number | undefined
  }
}

/** What the subnet and the chain ask of weights. */
export interface WeightRules {
  readonly commitReveal: boolean
  readonly commitVersion: number
  /** Epochs from a commit to its reveal. */
  readonly revealPeriods: number
  /** Blocks from one setting to the next. */
  readonly rateLimit: number
  readonly minAllowed: number
  /** Largest share of one uid, in 16 bits; 65,535 is no limit. */
  readonly maxWeight: number
  readonly versionKey: bigint
  /** Least stake of who sets weights, in rao. */
  readonly stakeThreshold: bigint
}

/** Which calls the chain has. `time-locked` says what its messages hold: with the hotkey or, as older ones did, without. */
export interface Offers {
  readonly plain: boolean
  readonly hash: boolean
  readonly timelocked: 'with-hotkey' | 'without-hotkey' | undefined
}
