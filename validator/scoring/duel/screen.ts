import type { Round, Weights } from './duel.ts'
import { SCREEN } from './rules.ts'
import { inParts, signFlip } from './sign-flip.ts'

/** What the first look says of a challenger. */
export interface Screened {
  readonly passes: boolean
  /** Of the one-sided exact test. */
  readonly p: number
  /** Mean of the weighted differences. */
  readonly lead: number
}

/**
 * The first look, on the shared tasks of a window: whether a challenger seems better at all. It wins nothing; one in five of those
 * who are no better goes on to the confirmation.
 */
export function screen(weights: Weights, rounds: readonly Round[]): Screened {
  const leads = rounds.slice(0, SCREEN.rounds).map(round => leadOf(weights, round))
  const p = signFlip(inParts(leads))
  const lead = leads.length === 0 ? 0 : leads.reduce((sum, one) => sum + one, 0) / leads.length
  return { passes: p <= SCREEN.alpha, p, lead }
}

/** Weighted difference of one round, from -1 to 1; a void task counts for neither. */
export function leadOf(weights: Weights, round: Round): number {
  return Object.entries(weights).reduce((sum, [name, weight]) => {
    const scores = round[name]
    if (scores === undefined) throw new RangeError(`A round has no task of the environment "${name}"`)
    return scores === 'void' ? sum : sum + weight * (scores.challenger - scores.champion)
  }, 0)
}
