import type { BoardRow } from './board-data.ts'
import { duration, money, points } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear, logarithmic, type Scale } from './scale.ts'

const SIZES = {
  large: { width: 960, height: 400, right: 130 },
  small: { width: 400, height: 320, right: 20 },
} as const
const [LEFT, TOP, BOTTOM] = [44, 16, 44]
const MOST_NAMES = { large: 9, small: 4 } as const

interface Point {
  readonly row: BoardRow
  readonly spent: number
  readonly isFront: boolean
}

/** Score against what a task costs, in dollars where they are known and else in seconds. The line joins those whom nobody outdoes in both. */
export function renderPareto(rows: readonly BoardRow[]): Markup {
  const unit = rows.some(({ spent }) => (spent.dollars ?? 0) > 0) ? 'dollars' : 'seconds'
  const known = rows.flatMap(row => {
    const spent = row.spent[unit]
    return spent === null || !(spent > 0) || row.layer === null ? [] : [{ row, spent }]
  })
  if (known.length === 0) return html`<p class="note">Nothing was measured yet of what a task takes.</p>`
  const sorted = known.toSorted(
    (one, other) => one.spent - other.spent || other.row.total.score - one.row.total.score,
  )
  let best = -1
  const all = sorted.map(({ row, spent }): Point => {
    const isFront = row.total.score > best
    if (isFront) best = row.total.score
    return { row, spent, isFront }
  })
  const front = all.filter(({ isFront }) => isFront)
  const says = unit === 'dollars' ? 'dollars' : 'time'
  return html`<figure>${draw(all, unit, 'large')}${draw(all, unit, 'small')}
<figcaption><b>Figure 1.</b> Score against ${says} for a task, with intervals at 95 %. The line joins those whom nobody outdoes in both.</figcaption>
<details><summary>The agents on the line</summary><div class="scroll" tabindex="0" role="region" aria-label="Agents on the line"><table><thead><tr><th scope="col">Agent</th><th scope="col" class="number">Score</th><th scope="col" class="number">For a task</th></tr></thead>
<tbody>${front.map(({ row, spent }) => html`<tr><th scope="row"><a href="/agents/${row.submission}"><bdi>${row.agent}</bdi></a></th><td class="number">${points(row.total.score)}</td><td class="number">${show(spent, unit)}</td></tr>`)}</tbody></table></div></details></figure>`
}

function draw(all: readonly Point[], unit: 'dollars' | 'seconds', size: 'large' | 'small'): Markup {
  const { width, height, right } = SIZES[size]
  const spent = all.map(point => point.spent)
  const x = logarithmic([Math.min(...spent) / 1.3, Math.max(...spent) * 1.3], [LEFT, width - right])
  const top = Math.min(1, Math.max(...all.map(({ row }) => row.total.high)) + 0.02)
  const bottom = Math.max(0, Math.min(...all.map(({ row }) => row.total.low)) - 0.02)
  const y = linear([bottom, top], [height - BOTTOM, TOP])
  const front = all.filter(({ isFront }) => isFront)
  const line = front
    .map(
      ({ row, spent: at }, index) =>
        `${index === 0 ? 'M' : 'H'}${x(at)}${index === 0 ? ' ' : 'V'}${y(row.total.score)}`,
    )
    .join('')
  return html`<svg class="${size}-screen" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Plot of score against ${unit} for a task">
${y.ticks.map(tick => html`<path class="grid" d="M${LEFT} ${y(tick)}H${width - right}"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${points(tick, 0)}</text>`)}
<path class="axis" d="M${LEFT} ${height - BOTTOM}H${width - right}"/>${ticksOf(x, spent, unit).map(tick => html`<text x="${x(tick)}" y="${height - BOTTOM + 18}" text-anchor="middle">${show(tick, unit)}</text>`)}
<text x="${width - right}" y="${height - 6}" text-anchor="end">${unit === 'dollars' ? 'dollars' : 'time'} for a task \u2192</text>
${all.map(({ row, spent: at }) => html`<path class="whisker" d="M${x(at)} ${y(row.total.low)}V${y(row.total.high)}"/>`)}
<path class="front" d="${line}"/>${all.map(dot)}${namesOf(front, size).map(name)}</svg>`

  function dot({ row, spent: at, isFront }: Point): Markup {
    const radius = row.state === 'champion' ? 6 : isFront ? 4.5 : 3.2
    return html`<circle class="dot${isFront || row.state === 'champion' ? '' : ' quiet'}" cx="${x(at)}" cy="${y(row.total.score)}" r="${radius}"><title>${row.agent}: ${points(row.total.score)} points, ${show(at, unit)} for a task</title></circle>`
  }

  function name({ row, spent: at }: Point): Markup {
    const isFar = x(at) > width - right - 20 && size === 'small'
    return html`<text class="label halo" x="${x(at) + (isFar ? -9 : 9)}" y="${y(row.total.score) - 8}"${isFar ? html` text-anchor="end"` : undefined}>${cut(row.agent)}</text>`
  }
}

/** The best on the line, but none beside another's name. */
function namesOf(front: readonly Point[], size: 'large' | 'small'): Point[] {
  const named: Point[] = []
  for (const point of front.toReversed()) {
    const isNear = named.some(
      ({ row, spent }) =>
        Math.abs(Math.log(spent / point.spent)) < (size === 'large' ? 0.35 : 0.8) &&
        Math.abs(row.total.score - point.row.total.score) < 0.045,
    )
    if (!isNear && named.length < MOST_NAMES[size]) named.push(point)
  }
  return named
}

/** Orders of magnitude are too few lines for a narrow span. */
function ticksOf(x: Scale, spent: readonly number[], unit: 'dollars' | 'seconds'): number[] {
  if (x.ticks.length > 3) return [...x.ticks]
  const [low, high] = [Math.min(...spent) / 1.3, Math.max(...spent) * 1.3]
  const steps = unit === 'seconds' ? [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600] : [1, 2, 5]
  const all =
    unit === 'seconds'
      ? [0.01, 0.1, ...steps]
      : [-4, -3, -2, -1, 0, 1].flatMap(power => steps.map(step => step * 10 ** power))
  return all.filter(tick => tick >= low && tick <= high)
}

function show(value: number, unit: 'dollars' | 'seconds'): string {
  return unit === 'dollars' ? money(value) : duration(value)
}

function cut(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}\u2026` : name
}
