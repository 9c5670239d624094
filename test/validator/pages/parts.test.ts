import { describe, expect, test } from 'vitest'
import { clip, clipStart } from '../../../validator/pages/clip.ts'
import { parseDiff, renderDiff } from '../../../validator/pages/diff.ts'
import * as format from '../../../validator/pages/format.ts'
import { renderProse } from '../../../validator/pages/prose.ts'
import { linear, logarithmic } from '../../../validator/pages/scale.ts'
import { readTests, renderTests } from '../../../validator/pages/tests.ts'
import { readSteps, renderSteps } from '../../../validator/pages/trajectory.ts'
import { fakeAttempt, fakeTrajectory } from '../../support/attempt-page.ts'

describe('diff', () => {
  test('lines have the numbers of both sides', () => {
    const [file] = parseDiff(fakeAttempt().patch!.text)

    expect(file).toMatchObject({ name: 'molar/tokens.py', added: 1, removed: 1 })
    expect(file!.lines.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['hunk', undefined, undefined],
      ['same', 73, 73],
      ['same', 74, 74],
      ['minus', 75, undefined],
      ['plus', undefined, 75],
      ['same', 76, 76],
      ['same', 77, 77],
    ])
  })

  test.each([
    ['diff --git a/x.py b/x.py', 'x.py'],
    ['diff --git a/x b/y.py b/x b/y.py', 'x b/y.py'],
    ['diff --git a/old.py b/new.py', 'new.py'],
    ['diff --git "a/\\303\\274.py" "b/\\303\\274.py"', '\\303\\274.py'],
    [`diff --git a/${'x b/'.repeat(10 ** 6)} b/y`, 'y'],
  ])('%.60s names its file', (header, name) => {
    expect(parseDiff(`${header}\n@@ -1 +1 @@\n+x`).map(file => file.name)).toEqual([name])
  })

  test('what is no diff shows nothing', () => {
    expect(parseDiff('hello\n@@ -1 +1 @@\n+x')).toEqual([])
  })

  test('long lines, many lines and many files are cut, and it says so', () => {
    const head = (name: number) =>
      `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1 +1,9 @@\n`
    const long = renderDiff(`${head(1)}+${'x'.repeat(1_000_000)}\n`).text
    const many = renderDiff(`${head(1)}${'+x\n'.repeat(100_000)}`).text
    const files = renderDiff(Array.from({ length: 500 }, (_, index) => `${head(index)}+x\n`).join('')).text

    expect(long.length).toBeLessThan(5000)
    expect(long).toContain('999\u202f600 more characters')
    expect(many.length).toBeLessThan(200_000)
    expect(many).toContain('98\u202f501 more lines')
    expect(files).toContain('440 more files')
  })
})

describe('steps', () => {
  test('each has its time since the beginning, its command, output and tokens', () => {
    const { shown } = readSteps(fakeTrajectory())

    expect(shown[1]).toMatchObject({
      ...{ number: 2, at: 11.5, seconds: 0.5, exitCode: 1 },
      command: { text: 'git ls-files', left: 0 },
      output: { text: 'README.md\nmolar/tokens.py\n', left: 0 },
    })
    expect(shown[2]).toMatchObject({ at: 20, model: 'gpt', tokens: 1000, command: null })
    expect(renderSteps({ shown, left: 0 }).text).toMatch(/<span>gpt<\/span><span>1\D?000 tokens<\/span>/)
  })

  test.each([[undefined], [null], [{}], [{ steps: 'x' }], [{ steps: [{ step_id: 'x' }] }], [[]]])(
    'what is no trajectory has none: %o',
    raw => {
      expect(readSteps(raw)).toEqual({ shown: [], left: 0 })
    },
  )

  test('parts that are odd are left out, the rest is shown', () => {
    const step = {
      step_id: 7,
      source: 'agent',
      message: [{ type: 'text' }],
      timestamp: 5,
      extra: 'x',
      tool_calls: 1,
    }

    expect(readSteps({ steps: [step] }).shown).toMatchObject([
      { number: 7, at: null, command: null, seconds: null },
    ])
  })

  test('ten thousand steps of a megabyte of output are a page that can be read', () => {
    const [, one] = (fakeTrajectory('x'.repeat(1_000_000)) as { steps: object[] }).steps
    const steps = readSteps({ steps: Array(10_000).fill(one) })
    const { text } = renderSteps(steps)

    expect(steps).toMatchObject({ left: 9600 })
    expect(text.length).toBeLessThan(4_000_000)
    expect(text).toContain('9\u202f600 more steps')
  })
})

