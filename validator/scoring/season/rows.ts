import { wilson } from '../interval.ts'
import type { Draw, Result, Results } from './facts.ts'

/** What an entry came to in one environment: a mean from 0 to 1 with its interval at 95 %. */
export interface Cell {
  readonly score: number
  readonly low: number
  readonly high: number
  readonly judged: number
  readonly voided: number
  /** Mean over tasks. */
  readonly seconds: number
}

/** What an entry came to in a window. */
export interface Row {
  readonly submission: string
  readonly window: number
  readonly cells: Readonly<Record<string, Cell>>
  /** The weighted mean over the environments. */
  readonly total: { readonly score: number; readonly low: number; readonly high: number }
}

/** Rows of all who have a result for each task of a draw; who stopped early cannot be compared. */
export function buildRows(draw: Draw, results: Results): Row[] {
  return [...results]
    .filter(([, own]) => draw.tasks.every(({ digest }) => own.has(digest)))
    .map(([submission, own]) => buildRow(draw, submission, own))
    .filter(({ cells }) => Object.values(cells).every(({ judged }) => judged > 0))
}

function buildRow(draw: Draw, submission: string, own: ReadonlyMap<string, Result>): Row {
  const cells = Object.fromEntries(
    draw.environments.map(({ name }) => [
      name,
      buildCell(
        draw.tasks.filter(({ environment }) => environment === name).map(({ digest }) => own.get(digest)!),
      ),
    ]),
  )
  return { submission, window: draw.window, cells, total: totalOf(draw, cells) }
}

function buildCell(results: readonly Result[]): Cell {
  const judged = results.filter(result => result.kind === 'judged')
  const scores = judged.map(({ score }) => score)
  const sum = scores.reduce((total, score) => total + score, 0)
  const score = judged.length === 0 ? 0 : sum / judged.length
  const [low, high] = wilson(sum, judged.length)
  const seconds = judged.reduce((total, one) => total + one.seconds, 0) / Math.max(1, judged.length)
  return { score, low, high, judged: judged.length, voided: results.length - judged.length, seconds }
}

/** The interval of a weighted sum out of those of its parts (G. Y. Zou and A. Donner, 2008). */
function totalOf({ environments }: Draw, cells: Readonly<Record<string, Cell>>): Row['total'] {
  const parts = environments.map(({ name, share }) => ({ share, ...cells[name]! }))
  const score = parts.reduce((sum, part) => sum + part.share * part.score, 0)
  const spread = (side: (part: Cell) => number): number =>
    Math.sqrt(parts.reduce((sum, part) => sum + (part.share * side(part)) ** 2, 0))
  return {
    score,
    low: Math.max(0, score - spread(part => part.score - part.low)),
    high: Math.min(1, score + spread(part => part.high - part.score)),
  }
}
