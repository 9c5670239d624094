import type { Price } from './money.ts'

/** A model that a provider says it has. */
export interface Listed {
  readonly id: string
  /** Absent if the provider does not say what it costs. */
  readonly price: Price | undefined
  readonly isEmbedding: boolean
}

/** One call as a provider is asked it. */
export interface Ask {
  readonly endpoint: 'chat' | 'embeddings'
  /** With the provider's own name of the model. */
  readonly body: Readonly<Record<string, unknown>>
  readonly stream: boolean
  readonly answerBytes: number
}

/** How a provider answered. What is thrown is our own bug, or the signal's reason. */
export type Reply =
  | { readonly kind: 'whole'; readonly body: Readonly<Record<string, unknown>> }
  /** The data of each event, without the last `[DONE]`; the iterator throws `BrokenStream` if the provider breaks off. */
  | { readonly kind: 'stream'; readonly events: AsyncIterable<string> }
  /** The request is at fault: no other provider would take it either. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Another try, or another provider, may do better. */
  | {
      readonly kind: 'failed'
      /** `denied`: our key or credit is no good there, so that trying again is in vain. */
      readonly how: 'busy' | 'broken' | 'silent' | 'denied'
      readonly message: string
      readonly retryAfter?: number
    }

/** An answer that began and did not end. */
export class BrokenStream extends Error {
  override readonly name = 'BrokenStream'
}

/** Where models are had. Implementations keep the key; nothing of it is in what they return. */
export interface ModelProvider {
  readonly name: string
  readonly list: (signal: AbortSignal) => Promise<readonly Listed[]>
  readonly ask: (ask: Ask, signal: AbortSignal) => Promise<Reply>
}
