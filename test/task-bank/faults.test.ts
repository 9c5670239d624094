import fs from 'node:fs'
import { expect, test } from 'vitest'
import { combineFaults } from '../../task-bank/faults/combine.ts'
import { applyFault, type Fault, KINDS, type Kind } from '../../task-bank/faults/fault.ts'
import { plantFaults } from '../../task-bank/faults/plant.ts'
import { languageOf, parseText } from '../../task-bank/faults/syntax.ts'

type Row = [kind: Kind, file: string, before: string, ...after: string[]]

/** For each: a text, and every text that a fault of that kind makes of it. */
const ROWS: Row[] = [
  ['boundary', 'a.py', 'a < b', 'a <= b'],
  ['boundary', 'a.py', 'a < b <= c', 'a <= b <= c'],
  ['boundary', 'a.py', 'x = n + 1', 'x = n'],
  ['boundary', 'a.py', 'for i in range(n): go(i)', 'for i in range(n - 1): go(i)'],
  ['boundary', 'a.py', 'for i in range(1, n - 1): go(i)', 'for i in range(1, n): go(i)'],
  ['boundary', 'a.ts', 'if (a >= b) go()', 'if (a > b) go()'],
  ['boundary', 'a.ts', 'for (let i = 0; go(i); i++) go()', 'for (let i = 1; go(i); i++) go()'],
  [
    'variable',
    'a.py',
    'def f(low, high):\n    return low.x, high.x\n',
    'def f(low, high):\n    return high.x, high.x\n',
    'def f(low, high):\n    return low.x, low.x\n',
  ],
  ['variable', 'a.py', 'def f(low, high):\n    return low.x, high.y\n'],
  [
    'variable',
    'a.ts',
    'class A { f() { return this.top < 1 && this.end < 2 } }',
    'class A { f() { return this.end < 1 && this.end < 2 } }',
    'class A { f() { return this.top < 1 && this.top < 2 } }',
  ],
  // A name has no value before it gets one.
  ['variable', 'a.ts', 'function f(a) { g(a); const b = 1; h(b) }'],
  ['arguments', 'a.py', 'move(a, b, 1)', 'move(b, a, 1)'],
  ['arguments', 'a.py', 'x = a - b', 'x = b - a'],
  ['arguments', 'a.ts', "new Range(a.x, b.y, 'z')", "new Range(b.y, a.x, 'z')"],
  ['arguments', 'a.ts', 'Math.max(a, b)'],
  ['await', 'a.py', 'async def f():\n    await g(1)\n', 'async def f():\n    g(1)\n'],
  ['await', 'a.ts', 'const a = await f()', 'const a = f()'],
  [
    'missing',
    'a.py',
    'def f(a):\n    if a is None:\n        return 1\n    return a\n',
    'def f(a):\n    return a\n',
    'def f(a):\n    if not a:\n        return 1\n    return a\n',
  ],
  ['missing', 'a.py', 'x = a if b.c is not None else 0', 'x = a', 'x = a if b.c else 0'],
  ['missing', 'a.py', 'x = a or []', 'x = a'],
  ['missing', 'a.ts', 'const x = a?.b ?? 1', 'const x = a.b ?? 1', 'const x = a?.b || 1', 'const x = a?.b'],
  ['missing', 'a.ts', 'if (a !== undefined && a.b) go()', 'if (a && a.b) go()', 'if (a.b) go()'],
  [
    'default',
    'a.py',
    'def f(a, b=10, c: bool = True): pass',
    'def f(a, b=1, c: bool = True): pass',
    'def f(a, b=10, c: bool = False): pass',
  ],
  ['default', 'a.py', 'x = a.get(k, 0)', 'x = a.get(k, 1)'],
  [
    'default',
    'a.ts',
    "function f(a = 3, { b = ',' }) {}",
    "function f(a = 2, { b = ',' }) {}",
    "function f(a = 3, { b = '' }) {}",
  ],
  [
    'branch',
    'a.py',
    'if a:\n    b()\nelif c:\n    d()\nelse:\n    e()\n',
    'if a:\n    b()\nelse:\n    e()\n',
    'if a:\n    b()\nelif c:\n    d()\n',
  ],
  ['branch', 'a.py', 'def f():\n    if a:\n        return 1\n', 'def f():\n    pass\n'],
  ['branch', 'a.py', 'for a in b:\n    continue\n', 'for a in b:\n    break\n'],
  [
    'branch',
    'a.ts',
    'if (a) b()\nelse if (c) d()\nelse e()',
    'if (a) b()\nelse e()',
    'if (a) b()\nelse if (c) d()',
  ],
  [
    'branch',
    'a.ts',
    'switch (a) {\n  case 1:\n    f()\n  case 2:\n    g()\n}\n',
    'switch (a) {\n  case 2:\n    g()\n}\n',
    'switch (a) {\n  case 1:\n    f()\n}\n',
  ],
  ['branch', 'a.ts', 'function f() {\n  this.n += 1\n  g()\n}\n', 'function f() {\n  g()\n}\n'],
  ['key', 'a.py', 'key = (a, b)\n', 'key = b\n', 'key = a\n'],
  [
    'key',
    'a.py',
    'def f():\n    if c[a, b] is x:\n        c[a, b] = x\n',
    'def f():\n    if c[b] is x:\n        c[b] = x\n',
    'def f():\n    if c[a] is x:\n        c[a] = x\n',
  ],
  [
    'key',
    'a.py',
    'x = sorted(a, key=lambda b: (b.c, b.d))',
    'x = sorted(a, key=lambda b: b.d)',
    'x = sorted(a, key=lambda b: b.c)',
  ],
  ['key', 'a.ts', 'm.get(`${a}:${b}`)', 'm.get(`${b}`)', 'm.get(`${a}`)'],
  [
    'key',
    'a.ts',
    'const key = JSON.stringify([a, b, c])',
    'const key = JSON.stringify([b, c])',
    'const key = JSON.stringify([a, c])',
    'const key = JSON.stringify([a, b])',
  ],
  ['key', 'a.ts', 'cache.clear()\ngo()\n', 'go()\n'],
  ['key', 'a.ts', 'go([a, b])'],
  ['slice', 'a.py', 'x = a[1:-1]', 'x = a[2:-1]', 'x = a[1:-2]'],
  ['slice', 'a.py', 'x = a[:n]', 'x = a[:n + 1]'],
  ['slice', 'a.ts', 'a.slice(0, n)', 'a.slice(1, n)', 'a.slice(0, n + 1)'],
  ['operator', 'a.py', 'x = a and b', 'x = a or b'],
  ['operator', 'a.py', 'x = "a" + b'],
  ['operator', 'a.py', 'x = min(a, b)', 'x = max(a, b)'],
  ['operator', 'a.ts', 'a.every(b)', 'a.some(b)'],
  ['operator', 'a.ts', 'x -= 2', 'x += 2'],
  // No names that an object has of itself.
  ['operator', 'a.ts', 'a.toString(constructor())'],
  ['condition', 'a.py', 'while not a: b()', 'while a: b()'],
  ['condition', 'a.py', 'x = a not in b', 'x = a in b'],
  ['condition', 'a.ts', 'if (a) b()', 'if (!a) b()'],
  ['condition', 'a.ts', 'x = a === b', 'x = a !== b'],
  ['copy', 'a.py', 'x = list(a.b)', 'x = a.b'],
  ['copy', 'a.py', 'x = a[:]', 'x = a'],
  ['copy', 'a.py', 'x = copy.deepcopy(a)', 'x = copy.copy(a)'],
  ['copy', 'a.ts', 'const x = [...a]', 'const x = a'],
  ['copy', 'a.ts', 'const x = { ...a }', 'const x = a'],
  ['copy', 'a.ts', 'const x = a.toSorted(f)', 'const x = a.sort(f)'],
  [
    'swallow',
    'a.py',
    'try:\n    a()\nexcept B as c:\n    raise D from c\n',
    'try:\n    a()\nexcept B as c:\n    pass\n',
  ],
  ['swallow', 'a.py', 'try:\n    a()\nexcept B:\n    c()\n', 'try:\n    a()\nexcept Exception:\n    c()\n'],
  ['swallow', 'a.ts', 'try { a() } catch (e) { throw new B(e) }', 'try { a() } catch (e) {}'],
]

