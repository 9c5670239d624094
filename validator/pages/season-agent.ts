import type { AgentPage } from './agent.ts'
import type { BoardPage } from './board-data.ts'
import { originsIn } from './origins.ts'
import { duelsOf, type SeasonNow, whoOf } from './season-board.ts'

/** An agent as far as a season tells of it; undefined if it was never in one. */
export function buildSeasonAgent(
  now: SeasonNow,
  board: BoardPage,
  submission: string,
): AgentPage | undefined {
  const { entries } = now.season
  const entry = entries.get(submission)
  if (entry === undefined) return undefined
  const row = board.rows.find(one => one.submission === submission)
  return {
    ...{ ...whoOf(entries, submission), version: null, language: null, digest: entry.digest },
    ...{ state: 'passed', stage: '', window: board.window ?? 0, received: null },
    ...{ precedence: { block: entry.block, index: entry.index }, place: null, reasons: [] },
    ...{ rank: row?.rank ?? null, total: row?.total ?? null, trend: row?.trend ?? [] },
    cells: Object.entries(row?.cells ?? {}).map(([environment, cell]) => ({ environment, ...cell })),
    next: 'No window that it was in is settled',
    ...{ stages: [], attempts: [], hidden: null, code: { href: null, closed: null }, others: [] },
    ...likenessIn(now, submission),
    duels: duelsOf(now, submission).map(({ id, kind, challenger, bouts }) => ({
      ...{ id, kind, challenger, opponent: bouts[0]!.opponent },
    })),
  }
}

/** Whose copy a submission may be, and who may be a copy of it. */
export function likenessIn(
  now: Pick<SeasonNow, 'season' | 'open'>,
  submission: string,
): Pick<AgentPage, 'origin' | 'copies'> {
  const { entries } = now.season
  const origins = originsIn(now)
  const origin = origins.get(submission)
  return {
    origin: origin === undefined ? null : { ...whoOf(entries, origin.submission), reason: origin.reason },
    copies: [...origins].flatMap(([copy, of]) =>
      of.submission === submission ? [{ ...whoOf(entries, copy), reason: of.reason }] : [],
    ),
  }
}
