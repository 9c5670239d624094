import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HiddenText, Shingles } from '../../sandbox/shingles.ts'

const SECRET = [
  'import pytest',
  '',
  'def test_the_total_of_an_order_with_two_rebates():',
  '    order = Order(rebates=[Rebate("summer", 10), Rebate("loyal", 5)])',
  '    order.add("lamp", 3, price=40)',
  '    assert order.total() == 102',
]

test.each([
  { what: 'as it is', copy: SECRET.join('\n') },
  {
    what: 'with other indentation and line ends',
    copy: SECRET.map(line => `\t\t${line.trim()}`).join('\r\n'),
  },
  { what: 'on one line', copy: SECRET.map(line => line.trim()).join(' ') },
  { what: 'as a string of JSON', copy: JSON.stringify({ source: SECRET.join('\n') }) },
  { what: 'as JSON within JSON', copy: JSON.stringify(JSON.stringify(SECRET.join('\n'))) },
  { what: 'in UTF-16', copy: Buffer.from(SECRET.join('\n'), 'utf16le').toString('latin1') },
  { what: 'in the midst of bytes', copy: `\0\xff${'x'.repeat(5000)}${SECRET.join('\n')}\xfe\0` },
  { what: 'in part: two lines', copy: SECRET.slice(3, 5).join('\n') },
])('a copy is found: $what', ({ copy }) => {
  expect(search(shingles(), copy)).toMatchObject([{ file: 'tests/test_order.py' }])
})

test('a hit tells the lines', () => {
  expect(search(shingles(), SECRET.slice(3, 5).join('\n'))).toEqual([
    {
      file: 'tests/test_order.py',
      firstLine: 4,
      lastLine: 5,
      excerpt: 'order = Order(rebates=[Rebate("summer", 10), Rebate("loyal",',
    },
  ])
})

test.each([
  { what: 'one short line', text: SECRET[5]! },
  {
    what: 'the same lines one by one, apart',
    text: SECRET.map(line => `${line}\n# between\n`)
      .join('')
      .repeat(3),
  },
  {
    what: 'other names and values',
    text: SECRET.join('\n')
      .replaceAll(/\d|ebate/g, '7')
      .replaceAll('order', 'cart'),
  },
  { what: 'nothing', text: '' },
])('a likeness is no hit: $what', ({ text }) => {
  expect(search(shingles(), text)).toEqual([])
})

test('what is given to everybody is no hit, what is around it still is', () => {
  const given = SECRET.slice(0, 4).join('\n')

  expect(search(shingles([given]), given)).toEqual([])
  expect(search(shingles([given]), SECRET.join('\n'))).toMatchObject([{ firstLine: 4, lastLine: 6 }])
})

test('common lines are no evidence', () => {
  const lines = SECRET.map((text, index) => ({ number: index + 1, text, block: 0, common: true }))

  expect(new Shingles([{ file: 'x', lines }], []).blind()).toEqual(['x'])
  expect(search(new Shingles([{ file: 'x', lines }], []), SECRET.join('\n'))).toEqual([])
})

test('a short text is found as a whole, one that says nothing is named', () => {
  const texts = [textOf('short', ['return rounded(total, 2, "half up")']), textOf('tiny', ['return 1'])]
  const short = new Shingles(texts, [])

  expect(short.blind()).toEqual(['tiny'])
  expect(search(short, '\n  return rounded(total, 2, "half up")\n')).toMatchObject([{ file: 'short' }])
})

test('separators of many equal bytes are no hit', () => {
  const lines = ['='.repeat(200), `print("${'-'.repeat(200)}")`]

  expect(search(new Shingles([textOf('x', lines)], []), '='.repeat(9000))).toEqual([])
})

test('it does not matter where the bytes are cut', () => {
  const bytes = Buffer.from(
    `${'before '.repeat(20)}${JSON.stringify(SECRET.join('\n'))}${' after'.repeat(20)}`,
  )
  const whole = search(shingles(), bytes.toString())

  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), cuts => {
      const looking = shingles().open()
      let start = 0
      for (const end of [...cuts, bytes.length].toSorted((one, other) => one - other)) {
        looking.add(bytes.subarray(start, end))
        start = end
      }
      expect(looking.end()).toEqual(whole)
    }),
  )
})

test('any text of enough own bytes is found in any other', () => {
  const line = fc.string({ minLength: 90, maxLength: 200, unit: fc.constantFrom(...'abcdefghij(){}=+;') })

  fc.assert(
    fc.property(
      line,
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      (secret, one, other) => {
        // A backslash before the text would take its first letter along.
        const before = Buffer.concat([one, Buffer.from(' ')])
        const found = search(
          new Shingles([textOf('x', [secret])], []),
          Buffer.concat([before, Buffer.from(secret), other]).toString('latin1'),
        )
        fc.pre(new Set(secret.match(/.{24}/g)).size > 2)
        expect(found).toMatchObject([{ file: 'x', firstLine: 1, lastLine: 1 }])
      },
    ),
  )
})

function shingles(given: readonly string[] = []): Shingles {
  return new Shingles(
    [textOf('tests/test_order.py', SECRET)],
    given.map(text => Buffer.from(text)),
  )
}

function textOf(file: string, lines: readonly string[]): HiddenText {
  return {
    file,
    lines: lines.map((text, index) => ({
      number: index + 1,
      text,
      block: 0,
      common: text.startsWith('import'),
    })),
  }
}

function search(where: Shingles, text: string) {
  const looking = where.open()
  looking.add(Buffer.from(text, 'latin1'))
  return looking.end()
}