test.each(ROWS)('%s in %s: %j', async (kind, file, before, ...after) => {
  const faults = await plantFaults(file, before, languageOf(file)!)

  const made = faults.filter(fault => fault.kind === kind).map(fault => planted(fault, file, before))
  expect(made.toSorted()).toEqual(after.toSorted())
})

test('every kind but the combined one has a row for both languages', () => {
  for (const kind of KINDS.filter(kind => kind !== 'combined')) {
    const files = new Set(
      ROWS.filter(([of, , , ...after]) => of === kind && after.length > 0).map(row => row[1]),
    )
    expect([kind, ...[...files].toSorted()]).toEqual([kind, 'a.py', 'a.ts'])
  }
})

test('what is read rather than run is left alone', async () => {
  const texts = {
    'a.py':
      'import a.b\n@dec(1 + 1)\ndef f(a: x[1, 2]) -> y[1:2]:\n    """a < b"""\n    # a < b\n    print(a < b)\n    raise E(a < b)\nif __name__ == "__main__":\n    g(a < b)\n',
    'a.ts':
      "import { a } from 'b'\ntype A = B<C, D>\ninterface E { f: G }\nfunction h(i: J): K { console.log(i < 1); throw new L(i < 1) }\n",
  }

  for (const [file, text] of Object.entries(texts))
    expect(await plantFaults(file, text, languageOf(file)!)).toEqual([])
})