describe('tests', () => {
  test('what failed comes first, then what never ran', () => {
    const { rows, expected, passed } = fakeAttempt().tests!

    expect([expected, passed]).toEqual([3, 1])
    expect(rows.map(({ name, status }) => [name, status])).toEqual([
      ['t.py::b', 'failed'],
      ['t.py::c', 'missing'],
      ['t.py::a', 'passed'],
    ])
    expect(rows[0]).toMatchObject({ seconds: 0.007, message: { text: 'assert 70 == 72', left: 0 } })
  })

  test('ten thousand tests with long names and words are cut', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `${index}${'x'.repeat(5000)}`)
    const report = { results: { tests: names.map(name => ({ name, message: 'y'.repeat(100_000) })) } }
    const { text } = renderTests(readTests({ expected: names, passed: [], failed: names }, report))

    expect(text.length).toBeLessThan(1_500_000)
    expect(text).toContain('9\u202f400 more tests')
  })
})

describe('scale', () => {
  test('values go where they belong, and none beyond the edge', () => {
    const place = linear([0, 10], [100, 200])

    expect([0, 5, 10, 99, -5].map(place)).toEqual([100, 150, 200, 200, 100])
    expect(place.ticks).toEqual([0, 2, 4, 6, 8, 10])
    expect(linear([3, 3], [0, 100]).ticks).toEqual([3])
  })

  test('orders of magnitude are as far from each other', () => {
    const place = logarithmic([0.1, 1000], [0, 400])

    expect([0.1, 1, 10, 100, 1000, 0, -1].map(place)).toEqual([0, 100, 200, 300, 400, 0, 0])
    expect(place.ticks).toEqual([0.1, 1, 10, 100, 1000])
  })
})

test.each([
  [format.points(0.42345), '42.3'],
  [format.signed(-0.012), '\u22121.2'],
  [format.signed(0.0001), '0.0'],
  [format.duration(0.0841), '84 ms'],
  [format.duration(12.44), '12.4 s'],
  [format.duration(59.97), '1 min 00 s'],
  [format.duration(7260), '2 h 01 min'],
  [format.money(0.0421), '$0.042'],
  [format.money(3), '$3.00'],
  [format.count(1_310_400), '1\u202f310\u202f400'],
  [format.brief(12_345), '12.3k'],
  [format.evidence(400), '400'],
  [format.evidence(18.44), '18.4'],
  [format.evidence(Number.POSITIVE_INFINITY), '\u221e'],
  [format.evidence(12_345_678.5), '1.2\u2009e7'],
])('numbers read as in print: %s', (shown, wanted) => {
  expect(shown).toBe(wanted)
})

test('texts are cut at a whole character, from either side', () => {
  expect(clip('ab\u{1f600}', 3)).toEqual({ text: 'ab', left: 1 })
  expect(clipStart('\u{1f600}ab', 3)).toEqual({ text: 'ab', left: 1 })
  expect(clip('ab', 2)).toEqual({ text: 'ab', left: 0 })
})

test('prose has paragraphs and code, and nothing else is read into it', () => {
  const { text } = renderProse(
    '# Title\n\nOne\nline with `x < y`.\n\n```js\n<b>\n```\n\n[a](javascript:x) <i>',
  )

  expect(text).toBe(
    '<div class="prose"><p><b>Title</b></p><p>One line with <code>x &lt; y</code>.</p><pre tabindex="0">&lt;b&gt;</pre><p>[a](javascript:x) &lt;i&gt;</p></div>',
  )
})
