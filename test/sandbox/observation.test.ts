import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Canonical, parseCanonical } from '../../sandbox/canonical.ts'
import { isEqual } from '../../sandbox/equality.ts'
import { Site, satisfies } from '../../sandbox/observation.ts'

const int = (value: number | string): Canonical => ['int', String(value)]
const num = (value: string): Canonical => ['number', value]
const str = (value: string): Canonical => ['str', value]
const NONE: Canonical = ['none']
const OPAQUE: Canonical = ['opaque', 'X']

interface Case {
  readonly what: string
  readonly site: Partial<Site>
  readonly holds?: readonly Canonical[]
  readonly fails?: readonly Canonical[]
}

const js = { language: 'javascript', equality: 'strict' } as const
const raisedJs: Canonical = [
  'raised',
  ['Strange', 'Odd', 'TypeError', 'Error'],
  'no: 3',
  ['dict', [[str('at'), num('3')]]],
]

test.each<Case>([
  {
    what: 'eq 1 in Python',
    site: { op: 'eq', expected: int(1) },
    holds: [int(1), ['float', '1.0'], ['decimal', '1.00'], ['fraction', '1'], ['bool', true]],
    fails: [['bool', false], str('1'), ['float', '1.0000000000000002'], NONE, OPAQUE, ['cut']],
  },
  {
    what: 'eq beyond what doubles can tell apart',
    site: { op: 'eq', expected: int('9007199254740993') },
    holds: [int('9007199254740993')],
    fails: [['float', '9007199254740992.0'], int('9007199254740992')],
  },
  {
    what: 'eq half',
    site: { op: 'eq', expected: ['float', '0.5'] },
    holds: [
      ['fraction', '1/2'],
      ['fraction', '2/4'],
      ['decimal', '5E-1'],
    ],
    fails: [['float', 'nan']],
  },
  { what: 'eq nan in Python', site: { op: 'eq', expected: ['float', 'nan'] }, fails: [['float', 'nan']] },
  { what: 'eq inf', site: { op: 'eq', expected: ['float', 'inf'] }, holds: [['decimal', 'Infinity']] },
  {
    what: 'eq of a dict in any order',
    site: {
      op: 'eq',
      expected: [
        'dict',
        [
          [str('a'), int(1)],
          [str('b'), ['list', []]],
        ],
      ],
    },
    holds: [
      [
        'dict',
        [
          [str('b'), ['list', []]],
          [str('a'), ['float', '1.0']],
        ],
      ],
    ],
    fails: [
      ['dict', [[str('a'), int(1)]]],
      ['list', []],
    ],
  },
  {
    what: 'eq of a list',
    site: { op: 'eq', expected: ['list', [int(1), int(2)]] },
    holds: [['list', [int(1), int(2)]]],
    fails: [
      ['tuple', [int(1), int(2)]],
      ['list', [int(2), int(1)]],
      ['list', [int(1), OPAQUE]],
    ],
  },
  {
    what: 'eq of moments in two zones',
    site: { op: 'eq', expected: ['date', 'datetime:2024-01-01T12:00:00+00:00'] },
    holds: [['date', 'datetime:2024-01-01T14:00:00+02:00']],
    fails: [
      ['date', 'datetime:2024-01-01T12:00:00'],
      ['date', 'date:2024-01-01'],
    ],
  },
  {
    what: 'strict eq in JavaScript',
    site: { op: 'eq', expected: num('0'), ...js },
    holds: [num('0')],
    fails: [num('-0'), int(0), ['bool', false], str('0'), NONE],
  },
  { what: 'eq NaN in JavaScript', site: { op: 'eq', expected: num('NaN'), ...js }, holds: [num('NaN')] },
  {
    what: 'loose eq 1',
    site: { op: 'eq', expected: num('1'), language: 'javascript', equality: 'loose' },
    holds: [num('1'), str('1'), ['bool', true], int(1), str(' 1.0 ')],
    fails: [str('x'), NONE, num('2'), OPAQUE],
  },
  {
    what: 'loose eq null',
    site: { op: 'eq', expected: NONE, language: 'javascript', equality: 'loose' },
    holds: [NONE, ['undefined']],
    fails: [num('0'), str(''), ['bool', false]],
  },
  {
    what: 'loose deep eq',
    site: {
      op: 'eq',
      expected: ['dict', [[str('a'), ['list', [num('1')]]]]],
      language: 'javascript',
      equality: 'loose',
    },
    holds: [
      ['object', 'P', [[str('a'), ['list', [str('1')]]]]],
      ['dict', [[str('a'), ['list', [num('1')]]]]],
    ],
    fails: [
      ['dict', []],
      ['dict', [[str('a'), OPAQUE]]],
    ],
  },
  {
    what: 'toEqual',
    site: {
      op: 'eq',
      expected: ['dict', [[str('a'), num('1')]]],
      language: 'javascript',
      equality: 'recursive',
    },
    holds: [
      [
        'object',
        'P',
        [
          [str('b'), ['undefined']],
          [str('a'), num('1')],
        ],
      ],
    ],
    fails: [['dict', [[str('a'), str('1')]]]],
  },
  {
    what: 'ne',
    site: { op: 'ne', expected: int(1) },
    holds: [int(2), str('1'), ['float', 'nan']],
    fails: [int(1), OPAQUE, ['cut']],
  },
  {
    what: 'is none',
    site: { op: 'is', expected: NONE },
    holds: [NONE],
    fails: [['undefined'], OPAQUE, int(0)],
  },
  {
    what: 'is not none',
    site: { op: 'isnot', expected: NONE },
    holds: [OPAQUE, ['cut'], int(0), ['undefined']],
    fails: [NONE],
  },
  {
    what: 'loosely not null',
    site: { op: 'isnot', expected: NONE, ...js, equality: 'loose' },
    holds: [OPAQUE, num('0')],
    fails: [NONE, ['undefined']],
  },
  {
    what: 'lt',
    site: { op: 'lt', expected: ['float', '1.5'] },
    holds: [int(1), ['fraction', '4/3'], ['float', '-inf']],
    fails: [int(2), ['float', 'nan'], str('1'), ['bool', false], OPAQUE],
  },
  {
    what: 'gt of texts by code point',
    site: { op: 'gt', expected: str('\uffff') },
    holds: [str('\u{1f600}')],
    fails: [str('a')],
  },
  {
    what: 'gt of texts by code unit',
    site: { op: 'gt', expected: str('\uffff'), ...js },
    fails: [str('\u{1f600}')],
  },
  {
    what: 'ge of tuples',
    site: { op: 'ge', expected: ['tuple', [int(1), str('b')]] },
    holds: [
      ['tuple', [int(1), str('b')]],
      ['tuple', [int(2)]],
      ['tuple', [int(1), str('b'), NONE]],
    ],
    fails: [
      ['tuple', [int(1)]],
      ['list', [int(2)]],
      ['tuple', [NONE]],
    ],
  },
  {
    what: 'le of dates',
    site: { op: 'le', expected: ['date', 'date:2024-02-29'] },
    holds: [['date', 'date:2024-02-29']],
    fails: [
      ['date', 'date:2024-03-01'],
      ['date', 'datetime:2024-01-01T00:00:00'],
    ],
  },
  {
    what: 'in',
    site: { op: 'in', expected: ['tuple', [int(1), str('a')]] },
    holds: [['float', '1.0'], str('a')],
    fails: [int(2), OPAQUE],
  },
  {
    what: 'not in',
    site: { op: 'notin', expected: str('abc') },
    holds: [str('d')],
    fails: [str('b'), int(1), OPAQUE],
  },
  {
    what: 'has',
    site: { op: 'has', expected: str('a') },
    holds: [str('cat'), ['list', [OPAQUE, str('a')]], ['set', [str('a')]], ['dict', [[str('a'), OPAQUE]]]],
    fails: [str('b'), ['list', [str('cat')]], ['dict', [[str('b'), str('a')]]], OPAQUE, int(1)],
  },
  {
    what: 'has not',
    site: { op: 'hasnot', expected: str('a') },
    holds: [str('b'), ['list', []]],
    fails: [str('cat'), ['list', [OPAQUE]], OPAQUE, int(1)],
  },
  {
    what: 'true in Python',
    site: { op: 'true' },
    holds: [OPAQUE, ['cut'], int(1), ['list', [NONE]], str('0'), ['float', 'nan'], ['decimal', '1E-999']],
    fails: [
      ['list', []],
      str(''),
      int(0),
      ['float', '-0.0'],
      ['decimal', '0.00'],
      ['timedelta', '0'],
      NONE,
      ['returned'],
    ],
  },
  {
    what: 'true in JavaScript',
    site: { op: 'true', ...js },
    holds: [['list', []], ['dict', []], str('0'), OPAQUE],
    fails: [num('NaN'), num('-0'), int(0), str(''), ['undefined']],
  },
  {
    what: 'false',
    site: { op: 'false' },
    holds: [
      ['dict', []],
      ['bool', false],
    ],
    fails: [OPAQUE, ['cut'], ['raised', [], '']],
  },
  {
    what: 'raises a class',
    site: { op: 'raises', expected: ['names', ['TypeError', 'KeyError']] },
    holds: [raisedJs],
    fails: [['raised', ['ValueError', 'Exception'], ''], ['returned'], OPAQUE],
  },
  {
    what: 'raises anything with such a message',
    site: { op: 'raises', message: '^NO', flags: 'i' },
    holds: [raisedJs],
    fails: [['raised', ['Error'], 'yes'], ['returned']],
  },
  {
    what: 'raises with such a text',
    site: { op: 'raises', expected: ['text'], message: '^Strange: no' },
    holds: [raisedJs],
    fails: [['raised', ['Error'], 'no']],
  },
  {
    what: 'raises with properties',
    site: {
      op: 'raises',
      expected: [
        'thrown',
        [
          ['name', str('Strange')],
          ['message', str('no: 3')],
          ['at', num('3')],
        ],
      ],
      ...js,
    },
    holds: [raisedJs],
    fails: [['raised', ['Strange'], 'no: 3'], ['returned']],
  },
  {
    what: 'returns',
    site: { op: 'eq', expected: ['returned'] },
    holds: [['returned']],
    fails: [raisedJs, NONE],
  },
  {
    what: 'almost, by places',
    site: { op: 'almost', expected: int(1), places: 2 },
    holds: [
      ['float', '1.004'],
      ['fraction', '1'],
      ['decimal', '0.996'],
    ],
    fails: [['float', '1.006'], ['float', 'nan'], str('1'), ['bool', true], OPAQUE],
  },
  {
    what: 'almost, by tolerance',
    site: { op: 'almost', expected: ['almost', num('0.3'), num('1e-9')] },
    holds: [['float', '0.30000000000000004']],
    fails: [['float', '0.31']],
  },
  {
    what: 'match',
    site: { op: 'match', message: '^\\d+$' },
    holds: [str('12')],
    fails: [str('a'), int(12), str('1'.repeat(100_001))],
  },
  {
    what: 'no match',
    site: { op: 'nomatch', message: '^\\d+$' },
    holds: [str('a')],
    fails: [str('12'), int(12), OPAQUE, str('a'.repeat(100_001))],
  },
  { what: 'a pattern that is none', site: { op: 'match', message: '(' }, fails: [str('(')] },
])('satisfies() knows $what', ({ site, holds = [], fails = [] }) => {
  for (const observed of holds)
    expect([observed, satisfies(siteOf(site), observed)]).toEqual([observed, true])
  for (const observed of fails)
    expect([observed, satisfies(siteOf(site), observed)]).toEqual([observed, false])
})

