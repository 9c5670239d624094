/**
 * Numbers with 32 binary digits behind the point, as whole numbers of 2⁻³²: what the chain calls I32F32. A product loses what is
 * behind the last digit downwards, a quotient towards zero, and whatever is divided by zero is zero.
 */
export type Fixed = bigint

export const ONE: Fixed = 1n << 32n
const LARGEST: Fixed = (1n << 63n) - 1n
/** Of weights and of everything that the chain keeps in 16 bits. */
export const U16 = 65_535

export function fixed(whole: number | bigint): Fixed {
  return BigInt(whole) << 32n
}

export function multiply(one: Fixed, other: Fixed): Fixed {
  return (one * other) >> 32n
}

export function divide(one: Fixed, other: Fixed): Fixed {
  return other === 0n ? 0n : (one << 32n) / other
}

export function clamp(value: Fixed, low: Fixed, high: Fixed): Fixed {
  const lowered = value < high ? value : high
  return lowered > low ? lowered : low
}

export function sum(values: readonly Fixed[]): Fixed {
  return values.reduce((total, value) => total + value, 0n)
}

/** So that they add up to one; as they are if they add up to nothing. */
export function normalise(values: readonly Fixed[], total = sum(values)): Fixed[] {
  return total === 0n ? [...values] : values.map(value => divide(value, total))
}

/** The same for numbers with 64 binary digits behind the point; the shares have 32. */
export function normaliseWide(values: readonly bigint[]): Fixed[] {
  const total = sum(values)
  return values.map(value => (total === 0n ? value : (value << 64n) / total) >> 32n)
}

/** A share of one in 16 bits. */
export function toU16(share: Fixed): number {
  const value = Number(multiply(share, fixed(U16)) >> 32n)
  return Math.min(U16, Math.max(0, value))
}

/** 16 bits as a share of one. */
export function fromU16(value: number): Fixed {
  return divide(fixed(value), fixed(U16))
}

/** e^x by its series, of 32 terms; zero if that does not fit. */
export function exp(value: Fixed): Fixed {
  if (value === 0n) return ONE
  const size = value < 0n ? -value : value
  let term = size
  let total = ONE + size
  for (let index = 2; index < 32 && term > 0n; index++) {
    const product = multiply(term, size)
    if (product > LARGEST) return 0n
    term = product / BigInt(index)
    total += term
    if (total > LARGEST) return 0n
  }
  return value < 0n ? divide(ONE, total) : total
}
