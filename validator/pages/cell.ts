import { points } from './format.ts'
import { html, type Markup } from './markup.ts'

/** A score with its interval, all from 0 to 1. */
export interface Placed {
  readonly score: number
  readonly low: number
  readonly high: number
}

/** One environment of one row: `42.0 [35.4, 48.9] / 200`, and a bar that shows the same. */
export function renderCell(cell: (Placed & { readonly judged: number }) | undefined): Markup {
  if (cell === undefined || cell.judged === 0) return html`<td class="cell none">\u2013</td>`
  const { score, low, high, judged } = cell
  return html`<td class="cell ${placed(cell)}"><b>${points(score)}</b>[${points(low)}, ${points(high)}] / ${judged}</td>`
}

/** Classes that put a bar's point and interval in their places. */
export function placed({ score, low, high }: Placed): string {
  return `s${percent(score)} l${percent(low)} h${percent(high)}`
}

function percent(share: number): number {
  return Math.round(100 * Math.min(1, Math.max(0, share)))
}
