import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openSpending, readSpending } from '../../../sandbox/gateway/spending.ts'
import { makeFolder } from '../../support/folder.ts'

const CHARGE = { usd: 7, tokens: { input: 30, cached: 10, output: 5 } }

test('what was spent is there after the process is gone', () => {
  const file = fresh()
  {
    using spending = openSpending(file)
    spending.reserved('a/1', 'solver', { usd: 50, tokens: 90 })
    spending.settled('a/1', CHARGE)
    spending.reserved('a/2', 'solver', { usd: 50, tokens: 90 })
    spending.dropped('a/2')
    spending.reserved('b/1', 'other', { usd: 50, tokens: 90 })
    spending.settled('b/1', CHARGE)
  }

  using again = openSpending(file)

  expect(again.before.run).toEqual({
    usd: 14,
    inputTokens: 60,
    cachedTokens: 20,
    outputTokens: 10,
    requests: 2,
  })
  expect(again.before.agents.get('solver')).toMatchObject({ usd: 7, requests: 1 })
})

test('a call whose process died counts with all that it might have come to', () => {
  const file = fresh()
  const spending = openSpending(file)
  spending.reserved('a/1', 'solver', { usd: 50, tokens: 90 })

  expect(readSpending(file).run).toMatchObject({ usd: 50, inputTokens: 90, requests: 1 })
  spending[Symbol.dispose]()
})

test('cut off at any byte, the file never says less than was certain, nor more than could be', () => {
  const file = fresh()
  {
    using spending = openSpending(file)
    for (const id of ['a/1', 'a/2', 'a/3']) {
      spending.reserved(id, 'solver', { usd: 50, tokens: 90 })
      spending.settled(id, CHARGE)
    }
  }
  const bytes = fs.readFileSync(file)

  for (let length = 0; length <= bytes.length; length += 1) {
    fs.writeFileSync(file, bytes.subarray(0, length))
    const lines = bytes.subarray(0, length).toString().split('\n')
    const whole = lines.filter(line => line.endsWith('}'))
    const settled = whole.filter(line => line.includes('"settled"')).length
    const reserved = whole.filter(line => line.includes('"reserved"')).length
    expect(readSpending(file).run.usd).toBe(7 * settled + 50 * (reserved - settled))
  }
})

test('a torn last line does not swallow the next', () => {
  const file = fresh()
  fs.writeFileSync(file, '{"kind":"reserved","id":"a/1"')
  {
    using spending = openSpending(file)
    spending.reserved('a/2', 'solver', { usd: 50, tokens: 90 })
    spending.settled('a/2', CHARGE)
  }

  expect(readSpending(file).run.usd).toBe(7)
})

test('a file of any size is added up, wherever it is cut into pieces', () => {
  const file = fresh()
  const count = 20_000
  const lines = Array.from({ length: count }, (_, index) => [
    { kind: 'reserved', id: `${index}`, agent: `ágil-${index % 3}`, usd: 50, tokens: 90 },
    { kind: 'settled', id: `${index}`, usd: 7, input: 30, cached: 10, output: 5 },
  ]).flat()
  fs.writeFileSync(file, lines.map(line => JSON.stringify(line)).join('\n'))

  const { run, agents } = readSpending(file)

  expect(fs.statSync(file).size).toBeGreaterThan(2 ** 21)
  expect(run).toMatchObject({ usd: 7 * count, requests: count })
  expect([...agents.keys()]).toEqual(['ágil-0', 'ágil-1', 'ágil-2'])
})

function fresh(): string {
  return path.join(makeFolder({}), 'spending.jsonl')
}
