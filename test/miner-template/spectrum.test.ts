import { expect, test } from 'vitest'
import { rank } from '../../miner-template/repair/spectrum.ts'

const sources = new Map([
  [
    'shop.py',
    'LIMIT = 3\n\ndef price(count):\n    if count > LIMIT:\n        return cheap\n    return dear\n',
  ],
])

test('rank() puts first what only failing tests run', () => {
  const suspects = rank(
    {
      passed: ['few'],
      failed: new Map([['many', '']]),
      coverage: { few: { 'shop.py': [4, 6] }, many: { 'shop.py': [4, 5] } },
    },
    sources,
    '',
  )

  expect(suspects).toEqual([
    { file: 'shop.py', line: 5, score: 1 },
    { file: 'shop.py', line: 4, score: 1 / Math.sqrt(2) },
  ])
})

test.each([
  ['words of the statement', 'It should be cheap.', 'assert 1 == 2'],
  ['the place of the failure', '', 'shop.py:5: TypeError'],
])('rank() raises a line for %s', (_, statement, said) => {
  const coverage = { many: { 'shop.py': [4, 5] } }

  const suspects = rank({ passed: [], failed: new Map([['many', said]]), coverage }, sources, statement)

  expect(suspects.map(({ line }) => line)).toEqual([5, 4])
})

test('rank() suspects what importing ran, in the files a failing test enters', () => {
  const coverage = { '': { 'shop.py': [1, 3], 'other.py': [1] }, many: { 'shop.py': [4] } }

  const suspects = rank({ passed: [], failed: new Map([['many', '']]), coverage }, sources, '')

  expect(suspects.map(({ file, line }) => `${file}:${line}`).toSorted()).toEqual([
    'shop.py:1',
    'shop.py:3',
    'shop.py:4',
  ])
})

test('rank() suspects nothing while no failing test ran anything', () => {
  expect(
    rank({ passed: ['few'], failed: new Map(), coverage: { few: { 'shop.py': [4] } } }, sources, ''),
  ).toEqual([])
})