test.each<{ what: string; value: unknown }>([
  { what: 'an object', value: JSON.parse('{"__proto__": ["none"], "0": "none", "length": 1}') },
  { what: 'an unknown tag', value: ['constructor', 'x'] },
  { what: 'a tag of the prototype', value: ['__proto__', 'x'] },
  { what: 'too many parts', value: ['none', 1] },
  { what: 'too few parts', value: ['str'] },
  { what: 'a number that is none', value: ['int', '1_000'] },
  { what: 'a float in hexadecimal', value: ['float', '0x10'] },
  { what: 'a decimal with a word', value: ['decimal', 'one'] },
  { what: 'a pair of three', value: ['dict', [[['none'], ['none'], ['none']]]] },
  { what: 'a wrong item', value: ['list', [['none'], null]] },
  { what: 'a list of a text', value: ['list', 'none'] },
  { what: 'a name that is no text', value: ['raised', [1], ''] },
  { what: 'deep nesting', value: nest(65) },
  { what: 'very deep nesting', value: nest(20_000) },
  { what: 'too many nodes', value: ['list', Array(50_001).fill(['none'])] },
])('parseCanonical() refuses $what', ({ value }) => {
  expect(parseCanonical(value)).toBeUndefined()
})

test('parseCanonical() reads keys of objects that are bare texts', () => {
  expect(parseCanonical(['object', 'P', [['x', ['int', '1']]]])).toEqual([
    'object',
    'P',
    [[str('x'), int(1)]],
  ])
})

