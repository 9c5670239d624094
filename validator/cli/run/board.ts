import colors from 'picocolors'
import type { Board, Cell, Row } from '../../scoring/board.ts'
import { oneLine } from '../text.ts'

const BAR = 8

/** Longer names are cut. */
const NAME = 64

/**
 * A board for a terminal of `width` columns: a line per agent; where that is too wide a line per environment, with the agents
 * side by side; and where that is too wide as well a block per agent.
 */
export function renderBoard(board: Board, width: number): string {
  if (board.rows.length === 0) return ''
  const lines = toLines(board)
  const fitting = [lines, turned(lines)].map(layOut).find(table => table.width <= width)
  return fitting?.text ?? board.rows.map(row => renderBlock(row, board.environments, width)).join('\n\n')
}

/** A text, and the columns that it takes: its colours take none. */
interface Piece {
  readonly text: string
  readonly width: number
}

/** A line per agent, below a line of titles. */
function toLines({ environments, rows }: Board): Piece[][] {
  const plain = (text: string, colour = (one: string): string => one): Piece => ({
    text: colour(text),
    width: text.length,
  })
  const title = (text: string): Piece => plain(text, colors.dim)
  return [
    [title('agent'), ...environments.map(name => title(shown(name))), title('score')],
    ...rows.map(row => [
      plain(shown(row.agent)),
      ...environments.map(name => {
        const cell = row.cells[name]!
        return { text: `${bar(cell)} ${count(cell)}`, width: BAR + 1 + count(cell).length }
      }),
      plain(row.score.toFixed(2), colors.bold),
    ]),
  ]
}

function turned(lines: readonly (readonly Piece[])[]): Piece[][] {
  return lines[0]!.map((_, column) => lines.map(line => line[column]!))
}

function layOut(lines: readonly (readonly Piece[])[]): { text: string; width: number } {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.width)))
  const pad = ({ text, width }: Piece, column: number): string =>
    column === widths.length - 1 ? text : text + ' '.repeat(widths[column]! - width)
  return {
    text: lines.map(line => line.map(pad).join('  ')).join('\n'),
    width: widths.reduce((sum, one) => sum + one, 2 * (widths.length - 1)),
  }
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
