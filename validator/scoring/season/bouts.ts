import { creditOf } from '../credits.ts'
import { duel, type Round, type Standing, type Weights } from '../duel/duel.ts'
import { CONFIRMATION, type DuelRules, rulesFor } from '../duel/rules.ts'
import { leadOf } from '../duel/screen.ts'
import type { Draw, Duel, Result, Results } from './facts.ts'

type PlayedRound = Duel['bouts'][number]['rounds'][number]

/** A challenger against one opponent, as far as results go. */
export interface Bout {
  readonly opponent: string
  readonly isOrigin: boolean
  readonly rounds: readonly PlayedRound[]
  readonly standing: Standing
}

/** Where a duel stands: all its bouts have to be won. */
export type DuelStanding =
  | { readonly kind: 'open'; readonly bouts: readonly Bout[] }
  | { readonly kind: 'won'; readonly bouts: readonly Bout[]; readonly credit: number }
  | { readonly kind: 'lost'; readonly bouts: readonly Bout[]; readonly to: string }
  | { readonly kind: 'void'; readonly bouts: readonly Bout[] }

/**
 * Judges a duel by the results that there are. Rounds count in the order of the draw, so the order in which results come in changes
 * nothing; once decided, later rounds do not count.
 */
export function judgeDuel(draw: Draw, results: Results): DuelStanding {
  const plan = planRounds(draw)
  return standingOf(
    draw.against.map(({ submission, isOrigin }) =>
      judgeBout(
        draw,
        { opponent: submission, isOrigin },
        playedRounds(plan, results.get(draw.challenger!), results.get(submission)),
      ),
    ),
    draw,
  )
}

/** Judges a duel by the rounds that were written down. */
export function judgeWritten(draw: Draw, written: Duel): DuelStanding {
  return standingOf(
    draw.against.map(({ submission: opponent, isOrigin }) => {
      const bout = written.bouts.find(one => one.opponent === opponent)
      return judgeBout(draw, { opponent, isOrigin }, bout?.rounds ?? [])
    }),
    draw,
  )
}

/** Each environment's part of a score. */
export function weightsOf({ environments }: Pick<Draw, 'environments'>): Weights {
  return Object.fromEntries(environments.map(({ name, share }) => [name, share]))
}

/** What decides the bouts of a draw. */
export function rulesOf(draw: Draw, isOrigin: boolean): DuelRules {
  return { ...rulesFor({ alpha: draw.alpha, isSuspect: isOrigin }), rounds: planRounds(draw).length }
}

/** The tasks of each round, one of each environment, as digests in the order of both. */
export function planRounds({
  environments,
  tasks,
}: Pick<Draw, 'environments' | 'tasks'>): readonly (readonly string[])[] {
  const lists = environments.map(({ name }) =>
    tasks.filter(({ environment }) => environment === name).map(({ digest }) => digest),
  )
  const count = Math.min(CONFIRMATION.rounds, ...lists.map(list => list.length))
  return Array.from({ length: count }, (_, number) => lists.map(list => list[number]!))
}

type OfOne = ReturnType<Results['get']>

/** The rounds that two entries have both played, up to the first that is not complete. */
export function playedRounds(plan: ReturnType<typeof planRounds>, own: OfOne, other: OfOne): PlayedRound[] {
  const rounds: PlayedRound[] = []
  for (const tasks of plan) {
    const round = tasks.map(task => pair(own?.get(task), other?.get(task)))
    if (round.some(one => one === undefined)) break
    rounds.push(round as PlayedRound)
  }
  return rounds
}

/** @returns null if it is void for one of them, and so for both; undefined if one is missing */
function pair(one: Result | undefined, other: Result | undefined): [number, number] | null | undefined {
  if (one?.kind === 'void' || other?.kind === 'void') return null
  return one === undefined || other === undefined ? undefined : [one.score, other.score]
}

function judgeBout(
  draw: Draw,
  { opponent, isOrigin }: { readonly opponent: string; readonly isOrigin: boolean },
  played: readonly PlayedRound[],
): Bout {
  const standing = duel(
    rulesOf(draw, isOrigin),
    weightsOf(draw),
    played.map(round => toRound(draw, round)),
  )
  return { opponent, isOrigin, rounds: played.slice(0, standing.rounds), standing }
}

/** A written round as duels take it. */
export function toRound({ environments }: Pick<Draw, 'environments'>, played: PlayedRound): Round {
  return Object.fromEntries(
    environments.map(({ name }, index) => {
      const scores = played[index]
      return [name, scores == null ? 'void' : { challenger: scores[0], champion: scores[1] }]
    }),
  )
}

function standingOf(bouts: readonly Bout[], draw: Draw): DuelStanding {
  const lost = bouts.find(({ standing }) => standing.outcome.kind === 'lost')
  if (lost !== undefined) return { kind: 'lost', bouts, to: lost.opponent }
  if (bouts.some(({ standing }) => standing.outcome.kind === 'void')) return { kind: 'void', bouts }
  if (bouts.length === 0 || bouts.some(({ standing }) => standing.outcome.kind === 'open'))
    return { kind: 'open', bouts }
  const weights = weightsOf(draw)
  const leads = bouts[0]!.rounds.map(round => leadOf(weights, toRound(draw, round)))
  return { kind: 'won', bouts, credit: creditOf(leads) }
}