test('parseCanonical() cuts numbers that take long to compare', () => {
  expect(parseCanonical(['int', '9'.repeat(10_001)])).toEqual(['cut'])
  expect(satisfies(siteOf({ op: 'eq', expected: int(1) }), ['decimal', '1E+999999999'])).toBe(false)
})

test('Site refuses what is not canonical, and completes the rest', () => {
  const site = { op: 'eq', expected: ['none'], message: null, places: null, line: 1 }

  expect(Site.parse(site)).toEqual({
    ...site,
    flags: '',
    language: 'python',
    equality: 'python',
    varies: false,
  })
  expect(Site.safeParse({ ...site, expected: ['nothing'] }).success).toBe(false)
  expect(Site.safeParse({ ...site, expected: ['names', [1]] }).success).toBe(false)
  expect(Site.safeParse({ ...site, op: 'like' }).success).toBe(false)
})

const leaf: fc.Arbitrary<Canonical> = fc.oneof(
  fc.constantFrom<Canonical>(['none'], ['undefined'], ['returned']),
  fc.boolean().map((value): Canonical => ['bool', value]),
  fc.bigInt().map((value): Canonical => ['int', String(value)]),
  fc
    .double({ noNaN: true })
    .map((value): Canonical => ['number', Object.is(value, -0) ? '-0' : String(value)]),
  fc.string({ unit: 'binary' }).map((value): Canonical => ['str', value]),
)
const { value: anyValue } = fc.letrec<{ value: Canonical }>(tie => {
  const items = fc.array(tie('value'), { maxLength: 4 })
  const pairs = fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })
  return {
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      items.map((value): Canonical => ['list', value]),
      items.map((value): Canonical => ['tuple', value]),
      items.map((value): Canonical => ['set', value]),
      pairs.map((value): Canonical => ['dict', value]),
      pairs.map((value): Canonical => ['object', 'P', value]),
    ),
  }
})
const equality = fc.constantFrom('python' as const, 'strict' as const, 'recursive' as const, 'loose' as const)

