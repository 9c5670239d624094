import type { DuelStanding } from '../scoring/season/bouts.ts'

/** Why a submission stands where it does: a code for programs, a sentence for people. */
export interface Reason {
  readonly code: string
  readonly message: string
}

/** How a duel ended, as its challenger is told. */
export function explain(standing: Exclude<DuelStanding, { kind: 'open' }>): Reason {
  const [{ standing: first }] = standing.bouts as [(typeof standing.bouts)[number]]
  const facts = `${points(first.lead)} over ${first.rounds} rounds, evidence ${first.superiority.toPrecision(3)} of ${first.wins}`
  switch (standing.kind) {
    case 'won':
      return { code: 'duel-won', message: `It is champion: ${facts}; proven gain ${points(standing.credit)}` }
    case 'lost': {
      const { outcome } = standing.bouts.find(({ opponent }) => opponent === standing.to)!.standing
      return { code: 'duel-lost', message: `It is not proven to be better: ${sayLoss(outcome)}; ${facts}` }
    }
    case 'void':
      return {
        code: 'duel-void',
        message:
          'Too many tasks of its duel became void: it is neither won nor lost; ask the operator to queue it again',
      }
  }
}

function sayLoss(outcome: DuelStanding['bouts'][number]['standing']['outcome']): string {
  if (outcome.kind !== 'lost') return 'undecided'
  switch (outcome.how) {
    case 'veto':
      return `it is worse in "${outcome.environment}"`
    case 'unsafe':
      return 'it may be worse in one environment by more than is allowed'
    case 'futile':
      return 'its lead is proven to be below two points'
    case 'final':
      return 'all rounds are played'
  }
}

/** A lead as people say it: 0.021 is +2.1 points. */
export function points(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} points`
}
