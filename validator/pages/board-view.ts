import { z } from 'zod'
import type { BoardPage, BoardRow } from './board-data.ts'

/** What a reader wants to see of the board, as it stands in the address; what makes no sense is left out. */
export const BoardView = z.object({
  sort: z.string().max(200).catch('rank').default('rank'),
  q: z.string().max(100).catch('').default(''),
  role: z.enum(['miner', 'reference', 'mirror', '']).catch('').default(''),
  subnet: z.string().max(10).catch('').default(''),
})
export type BoardView = z.infer<typeof BoardView>

/** Rows in the wanted order, and only the wanted ones; environments of the wanted subnet. */
export function chooseRows({ rows, environments }: BoardPage, view: BoardView) {
  const wanted = view.q.trim().toLowerCase()
  const found = rows.filter(
    row =>
      (view.role === '' || row.role === view.role) &&
      (wanted === '' ||
        [row.agent, row.hotkey, row.submission].some(one => one.toLowerCase().includes(wanted))),
  )
  const shown = environments.filter(({ netuid }) => view.subnet === '' || String(netuid) === view.subnet)
  return { rows: found.sort(orderOf(view.sort)), environments: shown }
}

type Order = (one: BoardRow, other: BoardRow) => number

/** `rank`, `score`, `seconds`, `dollars`, `tokens`, `block`, `agent`, or the name of an environment. Equal rows stand by rank. */
function orderOf(sort: string): Order {
  const byRank: Order = (one, other) => one.rank - other.rank
  const by =
    (value: (row: BoardRow) => number | null | undefined, direction: 1 | -1): Order =>
    (one, other) => {
      const [first, second] = [value(one) ?? undefined, value(other) ?? undefined]
      if (first === undefined || second === undefined)
        return Number(first === undefined) - Number(second === undefined) || byRank(one, other)
      return direction * (first - second) || byRank(one, other)
    }
  switch (sort) {
    case 'rank':
      return byRank
    case 'score':
      return by(({ total }) => total.score, -1)
    case 'seconds':
      return by(({ spent }) => spent.seconds, 1)
    case 'tokens':
      return by(({ spent }) => spent.tokens, 1)
    case 'dollars':
      return by(({ spent }) => spent.dollars, 1)
    case 'block':
      return by(({ block }) => block, 1)
    case 'agent':
      return (one, other) => compare(one.agent.toLowerCase(), other.agent.toLowerCase()) || byRank(one, other)
    default:
      return by(({ cells }) => (Object.hasOwn(cells, sort) ? cells[sort]!.score : undefined), -1)
  }
}

/** The address of the board with one thing changed. */
export function addressOf(view: BoardView, change: Partial<BoardView>): string {
  const all = { ...view, ...change }
  const parts = Object.entries(all).filter(
    ([key, value]) => value !== '' && !(key === 'sort' && value === 'rank'),
  )
  const query = new URLSearchParams(parts).toString()
  return query === '' ? '/board' : `/board?${query}`
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
