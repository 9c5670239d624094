import { CANONICAL_LIMITS, type Canonical, parseCanonical } from './canonical.ts'
import { isEqual, keyOf } from './equality.ts'
import { approximate } from './exact.ts'

/**
 * An expected value of Python that is no plain data: `made` by calling a class of the code under test, whose fields only that
 * class knows by name, or a number given with a tolerance, somewhere in it.
 */
export type Likeness =
  | { readonly kind: 'exactly'; readonly value: Canonical }
  | { readonly kind: 'almost'; readonly value: Canonical; readonly tolerance: Canonical }
  | {
      readonly kind: 'made'
      readonly name: string
      readonly arguments: readonly Likeness[]
      readonly keywords: readonly (readonly [string, Likeness])[]
    }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Likeness[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Canonical, Likeness])[] }

/**
 * Reads what the lifter wrote down: a canonical value in which `["made", class, arguments, keywords]` and
 * `["almost", number, tolerance]` may stand for values.
 */
export function parseLikeness(value: unknown, depth = CANONICAL_LIMITS.depth): Likeness | undefined {
  const plain = parseCanonical(value)
  if (plain !== undefined) return { kind: 'exactly', value: plain }
  if (!Array.isArray(value) || depth < 0) return undefined
  const [tag, first, second, third] = value as readonly unknown[]
  const inner = (one: unknown): Likeness | undefined => parseLikeness(one, depth - 1)
  switch (tag) {
    case 'almost': {
      const [center, tolerance] = [parseCanonical(first), parseCanonical(second)]
      return center && tolerance && { kind: 'almost', value: center, tolerance }
    }
    case 'made': {
      const [given, keywords] = [parseAll(second, inner), parseAll(third, one => parseKeyword(one, inner))]
      if (typeof first !== 'string' || given === undefined || keywords === undefined) return undefined
      return { kind: 'made', name: first, arguments: given, keywords }
    }
    case 'list':
    case 'tuple': {
      const items = parseAll(first, inner)
      return items && { kind: tag, items }
    }
    case 'dict': {
      const pairs = parseAll(first, one => parsePair(one, inner))
      return pairs && { kind: 'dict', pairs }
    }
    default:
      return undefined
  }
}

/** Whether an observed value is what was expected. */
export function isLike(expected: Likeness, observed: Canonical): boolean {
  switch (expected.kind) {
    case 'exactly':
      return isEqual(expected.value, observed, 'python')
    case 'almost':
      return isNear(observed, expected.value, expected.tolerance)
    case 'made':
      return isMade(expected, observed)
    case 'list':
    case 'tuple':
      return observed[0] === expected.kind && areLike(expected.items, observed[1])
    case 'dict': {
      if (observed[0] !== 'dict' || observed[1].length !== expected.pairs.length) return false
      const found = new Map(observed[1].map(([key, content]) => [keyOf(key, 'python'), content]))
      return expected.pairs.every(([key, content]) => {
        const seen = found.get(keyOf(key, 'python'))
        return seen !== undefined && isLike(content, seen)
      })
    }
  }
}

/** Whether a number is within the tolerance of another. */
export function isNear(observed: Canonical, center: Canonical, tolerance: Canonical): boolean {
  const [value, wanted, allowed] = [numberOf(observed), numberOf(center), numberOf(tolerance)]
  if (value === undefined || wanted === undefined || allowed === undefined) return false
  return value === wanted || (Number.isFinite(value) && Math.abs(value - wanted) <= allowed)
}

export function numberOf(value: Canonical): number | undefined {
  const isNumber = ['int', 'float', 'number', 'decimal', 'fraction'].includes(value[0])
  return isNumber ? approximate(value) : undefined
}

/** A dataclass shows its fields in the order of its parameters; a named tuple is seen as the tuple it is. */
function isMade(expected: Extract<Likeness, { kind: 'made' }>, observed: Canonical): boolean {
  const { name, arguments: given, keywords } = expected
  if (observed[0] === 'tuple') return keywords.length === 0 && areLike(given, observed[1])
  if (observed[0] !== 'object' || observed[1] !== name) return false
  const fields = observed[2]
  if (fields.length !== given.length + keywords.length) return false
  const named = new Map(fields.slice(given.length).map(([key, content]) => [key[1], content]))
  return (
    areLike(
      given,
      fields.slice(0, given.length).map(([, content]) => content),
    ) &&
    keywords.every(([key, content]) => {
      const seen = named.get(key)
      return seen !== undefined && isLike(content, seen)
    })
  )
}

function areLike(expected: readonly Likeness[], observed: readonly Canonical[]): boolean {
  return expected.length === observed.length && expected.every((one, index) => isLike(one, observed[index]!))
}

function parseKeyword(
  value: unknown,
  inner: (one: unknown) => Likeness | undefined,
): readonly [string, Likeness] | undefined {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return undefined
  const content = inner(value[1])
  return content && [value[0], content]
}

function parsePair(
  value: unknown,
  inner: (one: unknown) => Likeness | undefined,
): readonly [Canonical, Likeness] | undefined {
  if (!Array.isArray(value)) return undefined
  const [key, content] = [parseCanonical(value[0]), inner(value[1])]
  return key && content && [key, content]
}

function parseAll<T>(value: unknown, one: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const parsed = value.map(one)
  return parsed.includes(undefined) ? undefined : (parsed as T[])
}
