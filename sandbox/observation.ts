import { z } from 'zod'
import { type Canonical, parseCanonical } from './canonical.ts'
import { bytesOf, compare, isEqual } from './equality.ts'
import { approximate } from './exact.ts'
import { isLike, isNear, type Likeness, parseLikeness } from './likeness.ts'

/** What only an expectation may be: accepted class names, the text or properties of an error, a number with its tolerance. */
export type Expected =
  | Canonical
  | readonly ['names', readonly string[]]
  /** The site's regular expression is searched in `name: message`, as `assert.throws` does. */
  | readonly ['text']
  | readonly ['thrown', readonly (readonly [string, Canonical])[]]
  | readonly ['almost', Canonical, Canonical]
  /** A value of Python that is not plain data; as the lifter wrote it down. */
  | readonly ['like', unknown]

const OPS = [
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'is',
  'isnot',
  'in',
  'notin',
  'has',
  'hasnot',
  'true',
  'false',
  'raises',
  'almost',
  'match',
  'nomatch',
] as const

/** One expectation that was taken out of a test. It stays on the host. */
export const Site = z.strictObject({
  op: z.enum(OPS),
  expected: z.unknown().transform((value, context): Expected | null => {
    const expected = value === null ? null : parseExpected(value)
    if (expected !== undefined) return expected
    context.addIssue({ code: 'custom', message: 'is not the canonical form of a value' })
    return z.NEVER
  }),
  /** Regular expression to be found in the message of what was raised, or in the observed string. */
  message: z.string().nullable(),
  flags: z.string().default(''),
  places: z.number().nullable(),
  line: z.number().int(),
  language: z.enum(['python', 'javascript']).default('python'),
  equality: z.enum(['python', 'strict', 'loose', 'recursive']).default('python'),
  /** Whether right code may reach it more or less often than the reference does. */
  varies: z.boolean().default(false),
})
export type Site = z.infer<typeof Site>

/** A longer text is not searched: matching time may grow with a power of the length. */
const MAX_SEARCHED = 100_000

/** Whether a test's expectation holds for what was observed. Never throws, whatever the sandbox sent. */
export function satisfies(site: Site, observed: Canonical): boolean {
  const { op, expected } = site
  if (expected?.[0] === 'like') return isAsLike(op, parseLikeness(expected[1]), observed)
  switch (op) {
    case 'true':
      return truthOf(observed, site.language) === true
    case 'false':
      return truthOf(observed, site.language) === false
    case 'raises':
      return isRaised(site, observed)
    case 'match':
    case 'nomatch':
      return observed[0] === 'str' && matches(site, observed[1]) === (op === 'match')
    case 'almost':
      return isAlmost(site, observed)
    case 'is':
      return isValue(expected) && isSame(expected, observed, site)
    case 'isnot':
      return isValue(expected) && isNot(expected, observed, site)
    case 'eq':
      return isValue(expected) && isEqual(expected, observed, site.equality)
    case 'ne':
      return isValue(expected) && differs(expected, observed, site)
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return isValue(expected) && isOrdered(op, compare(observed, expected, site.language))
    case 'in':
    case 'notin':
      return isValue(expected) && isSeen(observed) && contains(expected, observed, site) === (op === 'in')
    case 'has':
    case 'hasnot':
      return isValue(expected) && contains(observed, expected, site) === (op === 'has')
  }
}

function isAsLike(op: Site['op'], expected: Likeness | undefined, observed: Canonical): boolean {
  if (expected === undefined || !isSeen(observed)) return false
  const isNegative = op === 'ne' || op === 'notin' || op === 'hasnot'
  if (isNegative && !isEqual(observed, observed, 'python')) return false
  const among = 'items' in expected ? expected.items : []
  const items = observed[0] === 'list' || observed[0] === 'tuple' || observed[0] === 'set' ? observed[1] : []
  switch (op) {
    case 'eq':
    case 'ne':
      return isLike(expected, observed) === (op === 'eq')
    case 'in':
    case 'notin':
      return among.some(one => isLike(one, observed)) === (op === 'in')
    case 'has':
    case 'hasnot':
      return items.some(one => isLike(expected, one)) === (op === 'has')
    default:
      return false
  }
}

function parseExpected(value: unknown): Expected | undefined {
  if (!Array.isArray(value)) return undefined
  const [tag, first, second] = value as readonly unknown[]
  switch (tag) {
    case 'names':
      return Array.isArray(first) && first.every(name => typeof name === 'string')
        ? ['names', first]
        : undefined
    case 'text':
      return value.length === 1 ? ['text'] : undefined
    case 'thrown': {
      const fields = parseCanonical(['dict', first])
      if (fields?.[0] !== 'dict') return undefined
      return ['thrown', fields[1].map(([key, content]) => [key[0] === 'str' ? key[1] : '', content] as const)]
    }
    case 'almost': {
      const [center, tolerance] = [parseNumber(first), parseNumber(second)]
      return center && tolerance && ['almost', center, tolerance]
    }
    case 'like':
      return parseLikeness(first) && ['like', first]
    default:
      return parseCanonical(value) ?? (parseLikeness(value) && ['like', value])
  }
}

function parseNumber(value: unknown): Canonical | undefined {
  return parseCanonical(typeof value === 'number' ? ['number', String(value)] : value)
}

