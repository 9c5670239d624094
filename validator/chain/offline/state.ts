import { TAO } from '../units.ts'
import type { OfflineChain } from './definition.ts'

type Cells = readonly (readonly [uid: number, value: number])[]

/** Commits of one hotkey for one mechanism that are not revealed. */
export interface Commits {
  readonly hashes: readonly { readonly hash: string; readonly epoch: number; readonly block: number }[]
  readonly messages: readonly {
    readonly message: string
    readonly round: number
    readonly epoch: number
    readonly block: number
  }[]
}

/** One registered hotkey with everything that changes; lists are by mechanism. */
export interface Place {
  readonly uid: number
  readonly hotkey: string
  readonly coldkey: string
  readonly registeredAt: number
  readonly isOwner: boolean
  isValidator: boolean
  /** In rao, with what was earned. */
  stake: bigint
  readonly lastUpdate: number[]
  readonly weights: Cells[]
  readonly bonds: Cells[]
  readonly commits: Commits[]
  /** Of the last epoch, in 16 bits; the pay in rao of alpha. */
  last: {
    readonly incentive: number
    readonly dividends: number
    readonly consensus: number
    readonly pay: bigint
  }
}

/** A subnet as of the end of a block, in memory. */
export interface OfflineState {
  block: number
  epoch: number
  lastEpoch: number
  /** By hotkey. */
  readonly places: Map<string, Place>
}

export const NO_COMMITS: Commits = { hashes: [], messages: [] }
/** What a validator holds if nobody said, in alpha. */
const USUAL_STAKE = 1000

type Named = Omit<OfflineChain['neurons'][number], 'stake'> & {
  readonly uid: number
  readonly stake?: number | undefined
}

export function newPlace({ stake, ...named }: Named, mechanisms: number): Place {
  const each = <T>(value: () => T): T[] => Array.from({ length: mechanisms }, value)
  return {
    ...named,
    isOwner: named.uid === 0,
    stake: BigInt(Math.round((stake ?? (named.isValidator ? USUAL_STAKE : 0)) * TAO)),
    lastUpdate: each(() => 0),
    weights: each(() => []),
    bonds: each(() => []),
    commits: each(() => NO_COMMITS),
    last: { incentive: 0, dividends: 0, consensus: 0, pay: 0n },
  }
}

/** Block 0. */
export function begin({ neurons, rules }: OfflineChain): OfflineState {
  const places = neurons.map((neuron, uid) => newPlace({ ...neuron, uid }, rules.mechanisms))
  return { block: 0, epoch: 0, lastEpoch: 0, places: new Map(places.map(place => [place.hotkey, place])) }
}
