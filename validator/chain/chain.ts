import type { Signer } from '../intake/signature.ts'
import type { Confirmation } from './confirm.ts'
import type { Hyperparameters, Metagraph } from './metagraph.ts'
import type { Refusal } from './refusals.ts'
import type { Sealed } from './sealed.ts'
import type { SubnetsNow } from './subnets.ts'
import type { WeightState } from './weight-state.ts'
import type { SetWeights } from './weights.ts'
import type { EpochInput } from './yuma/epoch.ts'

/**
 * What the validator wants to know of a chain, and does there. Everything is read as of a block that cannot be taken back.
 * Implementations are equal under one contract suite.
 *
 * @throws ChainUnavailable from every method, if the chain cannot be asked now
 */
export interface Chain extends AsyncDisposable {
  /** The newest block that cannot be taken back. */
  readonly head: () => Promise<Block>
  /** The hash of a block; undefined if there is none yet. */
  readonly blockHash: (block: number) => Promise<string | undefined>
  /** Who has this hotkey on a subnet; undefined if nobody. */
  readonly neuron: (netuid: number, hotkey: string) => Promise<Neuron | undefined>
  /** Everybody who is registered on a subnet now. */
  readonly neurons: (netuid: number) => Promise<readonly Neuron[]>
  /** Everybody there with stake, weights' outcome and pay; undefined if there is no such subnet. */
  readonly metagraph: (netuid: number) => Promise<Metagraph | undefined>
  /** What a subnet's owner and the chain set; undefined if there is no such subnet. */
  readonly hyperparameters: (netuid: number) => Promise<Hyperparameters | undefined>
  /** What hotkeys have published on a subnet. */
  readonly commitments: (netuid: number) => Promise<readonly Commitment[]>
  /** All subnets, as of one block. */
  readonly subnets: () => Promise<SubnetsNow>
  /** All that `planWeights` goes by. */
  readonly weightState: (netuid: number, hotkey: string, mechanism?: number) => Promise<WeightState>
  /** A subnet as its next epoch would find it now; undefined if there is none. */
  readonly epochInput: (netuid: number, mechanism?: number) => Promise<EpochInput | undefined>
  /** What a hotkey has set on a subnet; undefined if it never did. */
  readonly weights: (netuid: number, hotkey: string, mechanism?: number) => Promise<SetWeights | undefined>
  /**
   * Sends what was sealed, once. Whatever it returns, only `confirmWeights` knows whether the weights are set. What is sent is void
   * `LIFETIME` blocks after the sealed weights' own.
   *
   * @param reveal - says what an earlier commit hid, counted from that block
   */
  readonly submitWeights: (
    sealed: Sealed,
    signer: Signer,
    reveal?: { readonly since: number },
  ) => Promise<Submitted>
  /** What the chain has of it now: the truth after a crash, a lost answer, a reveal that failed without a word. */
  readonly confirmWeights: (sealed: Sealed, hotkey: string) => Promise<Confirmation>
  /** A payment that cannot be taken back, by `<block>-<extrinsic>`; undefined if there is none. */
  readonly lookUpEvent: (reference: string) => Promise<PaidEvent | undefined>
}

export interface Block {
  readonly number: number
  /** 64 hexadecimal digits with `0x`. */
  readonly hash: string
  /** When it was made, as the chain says. */
  readonly time: Date
}

/** One registered hotkey. Keys are in SS58 form with the prefix 42. */
export interface Neuron {
  readonly uid: number
  readonly hotkey: string
  readonly coldkey: string
  /** A validator may set weights. */
  readonly isValidator: boolean
}

export interface Commitment {
  readonly hotkey: string
  readonly block: number
  /** Of strangers; hexadecimal with `0x`. */
  readonly data: string
}

/** What came of a call. `sent` may still fail or get lost. */
export type Submitted =
  | { readonly kind: 'included'; readonly block: number }
  | { readonly kind: 'sent'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What the chain knows of a payment: tokens of the subnet that were burned. */
export interface PaidEvent {
  readonly netuid: number
  readonly coldkey: string
  /** In rao: 10⁻⁹ of a token. */
  readonly rao: bigint
}
