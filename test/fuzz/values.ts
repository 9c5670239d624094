import fc from 'fast-check'
import { CANONICAL_LIMITS, type Canonical, type Pair, parseCanonical } from '../../sandbox/canonical.ts'
import { compare, type Equality, isEqual } from '../../sandbox/equality.ts'
import { approximate } from '../../sandbox/exact.ts'
import { anyJson, anyText } from './mutate.ts'
import { must, target } from './target.ts'

export const EQUALITIES: readonly Equality[] = ['python', 'strict', 'loose', 'recursive']
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '01',
  '1.0',
  '0.1',
  '1e999',
  '-1e-999',
  '1e5000',
  '1e-5001',
  '9007199254740993',
  'nan',
  'NaN',
  'sNaN12',
  'inf',
  '-inf',
  'Infinity',
  '-Infinity',
  '1/3',
  '3/0',
  '-2/4',
  '.5',
  '+5.',
  '9'.repeat(400),
  '9'.repeat(20_000),
]
const DATES = [
  'datetime:2024-01-01T12:00:00+00:00',
  'datetime:2024-01-01T14:00:00+02:00',
  'datetime:2024-01-01T12:00:00',
  'datetime:9999-99-99T99:99:99',
  'date:2024-01-01',
  'time:12:00:00',
  '2024-01-01T00:00:00.000Z',
  'NaN',
]

/** As an observer, or somebody in its place, would write it. */
export const raw: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; pairs: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(['none'], ['undefined'], ['returned'], ['cut'], ['bool', true], ['bool', false]),
    fc.tuple(
      fc.constantFrom('int', 'float', 'number', 'decimal', 'fraction', 'timedelta'),
      fc.constantFrom(...NUMBERS),
    ),
    fc.tuple(fc.constantFrom('str', 'regexp', 'enum', 'opaque'), anyText),
    fc.tuple(fc.constantFrom('str', 'date'), fc.constantFrom(...DATES, ...NUMBERS, '')),
    fc.tuple(fc.constant('bytes'), fc.constantFrom('', 'YQ==', 'YWI=', 'YQ=', '====')),
    fc.tuple(fc.constantFrom('list', 'tuple', 'set'), fc.array(tie('value'), { maxLength: 4 })),
    fc.tuple(fc.constantFrom('dict', 'map'), tie('pairs')),
    fc.tuple(fc.constant('object'), fc.constantFrom('P', '__proto__'), tie('pairs')),
    fc.tuple(fc.constant('error'), anyText, anyText),
    fc.tuple(
      fc.constant('raised'),
      fc.array(fc.constantFrom('Error', 'ValueError', 'Exception'), { maxLength: 2 }),
      anyText,
    ),
  ),
  pairs: fc.array(fc.tuple(fc.oneof(fc.constantFrom('a', 'b', '__proto__'), tie('value')), tie('value')), {
    maxLength: 3,
  }),
})).value

const value = raw.map(one => parseCanonical(one)).filter(one => one !== undefined)

/** Any JSON in place of an observation: it is read or it is not, and what is read can be written and read again. */
export const canonical = target<unknown>({
  name: 'canonical',
  short: 1000,
  cases: fc.oneof(
    { weight: 40, arbitrary: raw },
    { weight: 40, arbitrary: anyJson },
    { weight: 40, arbitrary: fc.array(fc.oneof(raw, anyJson), { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.constantFrom(60, 70, 3000).map(nested) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(49_999, 50_000)
        .map(count => ['list', Array.from({ length: count }, () => ['none'])]),
    },
  ),
  check(one) {
    const parsed = parseCanonical(one)
    if (parsed === undefined) return
    const again = parseCanonical(JSON.parse(JSON.stringify(parsed)))
    must(
      JSON.stringify(again) === JSON.stringify(parsed),
      'A value is another one when it is read again',
      parsed,
    )
    must(sizeOf(parsed) <= CANONICAL_LIMITS.nodes, 'A value is larger than allowed')
    must(depthOf(parsed) <= CANONICAL_LIMITS.depth, 'A value is deeper than allowed')
    approximate(parsed)
  },
})

interface PairCase {
  readonly one: Canonical
  readonly other: Canonical
  readonly third: Canonical
}

/** Equality is one: of each value with itself, in both directions, and along a chain. Order goes one way. */
export const equality = target<PairCase>({
  name: 'equality',
  short: 1000,
  cases: fc.oneof(
    fc.record({ one: value, other: value, third: value }),
    value.map(one => ({ one, other: reordered(one), third: one })),
    value.map(one => ({
      one,
      other: ['list', [one]] as Canonical,
      third: ['list', [reordered(one)]] as Canonical,
    })),
  ),
  check({ one, other, third }) {
    for (const how of EQUALITIES) {
      const same = isEqual(one, other, how)
      must(same === isEqual(other, one, how), 'Equality depends on the direction', how)
      must(!isSeen(one, how) || isEqual(one, one, how), 'A value does not equal itself', how)
      must(isSeen(one, how) || !isEqual(one, one, how), 'What was not seen equals itself', how)
      if (same && how !== 'loose' && isEqual(other, third, how))
        must(isEqual(one, third, how), 'Equality does not go along a chain', how)
    }
    for (const language of ['python', 'javascript'] as const) {
      const order = compare(one, other, language)
      const back = compare(other, one, language)
      must((order === undefined) === (back === undefined), 'Order is known in one direction', language)
      if (order !== undefined && back !== undefined)
        must(Math.sign(order) === -Math.sign(back), 'Order goes both ways', language)
    }
  },
})

function reordered(one: Canonical): Canonical {
  switch (one[0]) {
    case 'set':
      return ['set', [...one[1]].reverse()]
    case 'dict':
    case 'map':
      return [one[0], [...one[1]].reverse()]
    case 'object':
      return ['object', one[1], [...one[2]].reverse()]
    default:
      return one
  }
}

/** Whether all of it was observed, and nothing in it differs from itself in the language. */
function isSeen(one: Canonical, how: Equality): boolean {
  const ofPairs = (pairs: readonly Pair[]): boolean =>
    pairs.every(pair => pair.every(part => isSeen(part, how)))
  switch (one[0]) {
    case 'opaque':
    case 'cut':
    case 'raised':
      return false
    case 'list':
    case 'tuple':
    case 'set':
      return one[1].every(part => isSeen(part, how))
    case 'dict':
    case 'map':
      return ofPairs(one[1])
    case 'object':
      return ofPairs(one[2])
    case 'float':
    case 'decimal':
    case 'fraction':
      // Not a number, a division by zero, or too large to be compared.
      return (
        how !== 'python' || !(/nan|\/0+$/i.test(one[1]) || (one[0] === 'decimal' && /e-5001/.test(one[1])))
      )
    default:
      return true
  }
}

function nested(levels: number): unknown {
  let value: unknown = ['none']
  for (let level = 0; level < levels; level += 1) value = ['list', [value]]
  return value
}

/** Of lists in lists, which is as deep as it gets. */
function depthOf(one: Canonical): number {
  let depth = 0
  for (let inner: Canonical | undefined = one; inner?.[0] === 'list'; depth += 1) inner = inner[1][0]
  return depth
}

function sizeOf(one: unknown): number {
  return Array.isArray(one)
    ? one.reduce<number>((sum, part) => sum + sizeOf(part), typeof one[0] === 'string' ? 1 : 0)
    : 0
}
