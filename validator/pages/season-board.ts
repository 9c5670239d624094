import { type DuelStanding, judgeDuel, judgeWritten, rulesOf } from '../scoring/season/bouts.ts'
import type { Draw, Entry, Results } from '../scoring/season/facts.ts'
import type { Season } from '../scoring/season/season.ts'
import type { Standings } from '../scoring/season/standings.ts'
import type { BoardPage, BoardRow, DuelState, Who } from './board-data.ts'
import { originsIn } from './origins.ts'

/** A season as it stands, and the duels that are under way. */
export interface SeasonNow {
  readonly season: Omit<Season, 'mistakes' | 'settlements'> & {
    /** The newest windows that were settled, in their order. */
    readonly settlements: readonly { readonly standings: Standings; readonly at?: Date }[]
  }
  /** Draws of duels that are not decided, with what came of them so far. */
  readonly open: readonly { readonly draw: Draw; readonly results: Results }[]
  readonly block: number
  readonly counted: Date
  /** What tasks took, as means by submission. */
  readonly spent: ReadonlyMap<string, BoardRow['spent']>
}

/** The board that follows from a season; rows are those of the newest window that is settled. */
export function buildBoardPage(now: SeasonNow): BoardPage {
  const { season, block, counted } = now
  const newest = season.settlements.at(-1)?.standings
  const champion = season.reigns.at(-1)?.submission
  const duels = now.open.map(({ draw, results }) => stateOf(season.entries, draw, judgeDuel(draw, results)))
  const origins = originsIn(now)
  const challengers = new Set(duels.map(({ challenger }) => challenger.submission))
  const paid = new Map<string, number>()
  for (const line of newest?.pay.lines ?? [])
    if (line.to.kind === 'uid') paid.set(line.submission, (paid.get(line.submission) ?? 0) + line.share)
  const rows = (newest?.rows ?? []).map((row): BoardRow => {
    const { role, block: first } = season.entries.get(row.submission)!
    const origin = origins.get(row.submission) ?? null
    const who = whoOf(season.entries, row.submission)
    return {
      ...{ rank: row.rank, ...who, role, layer: row.layer, total: row.total, block: first, origin },
      state:
        row.submission === champion ? 'champion' : challengers.has(row.submission) ? 'challenger' : 'ranked',
      cells: Object.fromEntries(
        Object.entries(row.cells).map(([name, { score, low, high, judged }]) => [
          name,
          { score, low, high, judged },
        ]),
      ),
      spent: now.spent.get(row.submission) ?? { dollars: null, tokens: null, seconds: secondsOf(row.cells) },
      paid: paid.get(row.submission) ?? 0,
      trend: trendOf(season, who.hotkey),
    }
  })
  return {
    ...{ counted: counted.toISOString(), block, window: newest?.window ?? null },
    environments: [...(newest?.environments ?? [])],
    ...{ rows, duels, reigns: reignsOf(season), burned: newest?.pay.burned ?? null },
  }
}

/** A duel that was written down, or one that is under way. */
export function stateOf(entries: Season['entries'], draw: Draw, standing: DuelStanding): DuelState {
  return {
    id: draw.draw,
    challenger: whoOf(entries, draw.challenger!),
    kind: standing.kind,
    bouts: standing.bouts.map(
      ({ opponent, isOrigin, standing: { rounds, lead, superiority, wins, futility } }) => {
        const rules = rulesOf(draw, isOrigin)
        return {
          ...{ opponent: whoOf(entries, opponent), isOrigin, rounds, most: rules.rounds, lead },
          ...{ superiority, wins, futility, loses: rules.futility },
        }
      },
    ),
  }
}

/** A duel by its draw: as it was written down, or as far as it is; undefined if there is none. */
export function findDuel(
  { season, open }: SeasonNow,
  id: string,
): { readonly draw: Draw; readonly standing: DuelStanding } | undefined {
  const draw = season.draws.get(id)
  const decided = season.duels.find(duel => duel.draw === id)
  if (draw !== undefined && decided !== undefined) return { draw, standing: judgeWritten(draw, decided) }
  const running = open.find(one => one.draw.draw === id)
  return running && { draw: running.draw, standing: judgeDuel(running.draw, running.results) }
}

/** Duels that a submission was in, the newest first. */
export function duelsOf(now: SeasonNow, submission: string): DuelState[] {
  const { season, open } = now
  const draws = [
    ...season.duels.flatMap(({ draw }) => season.draws.get(draw) ?? []),
    ...open.map(({ draw }) => draw),
  ]
  return draws
    .filter(
      ({ challenger, against }) =>
        challenger === submission || against.some(one => one.submission === submission),
    )
    .toReversed()
    .flatMap(({ draw: id }) => {
      const found = findDuel(now, id)
      return found === undefined ? [] : [stateOf(season.entries, found.draw, found.standing)]
    })
}

export function whoOf(entries: ReadonlyMap<string, Entry>, submission: string): Who {
  const entry = entries.get(submission)
  return { submission, agent: entry?.agent ?? submission, hotkey: entry?.hotkey ?? '' }
}

function reignsOf({ reigns, entries }: SeasonNow['season']): BoardPage['reigns'] {
  return reigns.map(({ submission, block, draw, credit }, index) => ({
    ...whoOf(entries, submission),
    ...{ from: block, to: reigns[index + 1]?.block ?? null, duel: draw, credit },
  }))
}

const MOST_WINDOWS = 30

function trendOf({ settlements, entries }: SeasonNow['season'], hotkey: string): number[] {
  return settlements.slice(-MOST_WINDOWS).flatMap(({ standings: { rows, window } }) => {
    const own = rows.find(row => row.window === window && entries.get(row.submission)?.hotkey === hotkey)
    return own === undefined ? [] : [own.total.score]
  })
}

function secondsOf(
  cells: Readonly<Record<string, { readonly seconds: number; readonly judged: number }>>,
): number | null {
  const all = Object.values(cells)
  const judged = all.reduce((sum, cell) => sum + cell.judged, 0)
  return judged === 0 ? null : all.reduce((sum, cell) => sum + cell.seconds * cell.judged, 0) / judged
}
