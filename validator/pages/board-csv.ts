import type { BoardPage } from './board-data.ts'

/** The board as a table for other programs: one line for each agent, three columns and a count for each environment. */
export function renderCsv({ rows, environments }: BoardPage): string {
  const head = [
    ...['rank', 'submission', 'agent', 'hotkey', 'role', 'state', 'layer', 'score', 'low', 'high'],
    ...['dollars', 'tokens', 'seconds', 'block', 'origin', 'paid'],
    ...environments.flatMap(({ name }) => [name, `${name} low`, `${name} high`, `${name} tasks`]),
  ]
  const lines = rows.map(row => [
    ...[row.rank, row.submission, row.agent, row.hotkey, row.role, row.state, row.layer],
    ...[row.total.score, row.total.low, row.total.high],
    ...[row.spent.dollars, row.spent.tokens, row.spent.seconds, row.block, row.origin?.submission, row.paid],
    ...environments.flatMap(({ name }) => {
      const cell = row.cells[name]
      return [cell?.score, cell?.low, cell?.high, cell?.judged]
    }),
  ])
  return [head, ...lines].map(line => `${line.map(field).join(',')}\r\n`).join('')
}

/** Quoted where it must be (RFC 4180); a name that a spreadsheet would take for a formula gets a tick before it. */
function field(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
