import { epochAt, firstBlockOf, type Schedule } from './schedule.ts'
import type { Sealed } from './sealed.ts'
import type { Weights } from './weights.ts'
import { areSame } from './weights.ts'

/** What a chain has of a hotkey's weights, as of one block. */
export interface WeightView {
  readonly block: number
  /** undefined if the hotkey is not registered. */
  readonly uid: number | undefined
  readonly weights: Weights
  readonly lastUpdate: number
  /** Hashes that are not revealed, with the epoch that they were committed in. */
  readonly hashes: readonly { readonly hash: string; readonly epoch: number }[]
  /** Time-locked messages that are not revealed. */
  readonly messages: readonly { readonly message: string; readonly epoch: number }[]
  readonly schedule: Schedule
  readonly revealPeriods: number
}

/** How far sealed weights are. */
export type Confirmation =
  | { readonly kind: 'set'; readonly block: number }
  /** Committed; at `block` the chain reveals them, or we have to. */
  | { readonly kind: 'committed'; readonly by: 'chain' | 'us'; readonly block: number }
  /** Committed, and now is the one epoch in which to reveal them, up to `until`. */
  | { readonly kind: 'due'; readonly until: number }
  /** The chain knows nothing of them: they did not arrive, or not yet. */
  | { readonly kind: 'absent' }
  /** They were committed, and are neither set nor waiting. */
  | { readonly kind: 'lost'; readonly why: string }

/** Reads off a chain what became of sealed weights. */
export function confirmFrom(sealed: Sealed, view: WeightView): Confirmation {
  const { block, uid, lastUpdate, schedule, revealPeriods } = view
  if (uid === undefined) return { kind: 'lost', why: 'the hotkey is not registered any more' }
  const waiting = findCommit(sealed, view)
  if (waiting !== undefined) {
    const reveal = waiting.epoch + revealPeriods
    const present = epochAt(schedule, block + 1)
    if (present > reveal) return { kind: 'lost', why: `its epoch ${reveal} went by without a reveal` }
    if (sealed.kind === 'timelocked')
      return { kind: 'committed', by: 'chain', block: Math.max(block + 1, sealed.reveal) }
    if (present < reveal) return { kind: 'committed', by: 'us', block: firstBlockOf(schedule, reveal) }
    return { kind: 'due', until: firstBlockOf(schedule, reveal + 1) - 1 }
  }
  if (lastUpdate < sealed.since) return { kind: 'absent' }
  if (areSame(view.weights, sealed.weights)) return { kind: 'set', block: lastUpdate }
  return sealed.kind === 'plain'
    ? { kind: 'absent' }
    : { kind: 'lost', why: 'the chain has neither the commit nor the weights: the reveal failed' }
}

function findCommit(
  sealed: Sealed,
  { hashes, messages }: WeightView,
): { readonly epoch: number } | undefined {
  switch (sealed.kind) {
    case 'plain':
      return undefined
    case 'hash':
      return hashes.find(({ hash }) => hash === sealed.hash)
    case 'timelocked':
      return messages.find(({ message }) => message === sealed.message)
  }
}
