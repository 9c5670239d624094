import { judgeWritten, planRounds } from './bouts.ts'
import type { Draw, Duel, Entry, Result, Settlement } from './facts.ts'
import type { Reign } from './pay.ts'
import type { Row } from './rows.ts'
import { closeWindow, type Standings } from './standings.ts'

/** Anything that a season follows from, in the order in which it was signed. */
export type Fact =
  | ({ readonly kind: 'entry' } & Entry)
  | ({ readonly kind: 'draw' } & Draw)
  | ({ readonly kind: 'duel' } & Duel)
  | ({ readonly kind: 'settlement' } & Settlement)
  | ({ readonly kind: 'result' } & OneResult)

/** What came of one submission at one task of a draw. */
export interface OneResult {
  readonly draw: string
  readonly submission: string
  readonly task: string
  readonly result: Result
}

/** All that follows from facts so far. */
export interface Season {
  readonly entries: ReadonlyMap<string, Entry>
  readonly draws: ReadonlyMap<string, Draw>
  readonly duels: readonly Duel[]
  readonly reigns: readonly Reign[]
  readonly settlements: readonly { readonly claimed: Settlement; readonly standings: Standings }[]
  /** What somebody claimed and does not follow: nothing if all is right. */
  readonly mistakes: readonly string[]
}

/**
 * Recomputes a season: each duel from the verdicts of its draw, each settlement from the verdicts of its window and from all duels
 * before it. A settlement counts what was signed before it; a duel may stand before its verdicts, since these are signed in batches.
 *
 * @param digest - SHA-256 in hex of a value in its canonical form
 */
export function replaySeason(facts: readonly Fact[], digest: (value: unknown) => string): Season {
  const all: Gathered = new Map()
  for (const fact of facts) if (fact.kind === 'result') gather(all, fact)
  const signed: Gathered = new Map()
  const entries = new Map<string, Entry>()
  const draws = new Map<string, Draw>()
  const duels: Duel[] = []
  let reigns: readonly Reign[] = []
  let rows: readonly Row[] = []
  const settlements: Season['settlements'][number][] = []
  const mistakes: string[] = []

  for (const fact of facts)
    switch (fact.kind) {
      case 'entry':
        entries.set(fact.submission, fact)
        break
      case 'draw':
        draws.set(fact.draw, fact)
        break
      case 'result':
        gather(signed, fact)
        break
      case 'duel': {
        const draw = draws.get(fact.draw)
        const wrong = draw === undefined ? ['its draw is missing'] : checkDuel(fact, draw, reigns, all)
        mistakes.push(...wrong.map(mistake => `duel ${fact.draw}: ${mistake}`))
        duels.push(fact)
        if (fact.credit !== null)
          reigns = [
            ...reigns,
            { submission: fact.challenger, block: fact.block, draw: fact.draw, credit: fact.credit },
          ]
        break
      }
      case 'settlement': {
        const { window, block, uids } = fact
        const draw = [...draws.values()].find(one => one.window === window && one.challenger === null)
        if (draw === undefined) {
          mistakes.push(`settlement ${window}: its draw is missing`)
          break
        }
        const own = signed.get(draw.draw) ?? new Map()
        const standings = closeWindow({ window, block, draw, results: own, entries, rows, reigns, uids })
        mistakes.push(...checkSettlement(fact, standings, digest).map(one => `settlement ${window}: ${one}`))
        rows = standings.rows
        reigns = standings.reigns
        settlements.push({ claimed: fact, standings })
        break
      }
    }
  return { entries, draws, duels, reigns, settlements, mistakes }
}

type Gathered = Map<string, Map<string, Map<string, Result>>>

/** By draw, submission and task; what became void is void, whenever it was judged. */
function gather(results: Gathered, { draw, submission, task, result }: OneResult): void {
  const own = inner(inner(results, draw), submission)
  if (own.get(task)?.kind !== 'void') own.set(task, result)
}

function inner<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = new Map<L, V>()
  map.set(key, made)
  return made
}

/** What does not follow in a duel: whom it was against, what verdicts say, how it ended. */
function checkDuel(duel: Duel, draw: Draw, reigns: readonly Reign[], results: Gathered): string[] {
  const champion = reigns.at(-1)?.submission
  const mistakes: string[] = []
  if (draw.challenger !== duel.challenger) mistakes.push(`the draw is not for ${duel.challenger}`)
  if (draw.against[0]?.submission !== champion)
    mistakes.push(`it is against ${draw.against[0]?.submission}, but the champion was ${champion}`)
  const judged = judgeWritten(draw, duel)
  const credit = judged.kind === 'won' ? judged.credit : null
  if (judged.kind === 'open') mistakes.push('its rounds decide nothing')
  if (credit !== duel.credit) mistakes.push(`the credit is ${credit}, not ${duel.credit}`)
  return [...mistakes, ...checkRounds(duel, draw, results)]
}

/** Rounds whose scores are not those of the verdicts. */
function checkRounds(duel: Duel, draw: Draw, results: Gathered): string[] {
  const plan = planRounds(draw)
  const ofDraw = results.get(draw.draw)
  return duel.bouts.flatMap(({ opponent, rounds }) =>
    rounds.flatMap((round, number) =>
      round.flatMap((scores, index) => {
        const task = plan[number]?.[index]
        const found = [duel.challenger, opponent].map(one =>
          task === undefined ? undefined : ofDraw?.get(one)?.get(task),
        )
        const agrees =
          scores === null
            ? found.some(one => one?.kind === 'void')
            : found.every(
                (one, side) => one !== undefined && (one.kind === 'void' || one.score === scores[side]),
              )
        return agrees
          ? []
          : [`round ${number + 1} against ${opponent} is not what the verdicts say of task ${task}`]
      }),
    ),
  )
}

function checkSettlement(
  claimed: Settlement,
  standings: Standings,
  digest: (value: unknown) => string,
): string[] {
  const mistakes: string[] = []
  const champion = standings.reigns.at(-1)?.submission ?? null
  if (claimed.champion !== champion) mistakes.push(`the champion is ${champion}, not ${claimed.champion}`)
  if (digest(claimed.weights) !== digest(standings.pay.weights))
    mistakes.push('the weights are not those that follow')
  if (claimed.standings !== digest(standings)) mistakes.push('the standings are not those that follow')
  return mistakes
}
