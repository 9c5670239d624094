import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { plantCanaries } from '../../sandbox/canary.ts'

const PYTHON =
  'import sums\n\n\ndef test_adds_two():\n    assert sums.add(1, 1) == 2\n\n\nclass TestMore:\n    pass\n'
const GROUND = { name: 'test_sums.py', text: PYTHON, gaps: [4, 8], tester: null }
const JAVASCRIPT = {
  name: 'sums.test.ts',
  text: "import { it } from 'node:test'\nit('adds two', () => {})\n",
  gaps: [2],
  tester: 'it',
}

test('in Python two functions are planted in front of others, the rest stays', () => {
  const { text, canaries } = plantCanaries(GROUND, counting())!

  const added = text.split('\n').filter(line => !PYTHON.split('\n').includes(line))
  expect(added).toHaveLength(2)
  for (const line of added) expect(line).toMatch(/^def test_\w+\(\): assert sum\(\(\d+, \d+\)\) == \d+$/)
  for (const id of [canaries.mustFail, canaries.mustPass])
    expect(text).toContain(`def ${id.split('::')[1]}()`)
})

test('one of them asserts what is false, the other what is true', () => {
  for (let round = 0; round < 200; round++) {
    const { text, canaries } = plantCanaries(GROUND, randomInt)!
    const holds = (id: string): boolean => {
      const line = text.split('\n').find(one => one.startsWith(`def ${id.split('::')[1]}(`))!
      const [one, other, sum] = line.match(/\d+(?=[,)]| ?$)|\d+$/g)!.map(Number)
      return one! + other! === sum
    }

    expect([holds(canaries.mustFail), holds(canaries.mustPass)]).toEqual([false, true])
  }
})

test('their names are made of the words of the other tests, and new each time', () => {
  const names = Array.from({ length: 50 }, () => plantCanaries(GROUND, randomInt)!.canaries.mustFail)

  expect(names.every(name => /^test_sums\.py::(test|_|adds|two)+$/.test(name))).toBe(true)
  expect(new Set(names).size).toBeGreaterThan(5)
  expect(names).not.toContain('test_sums.py::test_adds_two')
})

test('in JavaScript they are made with what the file itself calls the function', () => {
  const { text, canaries } = plantCanaries(JAVASCRIPT, counting())!

  expect(text.split('\n').filter(line => line.startsWith('it("'))).toHaveLength(2)
  expect(canaries.mustFail).toMatch(/^sums\.test\.ts::/)
})

test.each([
  { what: 'without a place for them', ground: { ...GROUND, gaps: [] } },
  { what: 'of JavaScript that names no such function', ground: { ...JAVASCRIPT, tester: null } },
])('a file $what gets none', ({ ground }) => {
  expect(plantCanaries(ground, counting())).toBeUndefined()
})

function counting(): (below: number) => number {
  let last = 0
  return below => {
    last += 1
    return last % below
  }
}
