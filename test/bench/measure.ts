import fs from 'node:fs'

/** One number of the benchmark; `floor` is what the same work costs without us. */
export interface Line {
  readonly name: string
  readonly value: number
  readonly unit: 'ms' | 'attempts/min' | 'MB' | 'count' | '%' | '1/s'
  readonly floor: number | null
  readonly ratio: number | null
}

export function buildLine(name: string, value: number, unit: Line['unit'], floor?: number): Line {
  const digits = unit === 'ms' && value > 20 ? 1 : 100
  const round = (number: number): number => Math.round(number * digits) / digits
  const ratio = floor === undefined || floor === 0 ? null : Math.round((value / floor) * 1000) / 1000
  return { name, value: round(value), unit, floor: floor === undefined ? null : round(floor), ratio }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Runs all measurements once per round, so that a slow minute of the machine hits all of them; the first round warms up
 * and does not count.
 *
 * @returns the median of each name
 */
export async function interleave<Name extends string>(
  rounds: number,
  measurements: readonly (() => Promise<Partial<Record<Name, number>>>)[],
): Promise<Record<Name, number>> {
  const found = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    for (const measure of measurements) {
      const values = Object.entries<number | undefined>(await measure())
      if (round === 0) continue
      for (const [name, value] of values) found.set(name, [...(found.get(name) ?? []), value!])
    }
  }
  const medians = [...found].map(([name, values]) => [name, median(values)])
  return Object.fromEntries(medians) as Record<Name, number>
}

/** Milliseconds that all processors together have been busy since the machine started; undefined if nobody tells. */
export function busyMilliseconds(): number | undefined {
  if (!fs.existsSync('/proc/stat')) return undefined
  const [user, nice, system, , , irq, softirq] = fs
    .readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  // The kernel counts in hundredths of a second on every platform it shows this file on.
  return 10 * (user! + nice! + system! + irq! + softirq!)
}
