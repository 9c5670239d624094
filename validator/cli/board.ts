import colors from 'picocolors'
import type { Board, Cell, Row } from '../scoring/board.ts'
import { oneLine } from './text.ts'

const BAR = 8

/** Longer names are cut. */
const NAME = 64

/** A board for a terminal of `width` columns: a table, or where that is too wide a block per agent. */
export function renderBoard(board: Board, width: number): string {
  if (board.rows.length === 0) return ''
  const table = renderTable(board)
  return table.width <= width
    ? table.text
    : board.rows.map(row => renderBlock(row, board.environments, width)).join('\n\n')
}

function renderTable({ environments, rows }: Board): { text: string; width: number } {
  const first = Math.max(5, ...rows.map(row => shown(row.agent).length))
  const widths = environments.map(name => Math.max(shown(name).length, BAR + 7))
  const header = [
    'agent'.padEnd(first),
    ...environments.map((name, index) => shown(name).padEnd(widths[index]!)),
    'score',
  ]
  const lines = rows.map(row => [
    shown(row.agent).padEnd(first),
    ...environments.map((name, index) => {
      const cell = row.cells[name]!
      return `${bar(cell)} ${count(cell)}`.padEnd(widths[index]! + (bar(cell).length - BAR))
    }),
    colors.bold(row.score.toFixed(2)),
  ])
  const text = [colors.dim(header.join('  ')), ...lines.map(line => line.join('  '))].join('\n')
  return { text, width: first + widths.reduce((sum, one) => sum + one + 2, 0) + 7 }
}

function renderBlock(row: Row, environments: readonly string[], width: number): string {
  const widest = Math.min(
    Math.max(...environments.map(name => shown(name).length)),
    Math.max(8, width - BAR - 10),
  )
  const lines = environments.map(name => {
    const cell = row.cells[name]!
    return `  ${oneLine(name, widest).padEnd(widest)}  ${bar(cell)} ${count(cell)}`
  })
  return [`${colors.bold(shown(row.agent))}  ${row.score.toFixed(2)}`, ...lines].join('\n')
}

function bar({ score, attempts }: Cell): string {
  if (attempts === 0) return colors.dim('·'.repeat(BAR))
  const full = Math.round(score * BAR)
  return colors.green('█'.repeat(full)) + colors.dim('░'.repeat(BAR - full))
}

function count({ solved, attempts }: Cell): string {
  return attempts === 0 ? '–' : `${solved}/${attempts}`
}

/** Names are a miner's or a task author's. */
function shown(name: string): string {
  return oneLine(name, NAME)
}
