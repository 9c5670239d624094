import type { BoutState } from './board-data.ts'
import { evidence, points } from './format.ts'
import { html, type Markup } from './markup.ts'

const WIDTH = 420
const MIDDLE = WIDTH / 2

/**
 * Evidence for and against the challenger as a tug of war: each side reaches its end when the duel is decided. Lengths are by orders
 * of magnitude, since evidence multiplies.
 */
export function renderMeter(bout: BoutState): Markup {
  const { superiority, wins, futility, loses, rounds, most, lead } = bout
  const [right, left] = [reach(superiority, wins), reach(futility, loses)]
  const told = `evidence for the challenger ${evidence(superiority)} of ${evidence(wins)}, against ${evidence(futility)} of ${evidence(loses)}`
  return html`<div class="meter"><svg viewBox="0 0 ${WIDTH} 16" width="${WIDTH}" height="16" role="img" aria-label="${told}">
<rect class="track" x="0" y="5" width="${WIDTH}" height="6" rx="3"/>
<rect class="fill bad" x="${round(MIDDLE - left)}" y="5" width="${round(left)}" height="6" rx="3"/>
<rect class="fill" x="${MIDDLE}" y="5" width="${round(right)}" height="6" rx="3"/>
<path class="middle" d="M${MIDDLE} 0V16"/></svg>
<p class="ends"><span>against <b>${evidence(futility)}</b> of ${evidence(loses)}</span><span>for <b>${evidence(superiority)}</b> of ${evidence(wins)}</span></p>
<p class="note">Round ${rounds} of at most ${most}. So far the challenger is ${points(Math.abs(lead))} points ${lead < 0 ? 'behind' : 'ahead'}.</p></div>`
}

/** From 1, which says nothing, to the threshold. */
function reach(value: number, end: number): number {
  if (!(value > 1)) return 0
  return MIDDLE * Math.min(1, Math.log(value) / Math.log(end))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
