import type { Canonical } from './canonical.ts'

/** A number without rounding, in lowest terms; infinities and not-a-number as themselves. */
export type Exact = Rational | 'inf' | '-inf' | 'nan'

interface Rational {
  readonly over: bigint
  readonly under: bigint
}

/** A larger exponent makes a number of millions of digits out of a few characters. */
const MAX_EXPONENT = 5000

/** @returns undefined if it is no number, or too large to be compared */
export function exactOf(value: Canonical): Exact | undefined {
  switch (value[0]) {
    case 'int':
      return { over: BigInt(value[1]), under: 1n }
    case 'float':
    case 'number':
      return exactOfDouble(doubleOf(value[1]))
    case 'decimal':
      return exactOfDecimal(value[1])
    case 'fraction': {
      const [over, under = '1'] = value[1].split('/')
      return reduce(BigInt(over!), BigInt(under))
    }
    default:
      return undefined
  }
}

/** Less than, equal to or greater than zero as `a - b` would be; undefined if one is not-a-number. */
export function compareExact(a: Exact, b: Exact): number | undefined {
  if (a === 'nan' || b === 'nan') return undefined
  const rank = (one: Exact): number => (one === 'inf' ? 1 : one === '-inf' ? -1 : 0)
  if (typeof a === 'string' || typeof b === 'string') return rank(a) - rank(b)
  const difference = a.over * b.under - b.over * a.under
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The nearest double of any number. */
export function approximate(value: Canonical): number | undefined {
  if (value[0] === 'float' || value[0] === 'number') return doubleOf(value[1])
  const exact = exactOf(value)
  if (exact === undefined || typeof exact === 'string') return doubleOf(exact ?? 'nan')
  const { over, under } = exact
  return under === 1n
    ? Number(over)
    : Number(over / under) + Number(((over % under) * 2n ** 64n) / under) / 2 ** 64
}

/** Microseconds of a Python `datetime`, and whether it knows its zone; undefined for any other text. */
export function momentOf(iso: string): { micros: bigint; aware: boolean } | undefined {
  const match =
    /^datetime:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{6}))?(?:([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{6}))?)?)?$/.exec(
      iso,
    )
  if (match === null) return undefined
  const [, clock, fraction = '0', sign, hours = '0', minutes = '0', seconds = '0', rest = '0'] = match
  const millis = Date.parse(`${clock}Z`)
  if (Number.isNaN(millis)) return undefined
  const offset = (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n + BigInt(rest)
  const local = BigInt(millis) * 1000n + BigInt(fraction)
  return { micros: sign === '-' ? local + offset : local - offset, aware: sign !== undefined }
}

function doubleOf(text: string): number {
  return Number(text.replace('inf', 'Infinity').replace('Infinityinity', 'Infinity'))
}

function exactOfDouble(value: number): Exact {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  let bits = 0n
  let whole = value
  // Doubling a double is exact, so this ends at its true numerator.
  while (!Number.isInteger(whole)) {
    whole *= 2
    bits += 1n
  }
  return { over: BigInt(whole), under: 1n << bits }
}

function exactOfDecimal(text: string): Exact | undefined {
  const lower = text.toLowerCase()
  if (lower.includes('nan')) return 'nan'
  if (lower.includes('inf')) return lower.startsWith('-') ? '-inf' : 'inf'
  const [digits = '', exponent = '0'] = lower.split('e')
  const [whole = '', fraction = ''] = digits.replace('+', '').split('.')
  const power = Number(exponent) - fraction.length
  if (!(Math.abs(power) <= MAX_EXPONENT)) return undefined
  const sign = whole.startsWith('-') ? -1n : 1n
  const number = sign * BigInt(`${whole.replace('-', '')}${fraction}`)
  return power >= 0
    ? { over: number * 10n ** BigInt(power), under: 1n }
    : reduce(number, 10n ** BigInt(-power))
}

function reduce(over: bigint, under: bigint): Rational | undefined {
  if (under === 0n) return undefined
  let [a, b] = [over < 0n ? -over : over, under]
  while (b !== 0n) [a, b] = [b, a % b]
  return { over: over / a, under: under / a }
}
