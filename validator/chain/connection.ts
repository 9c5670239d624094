import type { Signer } from '../intake/signature.ts'
import type { Call, Head, Node } from './node.ts'

/** One node that is connected. */
export interface Connection extends Omit<Node, 'send'>, AsyncDisposable {
  readonly endpoint: string
  /** The newest final head that it told, and how long ago it did. */
  readonly newest: () => Head & { readonly secondsAgo: number }
  readonly isGone: () => boolean
  /** A signed call in hex; undefined if the chain has no such call. */
  readonly sign: (call: Call, signer: Signer, since: Head) => Promise<string | undefined>
  readonly onHead: (listener: () => void) => Disposable
}