function isValue(expected: Expected | null): expected is Canonical {
  return expected !== null && !['names', 'text', 'thrown', 'almost', 'like'].includes(expected[0])
}

function isSeen(observed: Canonical): boolean {
  return observed[0] !== 'opaque' && observed[0] !== 'cut' && observed[0] !== 'raised'
}

/** Python's `1 == True` holds, `1 is True` does not. */
function isSame(expected: Canonical, observed: Canonical, site: Site): boolean {
  return expected[0] === 'bool'
    ? observed[0] === 'bool' && observed[1] === expected[1]
    : isEqual(expected, observed, site.equality)
}

/** None, undefined, True and False are always seen as what they are, so anything unseen is none of them. */
function isNot(expected: Canonical, observed: Canonical, site: Site): boolean {
  if (expected[0] === 'bool') return observed[0] !== 'bool' || observed[1] !== expected[1]
  if (!isAbsent(expected)) return differs(expected, observed, site)
  return site.equality === 'loose' ? !isAbsent(observed) : observed[0] !== expected[0]
}

function isAbsent(value: Canonical): boolean {
  return value[0] === 'none' || value[0] === 'undefined'
}

/** Something with an unseen part differs from nothing: it might be equal. */
function differs(expected: Canonical, observed: Canonical, { equality }: Site): boolean {
  if (!isEqual(observed, observed, equality) && !isNotANumber(observed)) return false
  return !isEqual(expected, observed, equality)
}

function isNotANumber(value: Canonical): boolean {
  return value[0] === 'float' && value[1] === 'nan'
}

function isOrdered(op: 'lt' | 'le' | 'gt' | 'ge', order: number | undefined): boolean {
  if (order === undefined) return false
  return { lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[op]
}

/** @returns undefined if the container could not be seen, or contains nothing in its language */
function contains(container: Canonical, item: Canonical, { equality }: Site): boolean | undefined {
  const among = (values: readonly Canonical[]): boolean | undefined =>
    values.some(value => isEqual(value, item, equality)) || (values.every(isSeen) ? false : undefined)
  switch (container[0]) {
    case 'str':
      return item[0] === 'str' ? container[1].includes(item[1]) : undefined
    case 'bytes':
      return item[0] === 'bytes' ? bytesOf(container[1]).includes(bytesOf(item[1])) : undefined
    case 'list':
    case 'tuple':
    case 'set':
      return among(container[1])
    case 'dict':
    case 'map':
      return among(container[1].map(([key]) => key))
    case 'object':
      return among(container[2].map(([key]) => key))
    default:
      return undefined
  }
}

/** @returns undefined for what is no value at all */
function truthOf(value: Canonical, language: Site['language']): boolean | undefined {
  const isPython = language === 'python'
  switch (value[0]) {
    case 'none':
    case 'undefined':
      return false
    case 'bool':
      return value[1]
    case 'int':
    case 'float':
    case 'number':
    case 'decimal':
    case 'fraction':
    case 'timedelta': {
      const number = approximate(value[0] === 'timedelta' ? ['int', value[1]] : value)
      return isPython || !Number.isNaN(number) ? !isZero(value, number) : false
    }
    case 'str':
      return value[1] !== ''
    case 'bytes':
      return !isPython || value[1] !== ''
    case 'list':
    case 'tuple':
    case 'set':
    case 'dict':
    case 'map':
      return !isPython || value[1].length > 0
    case 'returned':
    case 'raised':
      return undefined
    default:
      return true
  }
}

/** Too small a fraction has the double 0, but is not zero. */
function isZero(value: Canonical, number: number | undefined): boolean {
  if (number !== 0) return false
  return (
    value[0] === 'float' || value[0] === 'number' || !/[1-9]/.test(String(value[1]).replace(/[e/].*/i, ''))
  )
}

function isRaised(site: Site, observed: Canonical): boolean {
  const { expected } = site
  if (observed[0] !== 'raised') return false
  const [, names, message, properties] = observed
  const searched = expected?.[0] === 'text' ? [names[0], message].filter(Boolean).join(': ') : message
  if (site.message !== null && !matches(site, searched)) return false
  if (expected === null || expected[0] === 'text') return true
  if (expected[0] === 'names') return expected[1].some(name => names.includes(name))
  if (expected[0] !== 'thrown') return false
  const own = properties?.[0] === 'dict' ? properties[1] : []
  return expected[1].every(([key, content]) => {
    if (key === 'name') return content[0] === 'str' && content[1] === names[0]
    if (key === 'message') return content[0] === 'str' && content[1] === message
    return own.some(([name, value]) => name[1] === key && isEqual(content, value, site.equality))
  })
}

function isAlmost({ expected, places }: Site, observed: Canonical): boolean {
  if (expected?.[0] === 'almost') return isNear(observed, expected[1], expected[2])
  const allowed: Canonical = ['number', String(10 ** -(places ?? 7) / 2)]
  return isValue(expected) && isNear(observed, expected, allowed)
}

function matches({ message, flags }: Site, text: string): boolean | undefined {
  if (message === null || text.length > MAX_SEARCHED) return undefined
  try {
    return new RegExp(message, flags.replace(/[gy]/g, '')).test(text)
  } catch {
    return undefined
  }
}
