import fc from 'fast-check'
import { applyFault } from '../../task-bank/faults/fault.ts'
import { plantFaults } from '../../task-bank/faults/plant.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'
import { readFailure } from '../../task-bank/synth/failure.ts'
import { readEntries } from '../../task-bank/synth/journal.ts'
import { idOf, orderFaults } from '../../task-bank/synth/order.ts'
import { reachOf, readImports } from '../../task-bank/synth/reach.ts'
import { cutScene } from '../../task-bank/synth/scene.ts'
import { writeStatement } from '../../task-bank/synth/statement.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const SOURCES = [
  `import os
class Cart:
    def total(self, rate=10, *, tax=None):
        key = (self.name, rate)
        if tax is not None and rate < len(self._items) - 1:
            return self._cache[key, rate][1:-1]
        try:
            return list(self._items) or []
        except KeyError as error:
            raise Broken("x") from error
`,
  `export async function f(a: number, { b = 2 } = {}) {
  if (a === undefined) return
  else if (a >= b) await g(a, b)
  for (let i = 0; i < a; i++) m.get(\`\${a}:\${b}\`)
  return [...a?.b ?? a.slice(1, b)].toSorted()
}
`,
]
const TESTS = [
  `import pytest
@pytest.fixture
def cart():
    return Cart()
def test_total(cart):
    cart.add("a", 1)
    with pytest.raises(ValueError):
        cart.total(0)
    assert cart.total(3) == 4
`,
  `import test from 'node:test'
const RATE = 3
test('total', () => {
  const cart = new Cart()
  assert.throws(() => cart.total(RATE), RangeError)
  expect(cart.total(3)).toBe(4)
})
`,
]
const MESSAGES = [
  "text = '1', cents = 2\n\n    def test_it():\n>       assert f(text) == cents\nE       assert 3 == 2\nE        +  where 3 = f('1')\n\ntests/t.py:9: AssertionError",
  'AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n3 !== 4\n\n    at f (file:///app/t.ts:6:3)',
  'AssertionError: expected 3 to be 4 // Object.is equality\n    at /app/t.ts:6:9',
]
const TOKENS = [
  '`',
  '(',
  '😀',
  '\n    ',
  'E   ',
  '>',
  ' == ',
  'await ',
  'lambda: ',
  '<p>',
  '\0',
  '"""',
  ':5:',
  ' at ',
  '...',
]

interface SourceCase {
  readonly file: string
  readonly text: string
}

const FILES = fc.constantFrom('a.py', 'src/a.ts', 'a.tsx', 'a.cjs')

/** Any source: each fault changes its text, fits it, and is found again; the order has all of them once. */
export const faultSources = target<SourceCase>({
  name: 'fault-sources',
  short: 80,
  cases: fc.record({
    file: FILES,
    text: fc.oneof({ weight: 8, arbitrary: mutated(SOURCES, TOKENS) }, { weight: 1, arbitrary: anyText }),
  }),
  async check({ file, text }) {
    const faults = await plantFaults(file, text, languageOf(file)!)
    for (const fault of faults) {
      const changed = applyFault(fault, new Map([[file, text]]))
      must(changed.get(file) !== text, 'A fault changes nothing', fault)
    }
    const again = await plantFaults(file, text, languageOf(file)!)
    must(JSON.stringify(again) === JSON.stringify(faults), 'The same text has other faults')
    const ids = new Set(faults.map(idOf))
    must(
      orderFaults(faults, text).every(fault => ids.has(idOf(fault))),
      'The order has another fault',
    )
    must(reachOf(file, await readImports(new Map([[file, text]]))).has(file), 'A file does not reach itself')
  },
})

interface TestCase extends SourceCase {
  readonly message: string
}

/** Any test and any message of it: a statement has no word that must not be told, and none is a crash. */
export const faultStatements = target<TestCase>({
  name: 'fault-statements',
  short: 120,
  cases: fc.record({
    file: fc.constantFrom('tests/t.py', 't.ts'),
    text: fc.oneof({ weight: 8, arbitrary: mutated(TESTS, TOKENS) }, { weight: 1, arbitrary: anyText }),
    message: fc.oneof({ weight: 8, arbitrary: mutated(MESSAGES, TOKENS) }, { weight: 1, arbitrary: anyText }),
  }),
  async check({ file, text, message }) {
    readEntries(message, '')
    const failure = readFailure(file, message)
    const scene = failure && (await cutScene(text, languageOf(file)!, failure.line))
    if (failure === undefined || scene === undefined) return
    const own = JSON.stringify(scene)
    const statement = writeStatement([{ scene, failure }], word => word === 'where' || word === 'values')
    must(
      statement === undefined || !/\bwhere\b/.test(statement) || own.includes('where'),
      'A statement tells what it must not',
    )
  },
})
