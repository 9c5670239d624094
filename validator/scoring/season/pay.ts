import { type Credit, payOf } from '../credits.ts'
import { quantise } from '../quantise.ts'
import type { Entry } from './facts.ts'

/** The time for which an entry was champion, from the block in which it was decided. */
export interface Reign {
  readonly submission: string
  readonly block: number
  /** The draw that it won on; null for the first champion, who had nobody to beat. */
  readonly draw: string | null
  /** The gain that it proved, from 0 to 1. */
  readonly credit: number
}

/** One part of what a window pays, to whom and why. `share` is of everything. */
export interface PayLine {
  readonly submission: string
  readonly hotkey: string
  readonly why: 'champion' | 'credit'
  readonly share: number
  readonly to:
    | { readonly kind: 'uid'; readonly uid: number }
    | { readonly kind: 'burn'; readonly because: 'no-miner' | 'not-registered' }
}

export interface Pay {
  readonly lines: readonly PayLine[]
  /** What goes to nobody: not earned, or earned by who cannot be paid. */
  readonly burned: number
  /** 16-bit weights by uid, in its order; together 65,535. */
  readonly weights: readonly (readonly [uid: number, weight: number])[]
}

/** Burned is what the subnet's own uid gets. */
const BURN_UID = 0
const SECONDS_PER_BLOCK = 12
const SECONDS_PER_DAY = 86_400

/**
 * What follows from all reigns at a block.
 *
 * @param uids - of hotkeys that are registered at that block
 */
export function planPay(
  reigns: readonly Reign[],
  entries: ReadonlyMap<string, Entry>,
  { block, uids }: { readonly block: number; readonly uids: Readonly<Record<string, number>> },
): Pay {
  const champion = reigns.at(-1)?.submission
  const credits = reigns
    .filter(({ credit }) => credit > 0)
    .map(
      (reign): Credit => ({
        hotkey: reign.submission,
        gain: reign.credit,
        age: ((block - reign.block) * SECONDS_PER_BLOCK) / SECONDS_PER_DAY,
      }),
    )
  const lines = [
    ...linesOf('champion', payOf(champion, []).shares),
    ...linesOf('credit', payOf(undefined, credits).shares),
  ]
  const byUid = new Map<number, number>([[BURN_UID, 0]])
  for (const { to, share } of lines)
    if (to.kind === 'uid') byUid.set(to.uid, (byUid.get(to.uid) ?? 0) + share)
  const paid = [...byUid.values()].reduce((sum, share) => sum + share, 0)
  const burned = Math.max(0, 1 - paid)
  byUid.set(BURN_UID, byUid.get(BURN_UID)! + burned)
  return { lines, burned, weights: [...quantise(byUid)] }

  function linesOf(why: PayLine['why'], shares: ReadonlyMap<string, number>): PayLine[] {
    return [...shares].map(([submission, share]) => {
      const { hotkey, role } = entries.get(submission)!
      return { submission, hotkey, why, share, to: payee(hotkey, role) }
    })
  }

  function payee(hotkey: string, role: Entry['role']): PayLine['to'] {
    if (role !== 'miner') return { kind: 'burn', because: 'no-miner' }
    const uid = Object.hasOwn(uids, hotkey) ? uids[hotkey] : undefined
    return uid === undefined ? { kind: 'burn', because: 'not-registered' } : { kind: 'uid', uid }
  }
}
