import { duration } from './format.ts'
import { html, type Markup } from './markup.ts'
import { linear } from './scale.ts'
import type { Step } from './trajectory.ts'

export interface Phase {
  readonly label: string
  readonly seconds: number
  readonly kind: 'agent' | 'between' | 'tests'
}

const WIDTHS = { large: 960, small: 380 } as const
const FILLS = { agent: 'fill', between: 'fill quiet', tests: 'fill bad-free' } as const

/** Phases after each other on one line, and the agent's steps below it; drawn once for wide and once for narrow screens. */
export function renderTimeline(phases: readonly Phase[], steps: readonly Step[]): Markup {
  const told = phases.map(({ label, seconds }) => `${label} ${duration(seconds)}`).join(', ')
  return html`<figure>${draw(phases, steps, 'large', told)}${draw(phases, steps, 'small', told)}
<figcaption>${told}.${steps.length > 0 ? ' Below: what the agent did, and when.' : ''}</figcaption></figure>`
}

function draw(
  phases: readonly Phase[],
  steps: readonly Step[],
  size: 'large' | 'small',
  told: string,
): Markup {
  const width = WIDTHS[size]
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0) || 1
  const x = linear([0, total], [0, width], size === 'large' ? 10 : 4)
  const timed = steps.filter(({ at, source }) => at !== null && source !== 'user')
  const height = timed.length > 0 ? 76 : 54
  let at = 0
  const bars = phases.map(({ seconds, kind, label }) => {
    const [start, end] = [x(at), x(at + seconds)]
    at += seconds
    const room = end - start
    return html`<rect class="${kind === 'tests' ? 'fill light' : FILLS[kind]}" x="${start}" y="20" width="${Math.max(1, room - 1)}" height="14" rx="2"/>${
      room > 9 * label.length + 4 ? html`<text class="label" x="${start}" y="13">${label}</text>` : undefined
    }`
  })
  const marks = timed.map(({ at: when, seconds, exitCode }) => {
    const start = x(Math.max(0, when! - (seconds ?? 0)))
    const end = x(Math.max(0, when!))
    return html`<rect class="${exitCode === null || exitCode === 0 ? 'fill' : 'fill bad'}" x="${start}" y="40" width="${Math.max(1.5, end - start)}" height="9" rx="1" opacity=".75"/>`
  })
  const axis = timed.length > 0 ? 56 : 40
  return html`<svg class="${size}-screen" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Time line: ${told}">${bars}${marks}
<path class="axis" d="M0 ${axis}H${width}"/>${x.ticks.map((tick, index) => html`<text x="${x(tick)}" y="${axis + 15}" text-anchor="${index === 0 ? 'start' : x(tick) > width - 20 ? 'end' : 'middle'}">${tickOf(tick)}</text>`)}</svg>`
}

function tickOf(seconds: number): string {
  return seconds === 0
    ? '0'
    : seconds < 1
      ? `${Math.round(seconds * 1000)} ms`
      : seconds % 1 === 0 && seconds < 60
        ? `${seconds} s`
        : duration(seconds)
}
