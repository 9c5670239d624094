import { Capital } from './capital.ts'
import type { DuelRules } from './rules.ts'
import { inParts, signFlip } from './sign-flip.ts'

/** One task of each environment: scores from 0 to 1 of both, or `void` for both alike. */
export type Round = Readonly<
  Record<string, { readonly challenger: number; readonly champion: number } | 'void'>
>

/** Environments with their weights, which add up to 1. */
export type Weights = Readonly<Record<string, number>>

export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'won'; readonly how: 'early' | 'final' }
  | { readonly kind: 'lost'; readonly how: 'futile' | 'final' | 'unsafe' }
  | { readonly kind: 'lost'; readonly how: 'veto'; readonly environment: string }
  | { readonly kind: 'void'; readonly environment: string; readonly share: number }

/** Where a duel stands after some rounds: all that a reader needs to see why. */
export interface Standing {
  readonly rounds: number
  readonly outcome: Outcome
  /** Evidence that the challenger is better; wins early at `wins`. */
  readonly superiority: number
  readonly wins: number
  /** Evidence that it is not better by `gain`; ends at `futility`. */
  readonly futility: number
  readonly environments: Readonly<
    Record<
      string,
      { readonly safety: number; readonly veto: number; readonly vetoes: number; readonly lead: number }
    >
  >
  /** Mean of the weighted differences. */
  readonly lead: number
  /** Of the exact test at the end; null before. */
  readonly p: number | null
}

/**
 * Plays rounds until they are decided. Later rounds change nothing, nor does anything but these two entries' scores.
 * Formulas: capital against "no better" (superiority, threshold `2 / alpha`), against "worse by margin" in each environment
 * (safety), a veto for a proven loss, and at the last round the exact sign-flip test at `alpha / 2`.
 *
 * @param onStanding - told after each round, for plots
 */
export function duel(
  rules: DuelRules,
  weights: Weights,
  rounds: Iterable<Round>,
  onStanding?: (standing: Standing) => void,
): Standing {
  const state = openDuel(rules, weights)
  for (const round of rounds) {
    if (state.standing().outcome.kind !== 'open') break
    state.play(round)
    onStanding?.(state.standing())
  }
  return state.standing()
}

export interface DuelState {
  readonly play: (round: Round) => void
  readonly standing: () => Standing
}

/** A duel before its first round. */
export function openDuel(rules: DuelRules, weights: Weights): DuelState {
  const sides = Object.entries(weights)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, weight]) => new Side(name, weight, rules))
  checkWeights(weights)
  const superiority = new Capital(1 + rules.handicap)
  const futility = new Capital(1 - rules.gain - rules.handicap)
  const leads: number[] = []
  let total = 0
  let outcome: Outcome = { kind: 'open' }
  let p: number | null = null
  const vetoes = sides.length / rules.vetoAlpha
  const wins = 2 / rules.alpha

  return {
    play(round) {
      const lead = sides.reduce((sum, side) => sum + side.weight * side.add(round[side.name]), 0)
      leads.push(lead)
      total += lead
      superiority.add(lead - rules.handicap)
      futility.add(rules.gain + rules.handicap - lead)
      const isLast = leads.length === rules.rounds
      if (isLast) p = signFlip(inParts(leads.map(one => one - rules.handicap)))
      outcome = decide(isLast)
    },
    standing: () => ({
      rounds: leads.length,
      outcome,
      superiority: superiority.mean,
      wins,
      futility: futility.mean,
      environments: Object.fromEntries(
        sides.map(({ name, safety, veto, lead }) => [
          name,
          { safety: safety.mean, veto: veto.mean, vetoes, lead },
        ]),
      ),
      lead: leads.length === 0 ? 0 : total / leads.length,
      p,
    }),
  }

  function decide(isLast: boolean): Outcome {
    const spoilt = sides.find(side => side.voids > rules.voids * rules.rounds)
    if (spoilt !== undefined)
      return { kind: 'void', environment: spoilt.name, share: spoilt.voids / rules.rounds }
    const vetoed = sides.find(side => side.veto.mean >= vetoes)
    if (vetoed !== undefined) return { kind: 'lost', how: 'veto', environment: vetoed.name }
    const isSafe = sides.every(side => side.safety.mean >= rules.safety)
    if (isSafe && superiority.mean >= wins) return { kind: 'won', how: 'early' }
    if (!isLast) return futility.mean >= rules.futility ? { kind: 'lost', how: 'futile' } : { kind: 'open' }
    if (p! > rules.alpha / 2) return { kind: 'lost', how: 'final' }
    return isSafe ? { kind: 'won', how: 'final' } : { kind: 'lost', how: 'unsafe' }
  }
}

/** One environment's part of a duel. */
class Side {
  readonly safety: Capital
  readonly veto: Capital
  voids = 0
  #sum = 0
  #count = 0

  readonly name: string
  readonly weight: number
  readonly #loss: number
  readonly #margin: number

  constructor(name: string, weight: number, rules: DuelRules) {
    this.name = name
    this.weight = weight
    this.#margin = rules.margin
    this.#loss = rules.loss
    this.safety = new Capital(1 - rules.margin)
    this.veto = new Capital(1 + rules.loss)
  }

  /** Mean difference so far. */
  get lead(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Takes one task's scores; a void one says nothing about either. */
  add(scores: Round[string] | undefined): number {
    if (scores === undefined) throw new RangeError(`A round has no task of the environment "${this.name}"`)
    if (scores === 'void') {
      this.voids++
      return 0
    }
    const lead = share(scores.challenger) - share(scores.champion)
    this.safety.add(lead + this.#margin)
    this.veto.add(-lead - this.#loss)
    this.#sum += lead
    this.#count++
    return lead
  }
}

/** @throws RangeError if it is none */
function share(score: number): number {
  if (!(score >= 0 && score <= 1)) throw new RangeError(`A score is from 0 to 1, not ${score}`)
  return score
}

function checkWeights(weights: Weights): void {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  const odd = Object.entries(weights).find(([, weight]) => !(weight > 0))
  if (odd !== undefined) throw new RangeError(`The weight of "${odd[0]}" must be more than 0, not ${odd[1]}`)
  if (Math.abs(sum - 1) > 1e-9) throw new RangeError(`Weights must add up to 1, not ${sum}`)
}
