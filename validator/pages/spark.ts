import { points } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear } from './scale.ts'

const [WIDTH, HEIGHT] = [80, 22]

/** Scores of windows as a line as high as a word; nothing for fewer than two. */
export function renderSpark(values: readonly number[]): Markup | undefined {
  if (values.length < 2) return undefined
  const [low, high] = [Math.min(...values), Math.max(...values)]
  // A difference below two points is no mountain.
  const middle = (low + high) / 2
  const half = Math.max(high - low, 0.02) / 2
  const x = linear([0, values.length - 1], [2, WIDTH - 3])
  const y = linear([middle - half, middle + half], [HEIGHT - 4, 4])
  const line = values.map((value, index) => `${x(index)} ${y(value)}`).join('L')
  const last = values.at(-1)!
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${values.length} windows: from ${points(values[0]!)} to ${points(last)}"><path class="curve" d="M${line}"/><circle class="dot" cx="${x(values.length - 1)}" cy="${y(last)}" r="2.4"/></svg>`
}
