import { brief, moment } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear } from './scale.ts'
import type { SubnetRow, SubnetsPage } from './subnets-data.ts'

const SIZES = {
  large: { width: 960, height: 300 },
  small: { width: 400, height: 260 },
} as const
type Size = keyof typeof SIZES
const [LEFT, TOP, BOTTOM, RIGHT] = [52, 14, 40, 16]
const MOST_BARS = { large: 24, small: 10 } as const

/** What flowed into the pools over the last day, the largest flows either way; nothing before there is a day to compare with. */
export function renderFlows(rows: readonly SubnetRow[]): Markup | undefined {
  const known = rows.filter(({ flows }) => flows.day !== null && flows.day !== 0)
  if (known.length === 0) return undefined
  return html`<figure>${drawFlows(known, 'large')}${drawFlows(known, 'small')}
<figcaption><b>Figure 1.</b> Tao that came into the pools by trade over the last day (above), or left them (below), by netuid.</figcaption></figure>`
}

function drawFlows(rows: readonly SubnetRow[], size: Size): Markup {
  const { width, height } = SIZES[size]
  const largest = rows
    .toSorted((one, other) => Math.abs(other.flows.day!) - Math.abs(one.flows.day!))
    .slice(0, MOST_BARS[size])
    .sort((one, other) => other.flows.day! - one.flows.day!)
  const values = largest.map(({ flows }) => flows.day!)
  const y = linear([Math.min(0, ...values), Math.max(0, ...values)], [height - BOTTOM, TOP])
  const step = (width - LEFT - RIGHT) / largest.length
  return html`<svg class="${size}-screen" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Bars: tao that flowed into or out of ${largest.length} pools in a day">
${y.ticks.map(tick => html`<path class="grid" d="M${LEFT} ${y(tick)}H${width - RIGHT}"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tick < 0 ? '\u2212' : ''}${brief(Math.abs(tick))}</text>`)}
<path class="axis" d="M${LEFT} ${y(0)}H${width - RIGHT}"/>${largest.map(
    ({ netuid, name, flows, isOurs }, index) => {
      const value = flows.day!
      const [from, to] = [y(Math.max(0, value)), y(Math.min(0, value))]
      const x = Math.round((LEFT + index * step + step * 0.15) * 100) / 100
      const middle = Math.round((LEFT + (index + 0.5) * step) * 100) / 100
      return html`<rect class="fill${value < 0 ? ' bad' : ''}" x="${x}" y="${from}" width="${Math.round(step * 70) / 100}" height="${Math.max(0.5, Math.round((to - from) * 100) / 100)}"><title>${netuid} ${name}: ${value < 0 ? '\u2212' : '+'}${brief(Math.abs(value))} tao</title></rect><text${isOurs ? html` class="strong"` : undefined} x="${middle}" y="${height - BOTTOM + 18}" text-anchor="middle">${netuid}</text>`
    },
  )}
<text x="${width - RIGHT}" y="${height - 4}" text-anchor="end">netuid</text></svg>`
}

/** How uneven the pools were, snapshot by snapshot; nothing for fewer than two. */
export function renderTrend(trend: SubnetsPage['trend']): Markup | undefined {
  if (trend.length < 2) return undefined
  return html`<figure>${drawTrend(trend, 'large')}${drawTrend(trend, 'small')}
<figcaption><b>Figure 2.</b> Gini's coefficient of the pools (solid), and the part that the five largest hold (thin), from ${moment(trend[0]!.at)} on.</figcaption></figure>`
}

function drawTrend(trend: SubnetsPage['trend'], size: Size): Markup {
  const { width, height } = SIZES[size]
  const blocks = trend.map(({ block }) => block)
  const values = trend.flatMap(({ gini, five }) => [gini, five])
  const x = linear([blocks[0]!, blocks.at(-1)!], [LEFT, width - RIGHT], size === 'large' ? 8 : 3)
  const y = linear(
    [Math.max(0, Math.min(...values) - 0.02), Math.min(1, Math.max(...values) + 0.02)],
    [height - BOTTOM, TOP],
  )
  const line = (value: (one: (typeof trend)[number]) => number): string =>
    `M${trend.map(one => `${x(one.block)} ${y(value(one))}`).join('L')}`
  const last = trend.at(-1)!
  return html`<svg class="${size}-screen" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Gini of pools over ${trend.length} snapshots: from ${trend[0]!.gini.toFixed(2)} to ${last.gini.toFixed(2)}">
${y.ticks.map(tick => html`<path class="grid" d="M${LEFT} ${y(tick)}H${width - RIGHT}"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tick.toFixed(2)}</text>`)}
<path class="axis" d="M${LEFT} ${height - BOTTOM}H${width - RIGHT}"/>${x.ticks.map(tick => html`<text x="${x(tick)}" y="${height - BOTTOM + 18}" text-anchor="middle">${brief(tick)}</text>`)}
<text x="${width - RIGHT}" y="${height - 4}" text-anchor="end">block \u2192</text>
<path class="curve second" d="${line(({ five }) => five)}"/><path class="curve" d="${line(({ gini }) => gini)}"/><circle class="dot" cx="${x(last.block)}" cy="${y(last.gini)}" r="4"/></svg>`
}
