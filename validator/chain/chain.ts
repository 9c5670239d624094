import type { Signer } from '../intake/signature.ts'
import type { SetWeights, Weights } from './weights.ts'

/** What the validator wants to know of a chain. Implementations are equal under one contract suite. */
export interface Chain {
  /** The newest block that cannot be taken back. */
  readonly head: () => Promise<Block>
  /** The hash of a block; undefined if there is none yet. */
  readonly blockHash: (block: number) => Promise<string | undefined>
  /** Who has this hotkey on a subnet; undefined if nobody. */
  readonly neuron: (netuid: number, hotkey: string) => Promise<Neuron | undefined>
  /** Everybody who is registered on a subnet now. */
  readonly neurons: (netuid: number) => Promise<readonly Neuron[]>
  /** What a hotkey has set on a subnet; undefined if it never did. */
  readonly weights: (netuid: number, hotkey: string) => Promise<SetWeights | undefined>
  /**
   * Sets weights. That it returns does not prove that they are set: `weights` does, until the block after which it is void.
   *
   * @throws WeightsRefused
   */
  readonly setWeights: (netuid: number, signer: Pick<Signer, 'address'>, weights: Weights) => Promise<void>
  /** A payment that cannot be taken back, by `<block>-<extrinsic>`; undefined if there is none. */
  readonly payment: (reference: string) => Promise<PaidEvent | undefined>
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

/** What the chain knows of a payment. */
export interface PaidEvent {
  readonly coldkey: string
  /** In rao: 10⁻⁹ of a token. */
  readonly rao: bigint
}
