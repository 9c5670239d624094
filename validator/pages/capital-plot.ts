import type { BoutDetails } from './duel.ts'
import { count, evidence } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear, logarithmic } from './scale.ts'

const SIZES = { large: { width: 960, height: 340 }, small: { width: 400, height: 300 } } as const
const [LEFT, TOP, BOTTOM, RIGHT] = [56, 18, 42, 12]
const MOST_POINTS = 300

type Drawn = Pick<BoutDetails, 'curve' | 'most' | 'wins' | 'loses'>

/** Evidence for and against after each round, by orders of magnitude; the lines are where either ends the duel. @param index - of the figure on its page, from 0 */
export function renderCapital(bout: Drawn, index: number): Markup {
  if (bout.curve.length === 0) return html`<p class="note">No round is complete yet.</p>`
  return html`<figure>${draw(bout, 'large')}${draw(bout, 'small')}
<figcaption><b>Figure ${index + 1}.</b> What the bettors' money has grown to: those who bet that the challenger is better (solid), and those who bet that it is not (thin). Reaching its line ends the duel; for a win, each environment must be safe as well.</figcaption></figure>`
}

function draw({ curve, most, wins, loses }: Drawn, size: 'large' | 'small'): Markup {
  const { width, height } = SIZES[size]
  const values = curve.flat().filter(value => value > 0)
  const low = Math.max(1e-4, Math.min(0.3, ...values))
  const high = Math.min(1e6, Math.max(wins * 2.5, ...values))
  const x = linear([0, most], [LEFT, width - RIGHT], size === 'large' ? 8 : 4)
  const y = logarithmic([low, high], [height - BOTTOM, TOP])
  const [superior, futile] = [0, 1].map(side => {
    const every = Math.max(1, Math.floor(curve.length / MOST_POINTS))
    const kept = curve
      .map((pair, at) => [at + 1, pair[side]!] as const)
      .filter(([at]) => at % every === 0 || at === curve.length)
    return `M${[[0, 1] as const, ...kept].map(([at, value]) => `${x(at)} ${y(value)}`).join('L')}`
  })
  const last = curve.at(-1)!
  return html`<svg class="${size}-screen" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="After ${curve.length} of ${most} rounds: evidence for ${evidence(last[0])}, against ${evidence(last[1])}">
${y.ticks.map(tick => html`<path class="grid" d="M${LEFT} ${y(tick)}H${width - RIGHT}"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tick >= 0.01 && tick < 1e5 ? count2(tick) : tick.toExponential(0)}</text>`)}
<path class="axis" d="M${LEFT} ${height - BOTTOM}H${width - RIGHT}"/>${x.ticks.map(tick => html`<text x="${x(tick)}" y="${height - BOTTOM + 18}" text-anchor="middle">${tick}</text>`)}
<text x="${width - RIGHT}" y="${height - 6}" text-anchor="end">rounds \u2192</text>
<path class="threshold" d="M${LEFT} ${y(wins)}H${width - RIGHT}"/><text class="label halo" x="${width - RIGHT}" y="${y(wins) - 6}" text-anchor="end">wins at ${evidence(wins)}</text>
<path class="threshold bad" d="M${LEFT} ${y(loses)}H${width - RIGHT}"/><text class="label halo" x="${width - RIGHT}" y="${y(loses) - 6}" text-anchor="end">no better: ends at ${evidence(loses)}</text>
<path class="curve second" d="${futile}"/><path class="curve" d="${superior}"/>
<circle class="dot" cx="${x(curve.length)}" cy="${y(last[0])}" r="4"/></svg>`
}

function count2(tick: number): string {
  return tick < 1 ? String(Number(tick.toPrecision(1))) : count(tick)
}