test('a fault says where it is and what was changed', async () => {
  const text =
    'class Cart:\n    def total(self, rate):\n        if self.n < 1:\n            return 0\n        return rate\n'

  const faults = await plantFaults('shop/cart.py', text, 'python')

  expect(faults.find(({ kind }) => kind === 'boundary')).toEqual({
    kind: 'boundary',
    place: { file: 'shop/cart.py', line: 3, scope: 'Cart.total' },
    edits: [{ file: 'shop/cart.py', start: 57, end: 58, before: '<', after: '<=' }],
    description: '`self.n < 1` became `self.n <= 1`',
    belief: 'n<1>n<=1',
  })
})

test('no two faults make the same text', async () => {
  const text =
    'def f(a, b=1):\n    if a is not None and b < a or not b:\n        return a[b - 1:a - b]\n    return a + 1\n'

  const faults = await plantFaults('a.py', text, 'python')

  const texts = faults.map(fault => planted(fault, 'a.py', text))
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts).not.toContain(text)
})

test('characters outside of the first plane do not move a place', async () => {
  const text = 'x = "😀"; y = a < b\n'

  const [fault] = (await plantFaults('a.py', text, 'python')).filter(({ kind }) => kind === 'boundary')

  expect(planted(fault!, 'a.py', text)).toBe('x = "😀"; y = a <= b\n')
})

test('a text with mistakes, or nested too deeply, has no faults', async () => {
  expect(await plantFaults('a.py', 'def f(:\n  a < b\n', 'python')).toEqual([])
  expect(await plantFaults('a.ts', `x = ${'('.repeat(5000)}a < b${')'.repeat(5000)}`, 'typescript')).toEqual(
    [],
  )
})

test('tsx and javascript are read too', async () => {
  const page = 'const a = <p>{b && <i>{c < d}</i>}</p>\n'
  expect((await plantFaults('a.tsx', page, languageOf('a.tsx')!)).map(({ kind }) => kind)).toEqual([
    'operator',
    'boundary',
  ])
  expect((await plantFaults('a.jsx', page, languageOf('a.jsx')!)).map(({ kind }) => kind)).toEqual([
    'operator',
    'boundary',
  ])
  expect(languageOf('a.d.ts')).toBeUndefined()
  expect(languageOf('constructor')).toBeUndefined()
})

test('faults of two files with one belief are one mistake', async () => {
  const texts = new Map([
    ['a.py', 'def f(a, b):\n    move(a, b)\n'],
    ['b.py', 'def g(c, d):\n    shop.move(c, d)\n    stay(c, d)\n'],
  ])
  const single = []
  for (const [file, text] of texts) single.push(...(await plantFaults(file, text, 'python')))

  const [both, ...more] = combineFaults(single.filter(({ kind }) => kind === 'arguments'))

  expect(more).toEqual([])
  expect(both!.kind).toBe('combined')
  expect(Object.fromEntries(applyFault(both!, texts))).toEqual({
    'a.py': 'def f(a, b):\n    move(b, a)\n',
    'b.py': 'def g(c, d):\n    shop.move(d, c)\n    stay(c, d)\n',
  })
})

test('a fault cannot be planted into another text than its own', async () => {
  const [fault] = await plantFaults('a.py', 'a < b', 'python')

  expect(() => applyFault(fault!, new Map([['a.py', 'b > a and c']]))).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: Cannot plant a fault in a.py: expected "<" at 2]`,
  )
  expect(() => applyFault(fault!, new Map())).toThrow(RangeError)
})

test('what a fault makes of our own sources is still a program', async () => {
  for (const file of ['task-bank/faults/key.ts', 'sandbox/runners/observe.py']) {
    const text = fs.readFileSync(file, 'utf8')
    const faults = await plantFaults(file, text, languageOf(file)!)
    for (const fault of faults.filter((_, index) => index % 3 === 0)) {
      const tree = await parseText(planted(fault, file, text)!, languageOf(file)!)
      expect(tree, `${file}: ${fault.description}`).toBeDefined()
    }
  }
})

function planted(fault: Fault, file: string, text: string): string | undefined {
  return applyFault(fault, new Map([[file, text]])).get(file)
}