test('isEqual() is reflexive, and so is what was sent and read back', () => {
  fc.assert(
    fc.property(anyValue, equality, (value, how) => {
      expect(isEqual(value, value, how)).toBe(true)
      expect(isEqual(value, parseCanonical(JSON.parse(JSON.stringify(value)))!, how)).toBe(true)
    }),
  )
})

test('isEqual() is symmetric', () => {
  fc.assert(
    fc.property(anyValue, anyValue, equality, (a, b, how) => {
      expect(isEqual(a, b, how)).toBe(isEqual(b, a, how))
    }),
  )
})

test('isEqual() ignores the order of sets and dicts', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(leaf, { selector: value => JSON.stringify(value) }),
      fc.nat(),
      (items, turn) => {
        const shift = items.length === 0 ? 0 : turn % items.length
        const turned = [...items.slice(shift), ...items.slice(0, shift)]
        const dict = (keys: readonly Canonical[]): Canonical => ['dict', keys.map(key => [key, key] as const)]
        expect(isEqual(['set', items], ['set', turned], 'python')).toBe(true)
        expect(isEqual(dict(items), dict(turned), 'strict')).toBe(true)
      },
    ),
  )
})

test('numbers compare as JavaScript itself compares doubles', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      const at = (op: Site['op']): boolean =>
        satisfies(siteOf({ op, expected: num(String(b)) }), num(String(a)))
      expect([at('lt'), at('le'), at('gt'), at('ge'), at('eq')]).toEqual([
        a < b,
        a <= b,
        a > b,
        a >= b,
        a === b,
      ])
    }),
  )
})

test('whatever JSON is observed, nothing throws', () => {
  const tags = fc.constantFrom(
    'int',
    'float',
    'decimal',
    'fraction',
    'date',
    'list',
    'dict',
    'raised',
    'bytes',
    'x',
  )
  const wild = fc.oneof(
    fc.jsonValue(),
    fc.tuple(tags, fc.jsonValue()),
    fc.tuple(tags, fc.string(), fc.jsonValue()),
  )
  const op = fc.constantFrom(...Site.shape.op.options)
  const expected = fc.oneof(anyValue, fc.constant(null))
  fc.assert(
    fc.property(wild, op, expected, equality, (value, one, wanted, how) => {
      const observed = parseCanonical(value)
      if (observed === undefined) return
      expect(typeof satisfies(siteOf({ op: one, expected: wanted, equality: how }), observed)).toBe('boolean')
    }),
    { numRuns: 1000 },
  )
})

test('a large set is compared in good time', () => {
  const items = Array.from({ length: 20_000 }, (_, index) => int(index))
  const start = performance.now()

  expect(isEqual(['set', items], ['set', [...items].reverse()], 'python')).toBe(true)

  expect(performance.now() - start).toBeLessThan(2000)
})

function siteOf(differs: Partial<Site>): Site {
  return {
    op: 'eq',
    expected: null,
    message: null,
    flags: '',
    places: null,
    line: 1,
    language: 'python',
    equality: 'python',
    varies: false,
    ...differs,
  }
}

function nest(depth: number): unknown {
  let value: unknown = ['none']
  for (let level = 0; level < depth; level += 1) value = ['list', [value]]
  return value
}

test('a million digits that are no number are told at once', () => {
  expect(parseCanonical(['decimal', `${'1'.repeat(2 ** 20)}x`])).toBeUndefined()
})
