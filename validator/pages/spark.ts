import { points } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear } from './scale.ts'

const [WIDTH, HEIGHT] = [80, 22]

interface Shown {
  readonly show: (value: number) => string
  /** What each value belongs to. */
  readonly of: string
  /** A smaller difference is no mountain. */
  readonly least: number
}

// A difference below two points of a score is none.
const SCORES: Shown = { show: value => points(value), of: 'windows', least: 0.02 }

/** Values, scores of windows if not said, as a line as high as a word; nothing for fewer than two. */
export function renderSpark(
  values: readonly number[],
  { show, of, least }: Shown = SCORES,
): Markup | undefined {
  if (values.length < 2) return undefined
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const middle = (low + high) / 2
  const half = Math.max(high - low, least) / 2
  const x = linear([0, values.length - 1], [2, WIDTH - 3])
  const y = linear([middle - half, middle + half], [HEIGHT - 4, 4])
  const line = values.map((value, index) => `${x(index)} ${y(value)}`).join('L')
  const last = values.at(-1)!
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${values.length} ${of}: from ${show(values[0]!)} to ${show(last)}"><path class="curve" d="M${line}"/><circle class="dot" cx="${x(values.length - 1)}" cy="${y(last)}" r="2.4"/></svg>`
}
