import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fault, Kind } from '../../task-bank/faults/fault.ts'
import { gradeFault } from '../../task-bank/synth/difficulty.ts'
import { readEntries } from '../../task-bank/synth/journal.ts'
import { judgeFault, type Result } from '../../task-bank/synth/judge.ts'
import { idOf, orderFaults } from '../../task-bank/synth/order.ts'
import { reachOf, readImports } from '../../task-bank/synth/reach.ts'

const PASSING = new Set(['a.py::one', 'a.py::two', 'a.py::three', 'b.py::four', 'b.py::five'])

function results(changed: Readonly<Record<string, Result['status']>> = {}): Result[] {
  const all = Object.fromEntries([...PASSING].map(id => [id, 'passed' as const]))
  return Object.entries({ ...all, ...changed }).map(([id, status]) => ({ id, status, message: '' }))
}

const REPORTED = { kind: 'reported' }

test('tests that fail now have caught a fault', () => {
  const judged = judgeFault(PASSING, REPORTED, results({ 'b.py::four': 'failed', 'a.py::two': 'error' }))

  expect(judged).toMatchObject({ kind: 'caught', failing: [{ id: 'a.py::two' }, { id: 'b.py::four' }] })
})

test('a test that never passed catches nothing', () => {
  expect(judgeFault(PASSING, REPORTED, results({ 'a.py::flaky': 'failed' }))).toMatchObject({
    kind: 'dropped',
    reason: 'not-noticed',
  })
})

test.each([
  ['a fault that nothing notices', REPORTED, results(), 'not-noticed'],
  ['a file that cannot be loaded', REPORTED, results({ 'a.py': 'error' }), 'not-imported'],
  ['a test that is not there any more', REPORTED, results().slice(1), 'not-imported'],
  ['tests without an end', { kind: 'timed-out' }, results().slice(2), 'hangs'],
  ['tests that die', { kind: 'ended-early' }, results().slice(2), 'ends-early'],
  [
    'nearly every test',
    REPORTED,
    results({
      'a.py::one': 'failed',
      'a.py::two': 'failed',
      'a.py::three': 'failed',
      'b.py::four': 'failed',
    }),
    'breaks-all',
  ],
])('%s is dropped', (_, ending, said, reason) => {
  expect(judgeFault(PASSING, ending, said)).toMatchObject({ kind: 'dropped', reason })
})

function fault(kind: Kind, start: number): Fault {
  const edits = [{ file: 'a.py', start, end: start + 1, before: '<', after: '>' }]
  return { kind, place: { file: 'a.py', line: 1, scope: '' }, edits, description: '', belief: undefined }
}

const FAULTS = [...Array(12).keys()].map(index =>
  fault(index < 8 ? 'variable' : index < 11 ? 'slice' : 'key', index),
)

test('the order follows from the seed, whichever way the faults come', () => {
  const order = (seed: string, faults: readonly Fault[]): string[] => orderFaults(faults, seed).map(idOf)

  expect(order('1', FAULTS)).toEqual(order('1', FAULTS.toReversed()))
  expect(order('1', FAULTS)).not.toEqual(order('2', FAULTS))
  fc.assert(
    fc.property(fc.string(), seed => {
      expect(order(seed, FAULTS).toSorted()).toEqual(FAULTS.map(idOf).toSorted())
    }),
  )
})

test('each kind has its turn', () => {
  const kinds = orderFaults(FAULTS, 'x').map(({ kind }) => kind)

  expect(kinds.slice(0, 3).toSorted()).toEqual(['key', 'slice', 'variable'])
  expect(kinds.slice(3, 5).toSorted()).toEqual(['slice', 'variable'])
  expect(kinds.slice(-5)).toEqual(Array(5).fill('variable'))
})

test('imports are read in Python', async () => {
  const imports = await readImports(
    new Map([
      ['src/shop/__init__.py', 'from .cart import Cart\n'],
      ['src/shop/cart.py', 'import os\nfrom . import tax\nfrom ..other import x\n'],
      ['src/shop/tax.py', ''],
      ['src/shop/alone.py', ''],
      ['tests/conftest.py', 'import shop.alone as one\n'],
      ['tests/test_cart.py', 'from shop.cart import Cart\n'],
      ['broken.py', 'def ('],
    ]),
  )

  expect([...reachOf('tests/test_cart.py', imports)].toSorted()).toEqual([
    'src/shop/__init__.py',
    'src/shop/alone.py',
    'src/shop/cart.py',
    'src/shop/tax.py',
    'tests/conftest.py',
    'tests/test_cart.py',
  ])
})

test('imports are read in TypeScript', async () => {
  const imports = await readImports(
    new Map([
      ['src/index.ts', "export { a } from './a.js'\n"],
      ['src/a.ts', "import fs from 'node:fs'\nconst b = await import('./b')\n"],
      ['src/b/index.tsx', ''],
      ['src/b.mjs', "require('../c.cjs')"],
      ['c.cjs', "const a = './src/a'\n"],
      ['test/a.test.ts', "import { a } from '../src'\n"],
    ]),
  )

  expect([...reachOf('test/a.test.ts', imports)].toSorted()).toEqual([
    'c.cjs',
    'src/a.ts',
    'src/b.mjs',
    'src/index.ts',
    'test/a.test.ts',
  ])
})

test('difficulty grows with the kind, the distance and the silence of the tests', () => {
  const near = { reached: 2, failing: 9, named: true }
  const far = { reached: 20, failing: 1, named: false }

  expect(gradeFault({ kind: 'operator', ...near })).toBe('easy')
  expect(gradeFault({ kind: 'combined', ...near })).toBe('medium')
  expect(gradeFault({ kind: 'operator', ...far })).toBe('medium')
  expect(gradeFault({ kind: 'key', ...far })).toBe('hard')
})

test('a journal keeps the last line of a fault, and forgets what is not of these settings or half written', () => {
  const entry = (over: object): string =>
    JSON.stringify({
      ...{
        fault: 'a',
        kind: 'key',
        file: 'a.py',
        line: 1,
        scope: '',
        description: '',
        settings: 's',
        sight: '',
        seconds: 1,
      },
      outcome: { kind: 'dropped', reason: 'hangs', detail: '' },
      ...over,
    })
  const text = [
    entry({}),
    entry({ seconds: 2 }),
    entry({ fault: 'b', settings: 'other' }),
    entry({ fault: 'c' }).slice(0, 40),
  ]

  const entries = readEntries(text.join('\n'), 's')

  expect([...entries.keys()]).toEqual(['a'])
  expect(entries.get('a')?.seconds).toBe(2)
})
