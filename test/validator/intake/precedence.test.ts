import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePrecedence, findFirst } from '../../../validator/intake/precedence.ts'

const precedence = fc.record({
  block: fc.nat(3),
  index: fc.nat(3),
  hotkey: fc.constantFrom('5A', '5B', '5a', '5b', '5ä'),
})

test('precedence is a total order', () => {
  fc.assert(
    fc.property(precedence, precedence, precedence, (one, two, three) => {
      expect(Math.sign(comparePrecedence(one, two))).toBe(0 - Math.sign(comparePrecedence(two, one)))
      expect(comparePrecedence(one, two) === 0).toBe(JSON.stringify(one) === JSON.stringify(two))
      if (comparePrecedence(one, two) <= 0 && comparePrecedence(two, three) <= 0)
        expect(comparePrecedence(one, three)).toBeLessThanOrEqual(0)
    }),
  )
})

test('whoever sees the same submissions, in whatever order, finds the same one first', () => {
  fc.assert(
    fc.property(
      fc
        .array(precedence, { minLength: 1 })
        .chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(findFirst(shuffled)).toEqual(findFirst(all))
        expect(shuffled.toSorted(comparePrecedence)).toEqual(all.toSorted(comparePrecedence))
      },
    ),
  )
  expect(findFirst([])).toBeUndefined()
})

test('an earlier block beats everything, then the place in it', () => {
  const first = { block: 1, index: 9, hotkey: '5z' }

  expect(findFirst([{ block: 2, index: 0, hotkey: '5a' }, first])).toBe(first)
  expect(comparePrecedence({ ...first, index: 10, hotkey: '5a' }, first)).toBeGreaterThan(0)
})
