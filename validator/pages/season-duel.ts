import { duel, type Outcome } from '../scoring/duel/duel.ts'
import { type Bout, type DuelStanding, rulesOf, toRound, weightsOf } from '../scoring/season/bouts.ts'
import type { Draw, Entry } from '../scoring/season/facts.ts'
import type { BoutDetails, DuelPage } from './duel.ts'
import { points } from './format.ts'
import { stateOf } from './season-board.ts'

/** A duel of a season with what each of its rounds said. */
export function buildDuelPage(
  entries: ReadonlyMap<string, Entry>,
  draw: Draw,
  standing: DuelStanding,
): DuelPage {
  const state = stateOf(entries, draw, standing)
  const { margin, safety, gain } = rulesOf(draw, false)
  return {
    ...state,
    ...{ window: draw.window, block: draw.block, alpha: draw.alpha },
    rules: { margin, safety, gain, handicap: rulesOf(draw, true).handicap },
    credit: standing.kind === 'won' ? standing.credit : null,
    bouts: state.bouts.map((bout, index) => ({ ...bout, ...detailsOf(draw, standing.bouts[index]!) })),
  }
}

function detailsOf(
  draw: Draw,
  { isOrigin, rounds, standing }: Bout,
): Pick<BoutDetails, 'curve' | 'p' | 'ending' | 'environments'> {
  const curve: [number, number][] = []
  duel(
    rulesOf(draw, isOrigin),
    weightsOf(draw),
    rounds.map(round => toRound(draw, round)),
    ({ superiority, futility }) => curve.push([superiority, futility]),
  )
  return {
    ...{ curve, p: standing.p, ending: sayEnding(standing.outcome) },
    environments: draw.environments.map(({ name, netuid, share }) => ({
      ...{ name, netuid, share },
      ...standing.environments[name]!,
    })),
  }
}

function sayEnding(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'open':
      return null
    case 'won':
      return outcome.how === 'early'
        ? 'The evidence sufficed before the last round.'
        : 'The exact test of all rounds decided for it.'
    case 'void':
      return `${points(outcome.share)} % of ${outcome.environment} could not be judged.`
    case 'lost':
      switch (outcome.how) {
        case 'futile':
          return 'The evidence says that it is not better by what the rounds are worth.'
        case 'final':
          return 'After all rounds it was not proven better.'
        case 'unsafe':
          return 'It was better, but not proven safe in each environment.'
        case 'veto':
          return `It was proven to be worse in ${outcome.environment}.`
      }
  }
}
