import fc from 'fast-check'
import { parseModule } from '../../sandbox/javascript-syntax.ts'
import { liftJavascript } from '../../sandbox/lift-javascript.ts'
import { Site } from '../../sandbox/observation.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const TEST_FILES = [
  `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { f, g } from '../src/x.ts'

const WANTED = { a: [1, 2], b: 'two' }
test('one', async t => {
  assert.equal(f(1), 2)
  assert.deepEqual(f({ a: 1 }), WANTED)
  assert.ok(g().length > 3 && !f('x').includes('y'))
  assert.throws(() => f(null), { name: 'TypeError', message: /no/ })
  await assert.rejects(f(), new RangeError('far'))
  t.assert.strictEqual(f(2), 'a\\nb')
  assert.match(
    f(3),
    /^a+b$/,
  )
})
`,
  `import { describe, expect, it } from 'vitest'
import { f } from './x.js'
describe('x', () => {
  it('is', () => {
    expect(f(1)).toBe(2)
    expect(f(2)).not.toEqual([1, { a: undefined }])
    expect(() => f(3)).toThrow('bad')
    expect(f(4)).toBeCloseTo(0.3, 5)
    return expect(f(5)).resolves.toHaveLength(3)
  })
})
`,
]
const TOKENS = [
  'assert.equal(',
  'expect(f(1)).toBe(',
  'await ',
  '...x',
  '`a${1}b`',
  '/(a+)+$/',
  'new Map([[1, 2]])',
  '1n',
  '(1, f())',
  '<T>x',
  '// x\n',
  '/* \n */',
  'BigInt("1")',
  "'-'.repeat(3)",
  'Array(1e9).fill(0)',
  '2 ** 5000',
  'new Date(1e99)',
  'const assert = 1\n',
  '__proto__: 1',
  '=> ',
]
const FILE_NAMES = ['t.test.ts', 't.test.js', 't.test.mjs', 't.test.tsx']

interface FileCase {
  readonly name: string
  readonly source: string
}

/** Any test file: the driver can be read if the file can, every line is where it was, every site can be stored. */
export const liftFiles = target<FileCase>({
  name: 'lift-files',
  short: 150,
  cases: fc.record({
    name: fc.constantFrom(...FILE_NAMES),
    source: fc.oneof(
      { weight: 12, arbitrary: mutated(TEST_FILES, TOKENS) },
      { weight: 1, arbitrary: anyText },
    ),
  }),
  check({ name, source }) {
    const { driver, sites, soft } = liftJavascript(name, source)
    must(driver.split('\n').length === source.split('\n').length, 'Lines come or go', driver)
    if (canBeRead(name, source)) must(canBeRead(name, driver), 'The driver cannot be read', driver)
    else must(driver === source && Object.keys(sites).length === 0, 'What cannot be read is changed')
    for (const [id, site] of Object.entries(sites)) {
      must(Site.safeParse(JSON.parse(JSON.stringify(site))).success, 'A site cannot be stored', site)
      must(driver.includes(JSON.stringify(id)), 'A site is not in the driver', id)
      must(site.line >= 1 && site.line <= source.split('\n').length, 'A site is on no line', site)
    }
    must(
      soft.every(one => one.reason !== ''),
      'It stays without a reason',
    )
  },
})

interface SecretsCase {
  readonly assertions: readonly {
    readonly form: number
    readonly expected: number
    readonly subject: number
    readonly inTest: boolean
  }[]
}

/** `$S` is a subject, `$E` an expectation. */
const FORMS = [
  'assert.equal($S, $E)',
  'assert.equal($E, $S)',
  'assert.strictEqual($S, $E, "why")',
  'assert.deepEqual($S, $E)',
  'assert.deepStrictEqual($S, { a: $E, b: [$E] })',
  'assert.notEqual($S, $E)',
  'assert.ok($S === $E)',
  'assert.ok($S === $E && $S !== $E)',
  'assert($S.includes($E))',
  'assert.equal($S,\n  $E,\n)',
  'assert.throws(() => $S, { message: $E })',
  'expect($S).toBe($E)',
  'expect($S).not.toBe($E)',
  'expect($S).toEqual([$E, $E])',
  'expect($S).toStrictEqual({ k: $E })',
  'expect($S).toContain($E)',
  'expect(() => $S).toThrow($E)',
  'await expect(await $S).resolves.toBe($E)',
  'test("inner", () => { assert.equal($S, $E) })',
  'assert.equal(assert.equal($S, $E), $E)',
  'assert.equal($S, $E, `is ${assert.equal($S, $E)}`)',
  'const w = $E; assert.equal($S, w)',
  'assert.equal((1, $S), ($E))',
]
const SUBJECTS = [
  'f(1)',
  '(await f())',
  'f({ a: 1 }).b',
  '(x => x)(2)',
  'f`t`',
  'f(() => g(3))',
  '(a ?? b)',
  '(x ? y : z)',
]

/** An expectation that is taken out does not stand in the driver any more. */
export const liftSecrets = target<SecretsCase>({
  name: 'lift-secrets',
  short: 150,
  cases: fc.record({
    assertions: fc.array(
      fc.record({
        form: fc.nat(FORMS.length - 1),
        expected: fc.nat(3),
        subject: fc.nat(SUBJECTS.length - 1),
        inTest: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
  check({ assertions }) {
    const blocks = assertions.map(({ form, expected, subject, inTest }, index) => {
      const secret = [
        `'secret${index}'`,
        `700${index}77`,
        `\`secret${index}\``,
        `['secret${index}'].join('')`,
      ][expected]!
      const code = FORMS[form]!.replaceAll('$S', SUBJECTS[subject]!).replaceAll('$E', secret)
      return inTest ? `test('t', async () => { ${code} })` : `{ ${code} }`
    })
    const source = `import assert from 'node:assert/strict'\nimport { expect, test } from 'vitest'\n${blocks.join('\n')}\n`
    if (!canBeRead('t.test.ts', source)) return
    const { driver, sites, soft } = liftJavascript('t.test.ts', source)
    must(canBeRead('t.test.ts', driver), 'The driver cannot be read', driver)
    must(driver.split('\n').length === source.split('\n').length, 'Lines come or go', driver)
    must(Object.keys(sites).length + soft.length > 0, 'An assertion is overlooked')
    const stays = new Set(soft.map(one => one.line))
    const told = driver
      .split('\n')
      .filter((line, index) => /secret|700\d77/.test(line) && !isNear(stays, index + 1))
    must(told.length === 0, 'The driver tells what is expected', told)
  },
})

/** An assertion of several lines is named by its first. */
function isNear(lines: ReadonlySet<number>, line: number): boolean {
  return [0, 1, 2].some(back => lines.has(line - back))
}

function canBeRead(name: string, source: string): boolean {
  try {
    parseModule(name, source)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
