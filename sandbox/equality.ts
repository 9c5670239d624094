import type { Canonical, Pair } from './canonical.ts'
import { compareExact, exactOf, momentOf } from './exact.ts'

/**
 * What "equal" means: Python's `==`; `deepStrictEqual`; `==` and the legacy `deepEqual` of JavaScript; `toEqual`, which
 * knows neither classes nor undefined properties.
 */
export type Equality = 'python' | 'strict' | 'loose' | 'recursive'

/** Nothing equals what could not be observed, itself included. */
export function isEqual(a: Canonical, b: Canonical, equality: Equality): boolean {
  if (equality === 'loose') return isLooselyEqual(a, b)
  const key = keyOf(a, equality)
  return key !== undefined && key === keyOf(b, equality)
}

/**
 * A text that two values have in common exactly if they are equal, so that sets and dicts of any order are compared
 * without trying each against each.
 */
export function keyOf(value: Canonical, equality: Exclude<Equality, 'loose'>): string | undefined {
  const inner = (one: Canonical): string | undefined => keyOf(one, equality)
  const [tag] = value
  switch (value[0]) {
    case 'opaque':
    case 'cut':
    case 'raised':
      return undefined
    case 'none':
    case 'undefined':
    case 'returned':
      return tag
    case 'bool':
      return equality === 'python' ? numberKey(['int', value[1] ? '1' : '0']) : `bool(${value[1]})`
    case 'int':
    case 'float':
    case 'decimal':
    case 'fraction':
      return equality === 'python' ? numberKey(value) : `${tag}(${value[1]})`
    case 'number':
      return `number(${Object.is(Number(value[1]), -0) ? '-0' : Number(value[1])})`
    case 'date':
      return `date(${dateKey(value[1])})`
    case 'list':
    case 'tuple':
      return join(tag, value[1].map(inner))
    case 'set':
      return join(tag, sorted(value[1].map(inner)))
    case 'dict':
    case 'map':
      return join(tag, pairKeys(value[1], equality))
    case 'object':
      return equality === 'recursive'
        ? join('dict', pairKeys(value[2], equality))
        : join(`object${JSON.stringify(value[1])}`, pairKeys(value[2], equality))
    case 'error':
      return `error(${JSON.stringify([value[1], value[2]])})`
    default:
      return `${tag}(${JSON.stringify(value[1])})`
  }
}

function numberKey(value: Canonical): string | undefined {
  const exact = exactOf(value)
  if (exact === undefined || exact === 'nan') return undefined
  return typeof exact === 'string' ? exact : `${exact.over}/${exact.under}`
}

function dateKey(text: string): string {
  const moment = momentOf(text)
  return moment === undefined ? JSON.stringify(text) : `${moment.aware ? 'aware' : 'naive'} ${moment.micros}`
}

function pairKeys(pairs: readonly Pair[], equality: Exclude<Equality, 'loose'>): (string | undefined)[] {
  const kept = equality === 'recursive' ? pairs.filter(([, value]) => value[0] !== 'undefined') : pairs
  return sorted(kept.map(([key, value]) => join('', [keyOf(key, equality), keyOf(value, equality)])))
}

/** Strings inside are quoted and the rest holds no bracket or comma of its own, so no two values have one text. */
function join(tag: string, keys: readonly (string | undefined)[]): string | undefined {
  return keys.includes(undefined) ? undefined : `${tag}[${keys.join(',')}]`
}

function sorted(keys: readonly (string | undefined)[]): (string | undefined)[] {
  return [...keys].sort()
}

function isLooselyEqual(a: Canonical, b: Canonical): boolean {
  const [left, right] = [primitiveOf(a), primitiveOf(b)]
  if (left !== undefined && right !== undefined) {
    // biome-ignore lint/suspicious/noDoubleEquals: this is the operator that the test was written with
    return left.value == right.value || (Number.isNaN(left.value) && Number.isNaN(right.value))
  }
  if (a[0] === 'list' && b[0] === 'list') {
    const others = b[1]
    return a[1].length === others.length && a[1].every((item, index) => isLooselyEqual(item, others[index]!))
  }
  const [fields, others] = [fieldsOf(a), fieldsOf(b)]
  if (fields !== undefined && others !== undefined) {
    return (
      fields.size === others.size &&
      [...fields].every(([key, value]) => {
        const other = others.get(key)
        return other !== undefined && isLooselyEqual(value, other)
      })
    )
  }
  return isEqual(a, b, 'strict')
}

/** @returns undefined if it is no primitive of JavaScript */
function primitiveOf(value: Canonical): { value: unknown } | undefined {
  switch (value[0]) {
    case 'none':
      return { value: null }
    case 'undefined':
      return { value: undefined }
    case 'bool':
    case 'str':
      return { value: value[1] }
    case 'number':
      return { value: Number(value[1]) }
    case 'int':
      return { value: BigInt(value[1]) }
    default:
      return undefined
  }
}

function fieldsOf(value: Canonical): Map<string | undefined, Canonical> | undefined {
  const pairs = value[0] === 'dict' ? value[1] : value[0] === 'object' ? value[2] : undefined
  return pairs && new Map(pairs.map(([key, content]) => [keyOf(key, 'strict'), content]))
}

/** Below, at or above zero as the first is less, equal or greater; undefined if the language does not order them. */
export function compare(a: Canonical, b: Canonical, language: 'python' | 'javascript'): number | undefined {
  const [left, right] = [exactOf(a), exactOf(b)]
  if (left !== undefined && right !== undefined) return compareExact(left, right)
  switch (a[0]) {
    case 'str':
      if (b[0] !== 'str') return undefined
      return language === 'python' ? compareByCodePoint(a[1], b[1]) : compareText(a[1], b[1])
    case 'bytes':
      return b[0] === 'bytes' ? Buffer.compare(bytesOf(a[1]), bytesOf(b[1])) : undefined
    case 'date':
      return b[0] === 'date' ? compareDates(a[1], b[1]) : undefined
    case 'timedelta':
      return b[0] === 'timedelta' ? compareText(BigInt(a[1]), BigInt(b[1])) : undefined
    case 'bool':
      return undefined
    case 'list':
    case 'tuple':
      return language === 'python' && b[0] === a[0] ? compareItems(a[1], b[1]) : undefined
    default:
      return undefined
  }
}

export function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

function compareText<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareByCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (const [index, character] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (character !== other) return character.codePointAt(0)! - other.codePointAt(0)!
  }
  return left.length - right.length
}

function compareDates(a: string, b: string): number | undefined {
  const [left, right] = [momentOf(a), momentOf(b)]
  if (left !== undefined && right !== undefined)
    return left.aware === right.aware ? compareText(left.micros, right.micros) : undefined
  const kindOf = (text: string): string => /^[a-z]*:/.exec(text)?.[0] ?? ''
  return kindOf(a) === kindOf(b) && !a.includes('NaN') && !b.includes('NaN') ? compareText(a, b) : undefined
}

function compareItems(a: readonly Canonical[], b: readonly Canonical[]): number | undefined {
  for (const [index, item] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (!isEqual(item, other, 'python')) return compare(item, other, 'python')
  }
  return a.length - b.length
}
