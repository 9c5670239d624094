import fc from 'fast-check'

interface Edit {
  readonly kind: 'insert' | 'remove' | 'copy'
  /** Places and lengths as shares of the whole, so that an edit keeps its meaning while the rest shrinks. */
  readonly at: number
  readonly from: number
  readonly length: number
  readonly text: string
}

/** What has broken readers before. */
export const NASTY: readonly string[] = [
  '\0',
  '\n',
  '\r\n',
  '\t',
  '"',
  "'",
  '\\',
  '/',
  '..',
  '../',
  '/etc/passwd',
  '.git/',
  '__proto__',
  'constructor',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u009b31m',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udc00',
  '1e999',
  '-0',
  'NaN',
  '9007199254740993',
  '99999999999999999999',
  'null',
  '{',
  '}',
  '[',
  ']',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
  ':',
  ',',
  '=',
  '*',
  '%s',
  '${X}',
  'é',
  'e\u0301',
  'x'.repeat(300),
]

/** Text of anybody: anything, with a leaning to what has broken readers before. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 3 })), { maxLength: 6 }).map(join),
)

/** One of some valid texts after a few edits; often none. */
export function mutated(seeds: readonly string[], tokens: readonly string[] = []): fc.Arbitrary<string> {
  const share = fc.integer({ min: 0, max: 65_535 })
  const edit: fc.Arbitrary<Edit> = fc.record({
    kind: fc.constantFrom('insert', 'remove', 'copy'),
    at: share,
    from: share,
    length: fc.oneof(fc.integer({ min: 1, max: 64 }), share),
    text: fc.oneof(
      fc.constantFrom(...NASTY, ...tokens),
      fc.string({ maxLength: 2 }),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
  })
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 }))
    .map(([seed, edits]) => edits.reduce(apply, seed))
}

/** Bytes as a text of one character each. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Any data of JSON with a leaning to what has broken readers before. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, '', '__proto__'),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(anyText, fc.constantFrom('__proto__', 'kind', 'id')), tie('value')), {
        maxLength: 4,
      })
      .map(entries => Object.fromEntries(entries)),
  ),
})).value

/** Brackets deeper than any stack. */
export function deep(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}

function apply(text: string, { kind, at, from, length, text: fresh }: Edit): string {
  const place = Math.floor((at / 65_536) * (text.length + 1))
  const end = place + length
  switch (kind) {
    case 'insert':
      return text.slice(0, place) + fresh + text.slice(place)
    case 'remove':
      return text.slice(0, place) + text.slice(end)
    case 'copy': {
      const start = Math.floor((from / 65_536) * (text.length + 1))
      return text.slice(0, place) + text.slice(start, start + length) + text.slice(place)
    }
  }
}

function join(parts: readonly string[]): string {
  return parts.join('')
}
