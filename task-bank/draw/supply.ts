import type { Commitment } from './commitment.ts'
import { countFresh, type Ledger } from './ledger.ts'
import type { Pool } from './pool.ts'

/** From this number of windows on a pool is said to run low. */
const LOW = 3

export interface Supply {
  readonly total: number
  readonly fresh: number
  readonly live: number
  readonly retired: number
  /** Fresh tasks that one window takes: what its draw takes, or with its confirmations the newest window took, if more. */
  readonly perWindow: number
  /** How many windows can be drawn yet before the minimum forbids it. */
  readonly windowsLeft: number
  /** What to say to the operator, if it runs low. */
  readonly warning: string | undefined
}

/** How long a pool will last. */
export function supplyOf({ commitment }: Pool, ledger: Ledger): Supply {
  const fresh = countFresh(ledger)
  const count = (kind: 'live' | 'retired'): number =>
    ledger.states.filter(state => state.kind === kind).length
  const perWindow = Math.max(commitment.terms.draw, takenBy(ledger))
  const windowsLeft = windowsOf(commitment, fresh, perWindow)
  return {
    total: ledger.states.length,
    fresh,
    live: count('live'),
    retired: count('retired'),
    perWindow,
    windowsLeft,
    warning: windowsLeft > LOW ? undefined : sayLow(commitment, { fresh, perWindow, windowsLeft }),
  }
}

function windowsOf({ terms }: Commitment, fresh: number, perWindow: number): number {
  return fresh < terms.minimum ? 0 : Math.floor((fresh - terms.minimum) / perWindow) + 1
}

function takenBy({ states, window }: Ledger): number {
  return states.filter(state => state.kind !== 'fresh' && state.window === window).length
}

function sayLow(
  { terms }: Commitment,
  { fresh, perWindow, windowsLeft }: Pick<Supply, 'fresh' | 'perWindow' | 'windowsLeft'>,
): string {
  const left =
    windowsLeft === 0
      ? 'no window can be drawn from it any more'
      : `it lasts for ${windowsLeft} more ${windowsLeft === 1 ? 'window' : 'windows'}`
  return `The pool of ${terms.environment} runs low: ${left} (${fresh} fresh tasks, a window takes ${perWindow}, minimum ${terms.minimum}). Commit a new pool with new tasks`
}
