import type { BoardPage, BoardRow } from '../pages/board-data.ts'
import { buildBoardPage, type SeasonNow } from '../pages/season-board.ts'
import { type Declared, shareOut } from '../scoring/season/shares.ts'
import type { BoardAnswer } from './board-cache.ts'

/** The board of a season, and below it everybody whom no window has settled yet, as counted now. */
export function findBoard(
  answer: BoardAnswer,
  now: SeasonNow | undefined,
  { block, declared }: { readonly block: number; readonly declared: Declared },
): BoardPage {
  const settled = now === undefined ? undefined : buildBoardPage(now)
  const known = new Set(settled?.rows.map(({ submission }) => submission))
  const counted = new Set(settled?.environments.map(({ name }) => name))
  const fresh = shareOut(answer.environments, declared).filter(({ name }) => !counted.has(name))
  const rest = answer.rows.filter(({ submission }) => !known.has(submission))
  const counts = new Map(answer.rows.map(row => [row.submission, row]))
  const rows = (settled?.rows ?? []).map(row => {
    const { agent = row.agent, dollars = null, tokens = null } = counts.get(row.submission) ?? {}
    return { ...row, agent, spent: { dollars, tokens, seconds: row.spent.seconds } }
  })
  for (const row of rest) rows.push(toRow(row, rows.length + 1))
  return {
    ...{ counted: answer.counted, block, window: settled?.window ?? null },
    environments: [
      ...(settled?.environments ?? []),
      ...fresh.map(one => ({ ...one, share: settled?.window == null ? one.share : 0 })),
    ],
    ...{ rows, duels: settled?.duels ?? [], reigns: settled?.reigns ?? [], burned: settled?.burned ?? null },
  }
}

const STATES: Readonly<Record<string, BoardRow['state']>> = {
  passed: 'ranked',
  queued: 'working',
  working: 'working',
}

function toRow(row: BoardAnswer['rows'][number], rank: number): BoardRow {
  const state = STATES[row.state] ?? 'stopped'
  return {
    ...{ rank, submission: row.submission, agent: row.agent, hotkey: row.hotkey, role: row.role, state },
    ...{ layer: state === 'ranked' ? 1 : null, total: totalOf(row), block: row.block, origin: null },
    cells: Object.fromEntries(
      Object.entries(row.cells).map(([name, { score, low, high, judged }]) => [
        name,
        { score, low, high, judged },
      ]),
    ),
    ...{ spent: { dollars: row.dollars, tokens: row.tokens, seconds: row.seconds }, paid: 0, trend: [] },
  }
}

/** The interval of a mean out of those of its parts (G. Y. Zou and A. Donner, 2008). */
function totalOf({ score, cells }: BoardAnswer['rows'][number]): BoardRow['total'] {
  const parts = Object.values(cells)
  const spread = (side: (cell: (typeof parts)[number]) => number): number =>
    Math.sqrt(parts.reduce((sum, cell) => sum + side(cell) ** 2, 0)) / Math.max(1, parts.length)
  return {
    score,
    low: Math.max(0, score - spread(cell => cell.score - cell.low)),
    high: Math.min(1, score + spread(cell => cell.high - cell.score)),
  }
}
