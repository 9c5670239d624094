import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Line } from '../../../validator/queue/line.ts'

const [ONE, TWO] = [{}, {}]

test('take() gives what is first in line', () => {
  const line = new Line(['a', 'b'])

  expect([line.take(ONE), line.take(TWO), line.take(ONE)]).toEqual(['a', 'b', undefined])
})

test('reserve() keeps one item for a place until it takes it, and no two', () => {
  const line = new Line(['a', 'b', 'c'])

  expect([line.reserve(ONE), line.reserve(ONE), line.reserve(TWO)]).toEqual(['a', 'a', 'b'])
  expect([line.take(TWO), line.take(TWO), line.take(ONE)]).toEqual(['b', 'c', 'a'])
})

test('take() gives what another place has reserved rather than nothing', () => {
  const line = new Line(['a'])
  line.reserve(ONE)

  expect([line.take(TWO), line.take(ONE)]).toEqual(['a', undefined])
})

test('every item is taken exactly once, whoever takes and reserves', () => {
  const step = fc.record({
    kind: fc.constantFrom('take', 'reserve'),
    place: fc.constantFrom(ONE, TWO, {}),
  } as const)

  fc.assert(
    fc.property(fc.nat(20), fc.array(step, { maxLength: 60 }), (count, steps) => {
      const items = Array.from({ length: count }, (_, number) => number)
      const line = new Line(items)

      const taken = steps.flatMap(({ kind, place }) => {
        if (kind === 'take') return line.take(place) ?? []
        line.reserve(place)
        return []
      })
      for (let item = line.take(ONE); item !== undefined; item = line.take(ONE)) taken.push(item)

      expect(taken.toSorted((one, other) => one - other)).toEqual(items)
    }),
  )
})
