import { type Commitment, sizeOf } from './commitment.ts'
import { checkBlock, countOf, type Draw } from './draw.ts'
import { FRESH, step, type TaskState } from './rotation.ts'
import { seedOf } from './seed.ts'
import { selectNumbers } from './select.ts'

/** What became of each task of a pool, by number, through all draws so far. */
export interface Ledger {
  readonly states: readonly TaskState[]
  /** The newest window that was drawn. */
  readonly window: number | undefined
  /** Windows whose tasks were published. */
  readonly published: readonly number[]
}

export function openLedger(commitment: Commitment): Ledger {
  return { states: Array.from({ length: sizeOf(commitment) }, () => FRESH), window: undefined, published: [] }
}

/** The tasks of the next draw, or why there is none. It follows from the commitment and the draws alone: nobody is asked. */
export function drawNext(
  commitment: Commitment,
  ledger: Ledger,
  draw: Draw,
):
  | { readonly kind: 'drawn'; readonly numbers: readonly number[] }
  | { readonly kind: 'refused'; readonly reason: string } {
  const mayDraw = (number: number): boolean =>
    step(ledger.states[number]!, { kind: 'drawn', window: draw.window, by: draw.kind }) !== undefined
  const reason = checkBlock(commitment, draw) ?? checkTurn(commitment, ledger, draw)
  if (reason !== undefined) return { kind: 'refused', reason }
  const count = countOf(commitment.terms, draw)
  return {
    kind: 'drawn',
    numbers: selectNumbers(commitment, { seed: seedOf(commitment, draw), count, mayDraw }),
  }
}

/**
 * The ledger with a draw in it.
 *
 * @returns undefined if a task of it may not be drawn any more, or is none
 */
export function enter(ledger: Ledger, draw: Draw, numbers: readonly number[]): Ledger | undefined {
  const states = [...ledger.states]
  for (const number of numbers) {
    const before = ledger.states[number]
    const after = before && step(before, { kind: 'drawn', window: draw.window, by: draw.kind })
    if (after === undefined) return undefined
    states[number] = after
  }
  return { ...ledger, states, window: draw.window }
}

/** The ledger after a window's tasks were published. */
export function publish(ledger: Ledger, window: number): Ledger {
  return {
    ...ledger,
    states: ledger.states.map(state => step(state, { kind: 'published', window }) ?? state),
    published: [...ledger.published, window],
  }
}

export function countFresh({ states }: Ledger): number {
  return states.reduce((sum, { kind }) => sum + (kind === 'fresh' ? 1 : 0), 0)
}

function checkTurn({ terms }: Commitment, ledger: Ledger, draw: Draw): string | undefined {
  switch (draw.kind) {
    case 'window': {
      if (ledger.window !== undefined && draw.window <= ledger.window)
        return `window ${ledger.window} was drawn before, and windows are drawn in ascending order`
      const fresh = countFresh(ledger)
      return fresh < terms.minimum
        ? `${fresh} tasks are fresh, less than the pool's minimum of ${terms.minimum}: commit a new pool`
        : undefined
    }
    case 'confirmation':
      if (draw.window !== ledger.window)
        return `it belongs to window ${draw.window}, and the newest that was drawn is ${ledger.window ?? 'none'}`
      return ledger.published.includes(draw.window)
        ? `window ${draw.window} is over: its tasks were published`
        : undefined
  }
}
