/** Where a value stands on an axis, in units of the drawing. */
export interface Scale {
  (value: number): number
  /** Values worth a line, from the smallest. */
  readonly ticks: readonly number[]
}

type Span = readonly [from: number, to: number]

/** Evenly; values beyond the span are drawn at its edge. */
export function linear([from, to]: Span, [start, end]: Span, wanted = 5): Scale {
  const width = to - from || 1
  const place = (value: number): number => {
    const share = Math.min(1, Math.max(0, (value - from) / width))
    return round(start + share * (end - start))
  }
  return Object.assign(place, { ticks: ticksOf(from, to, wanted) })
}

/** By orders of magnitude; what is not above zero stands at the lower edge. */
export function logarithmic([from, to]: Span, range: Span): Scale {
  const inner = linear([Math.log10(from), Math.log10(to)], range)
  const place = (value: number): number => inner(value > 0 ? Math.log10(value) : Number.NEGATIVE_INFINITY)
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)]
  const step = Math.max(1, Math.ceil((high - low) / 6))
  const ticks = Array.from(
    { length: Math.floor((high - low) / step) + 1 },
    (_, index) => 10 ** (low + index * step),
  )
  return Object.assign(place, { ticks })
}

/** Round numbers, about as many as wanted. */
function ticksOf(from: number, to: number, wanted: number): number[] {
  if (!(to > from)) return [from]
  const rough = (to - from) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough * 0.999)!
  const first = Math.ceil(from / step - 1e-9)
  const count = Math.floor(to / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
