import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { liftJavascript } from '../../sandbox/lift-javascript.ts'
import { Site } from '../../sandbox/observation.ts'

const STRICT = "import assert from 'node:assert/strict'\n"
const LOOSE = "import assert from 'node:assert'\n"

interface Case {
  readonly code: string
  readonly driver: string
  /** Op and what is expected of each site, in order. */
  readonly sites: readonly unknown[]
  readonly head?: string
}

test.each<Case>([
  { code: 'assert.equal(f(), 1)', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["number","1"]'] },
  { code: 'assert.equal(-1, f())', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["number","-1"]'] },
  {
    code: 'assert.equal(await f(), "a", `no`)',
    driver: 'observe("t.ts:2:1", await f())',
    sites: ['eq ["str","a"]'],
  },
  {
    code: 'assert.deepEqual<number[]>(f() as number[], [1, -0])',
    driver: 'observe("t.ts:2:1", f() as number[])',
    sites: ['eq ["list",[["number","1"],["number","-0"]]]'],
  },
  {
    code: 'assert.deepEqual((1, f()), { a: undefined, "b c": [null], 3: 1n })',
    driver: 'observe("t.ts:2:1", (1, f()))',
    sites: [
      'eq ["dict",[[["str","a"],["undefined"]],[["str","b c"],["list",[["none"]]]],[["str","3"],["int","1"]]]]',
    ],
  },
  {
    code: 'assert.deepEqual(f(), new Map([["a", new Set([1])]]))',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["map",[[["str","a"],["set",[["number","1"]]]]]]'],
  },
  {
    code: 'assert.deepEqual(f(), [new Date("2024-01-01"), /a/g, BigInt("7")])',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["list",[["date","2024-01-01T00:00:00.000Z"],["regexp","/a/g"],["int","7"]]]'],
  },
  {
    code: 'assert.deepEqual(f(), Array(2).fill("-".repeat(3)))',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["list",[["str","---"],["str","---"]]]'],
  },
  {
    code: "assert.equal(f(), ['a', 'b'].join('\\n') + `c`)",
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["str","a\\nbc"]'],
  },
  { code: 'assert.notEqual(f(), null)', driver: 'observe("t.ts:2:1", f())', sites: ['isnot ["none"]'] },
  { code: 'assert.notStrictEqual(f(), 2)', driver: 'observe("t.ts:2:1", f())', sites: ['ne ["number","2"]'] },
  {
    code: "assert.equal(f(), '1')",
    head: LOOSE,
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["str","1"] loose'],
  },
  {
    code: 'assert.deepEqual(f(), [1])',
    head: LOOSE,
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["list",[["number","1"]]] loose'],
  },
  {
    code: 'assert.strict.equal(f(), 1)',
    head: LOOSE,
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["number","1"]'],
  },
  {
    code: 'same(f(), 1); yes(g())',
    head: "import { strictEqual as same, ok as yes } from 'assert'\n",
    driver: 'observe("t.ts:2:1", f()); __arete__.observe("t.ts:2:15", g())',
    sites: ['eq ["number","1"]', 'true null'],
  },
  {
    code: 'a.equal(f(), 1)',
    head: "import * as a from 'node:assert/strict'\n",
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["number","1"]'],
  },
  {
    code: 'equal(f(), 1)',
    head: "const { equal } = require('node:assert').strict\n",
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["number","1"]'],
  },
  {
    code: 't.assert.strictEqual(f(), 1)',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['eq ["number","1"]'],
  },
  { code: 'assert(f())', driver: 'observe("t.ts:2:1", f())', sites: ['true null'] },
  { code: 'assert.ok(!f())', driver: 'observe("t.ts:2:1", f())', sites: ['false null'] },
  {
    code: 'assert.ok(a() === 1 && 2 < b() && !c().includes("x") && d())',
    driver:
      'all(__arete__.observe("t.ts:2:1", a()), __arete__.observe("t.ts:2:1#2", b()), __arete__.observe("t.ts:2:1#3", c()), __arete__.observe("t.ts:2:1#4", d()))',
    sites: ['eq ["number","1"]', 'gt ["number","2"]', 'hasnot ["str","x"]', 'true null'],
  },
  { code: 'assert.ok(a() === 0)', driver: 'observe("t.ts:2:1", a() === 0)', sites: ['true null'] },
  { code: 'assert.ok(a() != null)', driver: 'observe("t.ts:2:1", a())', sites: ['isnot ["none"] loose'] },
  { code: 'assert.ok(/a/i.test(f()))', driver: 'observe("t.ts:2:1", f())', sites: ['match null /a/i'] },
  {
    code: 'assert.equal([1, 2].includes(f()), true)',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['in ["list",[["number","1"],["number","2"]]]'],
  },
  { code: 'assert.equal(f(), true)', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["bool",true]'] },
  { code: 'assert.match(f(), /a+b/)', driver: 'observe("t.ts:2:1", f())', sites: ['match null /a+b/'] },
  {
    code: 'assert.doesNotMatch(f(), /a/u)',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['nomatch null /a/u'],
  },
  { code: 'assert.throws(() => f())', driver: 'raises("t.ts:2:1", () => f())', sites: ['raises null'] },
  {
    code: 'assert.throws(() => f(), RangeError, "no")',
    driver: 'raises("t.ts:2:1", () => f())',
    sites: ['raises ["names",["RangeError"]]'],
  },
  {
    code: 'assert.throws(f, Odd)',
    head: "import assert from 'node:assert/strict'; import { Strange as Odd } from './x.ts'\n",
    driver: 'raises("t.ts:2:1", f)',
    sites: ['raises ["names",["Strange"]]'],
  },
  {
    code: 'assert.throws(f, /^Error: no/)',
    driver: 'raises("t.ts:2:1", f)',
    sites: ['raises ["text"] /^Error: no/'],
  },
  {
    code: "assert.throws(f, { name: 'E', code: 'C', message: /x/ })",
    driver: 'raises("t.ts:2:1", f)',
    sites: ['raises ["thrown",[["name",["str","E"]],["code",["str","C"]]]] /x/'],
  },
  {
    code: "assert.throws(f, new TypeError('no'))",
    driver: 'raises("t.ts:2:1", f)',
    sites: ['raises ["thrown",[["name",["str","TypeError"]],["message",["str","no"]]]]'],
  },
  { code: "assert.throws(f, 'why')", driver: 'raises("t.ts:2:1", f)', sites: ['raises null'] },
  {
    code: 'await assert.rejects(f(), Error)',
    driver: 'rejects("t.ts:2:1", f())',
    sites: ['raises ["names",["Error"]]'],
  },
  { code: 'assert.doesNotThrow(f)', driver: 'raises("t.ts:2:1", f)', sites: ['eq ["returned"]'] },
  {
    code: 'await assert.doesNotReject(f())',
    driver: 'rejects("t.ts:2:1", f())',
    sites: ['eq ["returned"]'],
  },
  { code: 'assert.ifError(f())', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["none"] loose'] },
  { code: 'expect(f()).toBe(1)', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["number","1"]'] },
  {
    code: 'expect(f()).not.toEqual([1])',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['ne ["list",[["number","1"]]] recursive'],
  },
  { code: 'expect(f()).toBeNull()', driver: 'observe("t.ts:2:1", f())', sites: ['eq ["none"]'] },
  {
    code: 'expect(f()).not.toBeUndefined()',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['isnot ["undefined"]'],
  },
  { code: 'expect(f()).toBeDefined()', driver: 'observe("t.ts:2:1", f())', sites: ['isnot ["undefined"]'] },
  { code: 'expect(f()).toBeFalsy()', driver: 'observe("t.ts:2:1", f())', sites: ['false null'] },
  { code: "expect(f()).toContain('a')", driver: 'observe("t.ts:2:1", f())', sites: ['has ["str","a"]'] },
  {
    code: 'expect(f()).toHaveLength(3)',
    driver: 'observe("t.ts:2:1", (f()).length)',
    sites: ['eq ["number","3"]'],
  },
  { code: "expect(f()).toMatch('a.b')", driver: 'observe("t.ts:2:1", f())', sites: ['match null /a\\.b/'] },
  {
    code: 'expect(f()).toBeGreaterThan(3)',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['gt ["number","3"]'],
  },
  {
    code: 'expect(f()).toBeCloseTo(0.3, 5)',
    driver: 'observe("t.ts:2:1", f())',
    sites: ['almost ["number","0.3"]'],
  },
  { code: "expect(f).toThrow('no.')", driver: 'raises("t.ts:2:1", f)', sites: ['raises null /no\\./'] },
  { code: 'expect(f).not.toThrow()', driver: 'raises("t.ts:2:1", f)', sites: ['eq ["returned"]'] },
  {
    code: 'await expect(f()).resolves.toEqual({ a: 1 })',
    driver: 'resolves("t.ts:2:1", f())',
    sites: ['eq ["dict",[[["str","a"],["number","1"]]]] recursive'],
  },
  {
    code: 'await expect(f()).rejects.toThrow(TypeError)',
    driver: 'rejects("t.ts:2:1", f())',
    sites: ['raises ["names",["TypeError"]]'],
  },
])('$code lifts', ({ code, driver, sites, head = STRICT }) => {
  const lifted = liftJavascript('t.ts', `${head}${code.replace(/^(await )?/, '$1')}\n`)

  expect(lifted.soft).toEqual([])
  const wait = code.startsWith('await ') ? 'await ' : ''
  const at = (text: string): string => text.replaceAll('t.ts:2:1"', `t.ts:2:${wait.length + 1}"`)
  expect(lifted.driver).toBe(`${head}${wait}__arete__.${at(driver)}\n`)
  expect(Object.values(lifted.sites).map(describeSite)).toEqual(sites)
  for (const site of Object.values(lifted.sites)) expect(Site.parse(site)).toEqual(site)
})

test.each<{ code: string; reason: string; head?: string }>([
  { code: 'assert.equal(f(), g())', reason: 'neither side is a literal' },
  { code: 'assert.equal(1, 2)', reason: 'both sides are literals' },
  { code: 'assert.equal(f(), [])', reason: 'it compares identity' },
  { code: 'assert.equal(...f())', reason: 'its arguments are spread' },
  { code: 'assert.deepEqual(f(), [g()])', reason: 'neither side is a literal' },
  { code: 'assert.deepEqual(f(), { __proto__: null })', reason: 'neither side is a literal' },
  { code: 'assert.deepEqual(f(), new Date(2024, 0, 1))', reason: 'neither side is a literal' },
  { code: "assert.deepEqual(f(), new Date('2024-01-01T00:00'))", reason: 'neither side is a literal' },
  { code: 'assert.match(f(), /(a+)+b/)', reason: 'its pattern is not a plain one' },
  { code: 'assert.match(f(), pattern)', reason: 'its pattern is not a plain one' },
  { code: 'assert.fail()', reason: 'it has no argument' },
  {
    code: 'assert.partialDeepStrictEqual(f(), {})',
    reason: 'partialDeepStrictEqual() has no expected value',
  },
  { code: 'expect(f()).toEqual(expect.anything())', reason: 'its expected value is not a literal' },
  { code: 'expect(f()).toBeInstanceOf(Date)', reason: 'its expected value is not a literal' },
  { code: 'expect(f()).toBe([])', reason: 'toBe() is not among the known ones' },
  { code: 'expect(f()).rejects.toBe(1)', reason: 'it compares what a promise was rejected with' },
])('$code stays as it is', ({ code, reason }) => {
  const source = `${STRICT}${code}\n`

  const lifted = liftJavascript('t.ts', source)

  expect(lifted).toMatchObject({ driver: source, sites: {}, soft: [{ line: 2, reason }] })
})

test.each<{ code: string; driver: string; site: string }>([
  {
    code: "assert.throws(() => f(), new Odd('no (1)', 2))",
    driver: 'assert.throws(__arete__.raising("t.ts:2:1", () => f()), new Odd(\'no (1)\', 2))',
    site: 'raises ["names",["Odd"]] /no \\(1\\)/',
  },
  {
    code: 'assert.throws(f, error => error.at === 3)',
    driver: 'assert.throws(__arete__.raising("t.ts:2:1", f), error => error.at === 3)',
    site: 'raises null',
  },
  {
    code: "assert.rejects(f(), { code: 'C', at: g() })",
    driver: 'assert.rejects(__arete__.rejecting("t.ts:2:1", f()), { code: \'C\', at: g() })',
    site: 'raises ["thrown",[["code",["str","C"]]]]',
  },
])('$code stays, and lifts in part', ({ code, driver, site }) => {
  const lifted = liftJavascript('t.ts', `${STRICT}${code}\n`)

  expect(lifted.driver).toBe(`${STRICT}${driver}\n`)
  expect(Object.values(lifted.sites).map(describeSite)).toEqual([site])
  expect(lifted.soft).toEqual([{ line: 2, reason: expect.any(String), site: 't.ts:2:1' }])
})

test('every line stays where it is', () => {
  const source = `${STRICT}assert.deepEqual(
  f(
    1, // first
  ),
  [
    1,
    2,
  ],
  'why',
)
assert.equal(
  'literal',
  g()
); h()
`

  const { driver, sites } = liftJavascript('t.ts', source)

  expect(driver.split('\n')).toHaveLength(source.split('\n').length)
  expect(driver.split('\n')[14]).toContain('; h()')
  expect(driver).not.toContain('literal')
  expect(Object.values(sites).map(({ line }) => line)).toEqual([2, 12])
})

test('an assertion within another lifts too', () => {
  const source = `${STRICT}assert.doesNotThrow(() => { assert.equal(f(), 1); assert.equal(f(), g()) })\n`

  const { driver } = liftJavascript('t.ts', source)

  expect(driver).toBe(
    `${STRICT}__arete__.raises("t.ts:2:1", () => { __arete__.observe("t.ts:2:29", f()); assert.equal(f(), g()) })\n`,
  )
})

test('a constant counts as a literal, and is taken out where only expectations know it', () => {
  const source = `${STRICT}const only = [1, 2]
const input = 'text'
const changed = []
changed.push(1)
assert.deepEqual(f(), only)
assert.equal(f(input), input)
assert.deepEqual(f(), changed)
`

  const { driver, sites, soft } = liftJavascript('t.ts', source)

  expect(driver).toBe(`${STRICT}const only = undefined
const input = 'text'
const changed = []
changed.push(1)
__arete__.observe("t.ts:6:1", f())
__arete__.observe("t.ts:7:1", f(input))
assert.deepEqual(f(), changed)
`)
  expect(Object.values(sites).map(describeSite)).toEqual([
    'eq ["list",[["number","1"],["number","2"]]]',
    'eq ["str","text"]',
  ])
  expect(soft).toEqual([{ line: 8, reason: 'neither side is a literal' }])
})

test.each<{ what: string; source: string }>([
  {
    what: 'a function of the test with the name of an import',
    source: `${STRICT}function check(assert) { assert.equal(f(), 1) }\n`,
  },
  { what: 'an assert from elsewhere', source: "import assert from 'chai'\nassert.equal(f(), 1)\n" },
  {
    what: 'assertions that a plan counts',
    source: 'test("a", t => { t.plan(1); t.assert.equal(f(), 1) })\n',
  },
])('$what is left alone', ({ source }) => {
  expect(liftJavascript('t.js', source)).toMatchObject({ driver: source, sites: {}, soft: [] })
})

test('a site that is to be kept stays as it is', () => {
  const source = `${STRICT}assert.equal(f(), 1)\nassert.equal(g(), 1)\n`

  const { driver, sites, soft } = liftJavascript('t.ts', source, new Set(['t.ts:2:1']))

  expect(driver).toBe(`${STRICT}assert.equal(f(), 1)\n__arete__.observe("t.ts:3:1", g())\n`)
  expect(Object.keys(sites)).toEqual(['t.ts:3:1'])
  expect(soft).toEqual([{ line: 2, reason: 'the reference does not satisfy it' }])
})

test('a file that cannot be read is soft as a whole', () => {
  expect(liftJavascript('t.ts', 'const = 1')).toMatchObject({
    driver: 'const = 1',
    sites: {},
    soft: [{ line: 1 }],
  })
})

test('nearly all assertions of the bundled tasks lift', () => {
  const bank = path.resolve(import.meta.dirname, '../../task-bank/tasks')
  const files = fs
    .readdirSync(bank, { recursive: true, encoding: 'utf8' })
    .filter(file => /tests\/.*\.test\.[jt]s$/.test(file))
  const count = { all: 0, soft: 0 }
  for (const file of files) {
    const source = fs.readFileSync(path.join(bank, file), 'utf8')
    const { driver, soft, sites } = liftJavascript(path.basename(file), source)
    expect(driver.split('\n')).toHaveLength(source.split('\n').length)
    count.all += Object.keys(sites).length + soft.filter(({ site }) => site === undefined).length
    count.soft += soft.length
  }

  expect(count.all).toBeGreaterThanOrEqual(100)
  expect(count.soft / count.all).toBeLessThan(0.05)
})

function describeSite({ op, expected, message, flags, equality }: Site): string {
  const pattern = message === null ? '' : ` /${message}/${flags}`
  return `${op} ${JSON.stringify(expected)}${pattern}${equality === 'strict' ? '' : ` ${equality}`}`
}

test.each([
  { what: 'a test of its own', code: 'test("a", () => {\n  HERE\n})', varies: false },
  {
    what: 'a test within a test',
    code: 'test("a", async t => {\n  await t.test("b", () => {\n    HERE\n  })\n})',
    varies: false,
  },
  {
    what: 'a loop over a literal',
    code: 'test("a", () => {\n  for (const one of [1, 2]) {\n    HERE\n  }\n})',
    varies: false,
  },
  {
    what: 'a loop over results',
    code: 'test("a", () => {\n  for (const one of f()) {\n    HERE\n  }\n})',
    varies: true,
  },
  { what: 'a while loop', code: 'test("a", () => {\n  while (g()) {\n    HERE\n  }\n})', varies: true },
  { what: 'a helper', code: 'function check() {\n  HERE\n}', varies: true },
  { what: 'a callback', code: 'test("a", () => {\n  f().forEach(() => {\n    HERE\n  })\n})', varies: true },
])('whether the number of observations may vary: $what', ({ code, varies }) => {
  const source = `${STRICT}${code.replace('HERE', 'assert.equal(f(), 1)')}\n`

  const { sites } = liftJavascript('t.ts', source)

  expect(Object.values(sites).map(site => site.varies)).toEqual([varies])
})

test('a further test fits in front of every statement of the top level', () => {
  const source = `import { it as check } from 'node:test'\n\ncheck('a', () => {\n  f()\n})\n  check('b', f)\ncheck('c', f)\n`

  expect(liftJavascript('t.ts', source)).toMatchObject({ gaps: [3, 7], tester: 'check' })
  expect(liftJavascript('t.ts', 'f()\n')).toMatchObject({ gaps: [1], tester: undefined })
})

test.each([
  ["const check = require('node:test')", 'check'],
  ["const { describe, it: check } = require('node:test')", 'check'],
  ["const { test } = require('test')", 'test'],
  ["const test = required('node:test')", undefined],
  ["const test = require('./test')", undefined],
])('%s makes tests by the name %s', (line, tester) => {
  expect(liftJavascript('t.cjs', `${line}\nf()\n`)).toMatchObject({ tester })
})
