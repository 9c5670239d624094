import type { Signer } from '../intake/signature.ts'

/** A node of a chain, in plain values: whatever it says is checked by who asked. */
export interface Node {
  /** The newest block that cannot be taken back. */
  readonly head: () => Promise<Head>
  /** undefined if that block is not final. */
  readonly hashOf: (block: number) => Promise<string | undefined>
  /** What the chain has now, by its metadata: it may change while we run. */
  readonly offers: () => Promise<Offering>
  /** Storage as of a block, all of it in one request; undefined for what is optional and not there. */
  readonly read: (at: string, items: readonly Item[]) => Promise<unknown[]>
  /** All entries of a map, or of a part of it. */
  readonly entries: (at: string, item: Item) => Promise<Entry[]>
  /** What a runtime API answers. */
  readonly ask: (at: string, api: string, method: string, args: readonly unknown[]) => Promise<unknown>
  /** What a call of a block did, by its place there. */
  readonly events: (at: string, index: number) => Promise<Event[]>
  /** Signs and sends a call that is valid for `LIFETIME` blocks, and waits until it is final or `patience` is over. */
  readonly send: (call: Call, signer: Signer, since: Head) => Promise<Sent>
  /** A request as it is; for what only some nodes have. */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>
}

export interface Head {
  readonly number: number
  /** 64 hexadecimal digits with `0x`. */
  readonly hash: string
}

export interface Item {
  readonly pallet: string
  readonly item: string
  readonly keys?: readonly unknown[]
}

export interface Entry {
  readonly keys: readonly unknown[]
  readonly value: unknown
}

export interface Event {
  readonly pallet: string
  readonly name: string
  readonly data: readonly unknown[]
  /** Of a call that failed: the error's name. */
  readonly error: string | undefined
}

export interface Offering {
  readonly hasCall: (pallet: string, call: string) => boolean
  readonly hasItem: (pallet: string, item: string) => boolean
  readonly hasMethod: (api: string, method: string) => boolean
  /** A constant of a pallet; undefined if there is none. */
  readonly constant: (pallet: string, name: string) => unknown
  readonly spec: number
}

export interface Call {
  readonly pallet: string
  readonly call: string
  readonly args: readonly unknown[]
}

/** Blocks for which a signed call is valid. */
export const LIFETIME = 64

/** What became of a call. `unknown` may still arrive, until its lifetime is over. */
export type Sent =
  | { readonly kind: 'included'; readonly block: number }
  /** Failed in a block, with the name of the pallet's error. */
  | { readonly kind: 'failed'; readonly block: number; readonly error: string }
  /** Not taken by the node. */
  | { readonly kind: 'rejected'; readonly code: number; readonly data: unknown }
  | { readonly kind: 'unknown'; readonly why: string }

/** The chain cannot be asked now, or does not say the same everywhere. */
export class ChainUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ChainUnavailable'
  }
}
