import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, chooseEvictions, type Kept, parseBudget } from '../../sandbox/budget.ts'

/** Items whose parts come from a few layers, so that many are shared; the size of a layer follows from its name. */
const items: fc.Arbitrary<Kept[]> = fc
  .array(
    fc.record({
      layers: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 }),
      lastUsed: fc.integer({ min: 0, max: 20 }),
      held: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map(drafts =>
    drafts.map(({ layers, lastUsed, held }, index) => ({
      kind: 'image',
      id: String(index),
      parts: layers.map(layer => ({ id: `layer ${layer}`, bytes: layer * 7 })),
      lastUsed,
      held,
    })),
  )
const budgets = fc.integer({ min: 0, max: 400 })

test('what is held is never chosen', () => {
  fc.assert(
    fc.property(items, budgets, (all, budget) => {
      expect(chooseEvictions(all, budget).filter(item => item.held)).toEqual([])
    }),
  )
})

test('the rest fits, or nothing of it could go', () => {
  fc.assert(
    fc.property(items, budgets, (all, budget) => {
      const gone = new Set(chooseEvictions(all, budget))
      const rest = all.filter(item => !gone.has(item))
      const least = bytesOf(all.filter(item => item.held))

      expect(bytesOf(rest)).toBeLessThanOrEqual(Math.max(budget, least))
    }),
  )
})

test('nothing goes while all of it fits', () => {
  fc.assert(
    fc.property(items, all => {
      expect(chooseEvictions(all, bytesOf(all))).toEqual([])
    }),
  )
})

test('who goes was unused for at least as long as who stays and would free something', () => {
  fc.assert(
    fc.property(items, budgets, (all, budget) => {
      const gone = chooseEvictions(all, budget)
      const rest = all.filter(item => !gone.includes(item))
      const before = bytesOf(all)
      for (const stays of rest.filter(item => !item.held)) {
        const frees = bytesOf(rest) > bytesOf(rest.filter(item => item !== stays))
        if (!frees || before <= budget) continue
        for (const goes of gone) expect(goes.lastUsed).toBeLessThanOrEqual(stays.lastUsed)
      }
    }),
  )
})

test('each that goes is needed: to keep it would take room', () => {
  fc.assert(
    fc.property(items, budgets, (all, budget) => {
      const gone = chooseEvictions(all, budget)
      const rest = all.filter(item => !gone.includes(item))
      for (const one of gone) expect(bytesOf([...rest, one])).toBeGreaterThan(bytesOf(rest))
    }),
  )
})

test('a layer that two images share counts once, and goes with the second', () => {
  const image = (id: string, lastUsed: number): Kept => ({
    kind: 'image',
    id,
    parts: [
      { id: 'base', bytes: 100 },
      { id, bytes: 10 },
    ],
    lastUsed,
    held: false,
  })
  const all = [image('new', 3), image('old', 1), image('older', 0)]

  expect(bytesOf(all)).toBe(130)
  expect(chooseEvictions(all, 129).map(({ id }) => id)).toEqual(['older'])
  expect(chooseEvictions(all, 110).map(({ id }) => id)).toEqual(['older', 'old'])
  expect(chooseEvictions(all, 109).map(({ id }) => id)).toEqual(['older', 'old', 'new'])
})

test.each([
  ['20G', 20 * 2 ** 30],
  ['1.5 GB', 1.5 * 2 ** 30],
  ['512m', 2 ** 29],
  ['7', 7],
  ['2TiB', 2 ** 41],
  ['none', Number.POSITIVE_INFINITY],
  ['', 20 * 2 ** 30],
  [undefined, 20 * 2 ** 30],
  ['a lot', undefined],
  ['-1G', undefined],
])('a budget of %j is %j bytes', (text, bytes) => {
  expect(parseBudget(text, { free: 30 * 2 ** 30, used: 10 * 2 ** 30 })).toBe(bytes)
})

test('a small disk still has a budget that holds the base image and some tasks', () => {
  expect(parseBudget(undefined, { free: 2 ** 30, used: 0 })).toBe(5 * 2 ** 30)
})
