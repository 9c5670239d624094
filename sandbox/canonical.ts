/** A value of the language under test, as the observer in the sandbox writes it down: typed, so that True is not 1. */
export type Canonical =
  | readonly ['none' | 'undefined' | 'returned' | 'cut']
  | readonly ['bool', boolean]
  | readonly [TextTag, string]
  | readonly ['list' | 'tuple' | 'set', readonly Canonical[]]
  | readonly ['dict' | 'map', readonly Pair[]]
  | readonly ['object', string, readonly Pair[]]
  | readonly ['error', string, string]
  /** Names of the class and its bases, most derived first; the message; own properties of it as a dict. */
  | readonly ['raised', readonly string[], string, Canonical?]

export type Pair = readonly [Canonical, Canonical]

export interface CanonicalLimits {
  readonly depth: number
  readonly nodes: number
}

type TextTag = (typeof TEXT_TAGS)[number]

const TEXT_TAGS = [
  'int',
  'float',
  'number',
  'str',
  'bytes',
  'date',
  'decimal',
  'fraction',
  'timedelta',
  'regexp',
  'enum',
  'opaque',
] as const

/** A little more than the observers write before they cut. */
export const CANONICAL_LIMITS: CanonicalLimits = { depth: 64, nodes: 50_000 }

/** Longer ones cost more to compare than they are worth. */
const MAX_DIGITS = 10_000

const FORMS: Partial<Record<TextTag, RegExp>> = {
  int: /^-?\d+$/,
  float: /^(nan|-?inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/,
  number: /^(NaN|-?Infinity|-?\d+(\.\d+)?(e[+-]?\d+)?)$/,
  bytes: /^[A-Za-z\d+/]*={0,2}$/,
  decimal: /^(-?s?nan\d*|[+-]?inf(inity)?|[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?)$/i,
  fraction: /^-?\d+(\/\d+)?$/,
  timedelta: /^-?\d+$/,
}

/**
 * Reads what code in a sandbox may have made up.
 *
 * @returns undefined if it has not exactly the form
 */
export function parseCanonical(
  value: unknown,
  limits: CanonicalLimits = CANONICAL_LIMITS,
): Canonical | undefined {
  const budget = { nodes: limits.nodes }
  return parse(value, limits.depth, budget)
}

function parse(value: unknown, depth: number, budget: { nodes: number }): Canonical | undefined {
  budget.nodes -= 1
  if (budget.nodes < 0 || depth < 0 || !Array.isArray(value)) return undefined
  const parts: readonly unknown[] = value
  const [tag, first, second] = parts
  const inner = (one: unknown): Canonical | undefined => parse(one, depth - 1, budget)
  switch (tag) {
    case 'none':
    case 'undefined':
    case 'returned':
    case 'cut':
      return parts.length === 1 ? [tag] : undefined
    case 'bool':
      return parts.length === 2 && typeof first === 'boolean' ? [tag, first] : undefined
    case 'list':
    case 'tuple':
    case 'set': {
      const items = parts.length === 2 ? parseAll(first, inner) : undefined
      return items && [tag, items]
    }
    case 'dict':
    case 'map': {
      const pairs = parts.length === 2 ? parseAll(first, one => parsePair(one, inner)) : undefined
      return pairs && [tag, pairs]
    }
    case 'object': {
      if (parts.length !== 3 || typeof first !== 'string') return undefined
      const pairs = parseAll(second, one => parsePair(one, inner))
      return pairs && [tag, first, pairs]
    }
    case 'error':
      return parts.length === 3 && typeof first === 'string' && typeof second === 'string'
        ? [tag, first, second]
        : undefined
    case 'raised':
      return parseRaised(parts, inner)
    default:
      return parts.length === 2 && isTextTag(tag) && typeof first === 'string'
        ? parseText(tag, first)
        : undefined
  }
}

function parseText(tag: TextTag, text: string): Canonical | undefined {
  if (FORMS[tag]?.test(text) === false) return undefined
  const isLong = (tag === 'int' || tag === 'decimal' || tag === 'fraction') && text.length > MAX_DIGITS
  return isLong ? ['cut'] : [tag, text]
}

function parseRaised(
  parts: readonly unknown[],
  inner: (one: unknown) => Canonical | undefined,
): Canonical | undefined {
  const names = parseAll(parts[1], one => (typeof one === 'string' ? one : undefined))
  const message = parts[2]
  if (names === undefined || typeof message !== 'string' || parts.length > 4) return undefined
  if (parts.length === 3) return ['raised', names, message]
  const properties = inner(parts[3])
  return properties?.[0] === 'dict' ? ['raised', names, message, properties] : undefined
}

/** Keys of objects may be bare strings. */
function parsePair(value: unknown, inner: (one: unknown) => Canonical | undefined): Pair | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const key = inner(typeof value[0] === 'string' ? ['str', value[0]] : value[0])
  const content = inner(value[1])
  return key && content && [key, content]
}

function parseAll<T>(value: unknown, one: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const parsed: T[] = []
  for (const item of value) {
    const result = one(item)
    if (result === undefined) return undefined
    parsed.push(result)
  }
  return parsed
}

function isTextTag(tag: unknown): tag is TextTag {
  return TEXT_TAGS.some(known => known === tag)
}
