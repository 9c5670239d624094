import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootstrap, wilson } from '../../../validator/scoring/interval.ts'
import { randomOf } from '../../../validator/scoring/random.ts'

// Checked against an independent implementation.
test.each([
  { successes: 0, trials: 0, low: 0, high: 1 },
  { successes: 0, trials: 1, low: 0, high: 0.79345 },
  { successes: 1, trials: 1, low: 0.206549, high: 1 },
  { successes: 5, trials: 10, low: 0.236593, high: 0.763407 },
  { successes: 9, trials: 10, low: 0.59585, high: 0.982124 },
  { successes: 0, trials: 10, low: 0, high: 0.277533 },
  { successes: 50, trials: 100, low: 0.403832, high: 0.596168 },
  { successes: 1, trials: 1000, low: 0.000177, high: 0.005643 },
])('wilson($successes, $trials) is [$low, $high]', ({ successes, trials, low, high }) => {
  const interval = wilson(successes, trials)

  expect(interval[0]).toBeCloseTo(low, 5)
  expect(interval[1]).toBeCloseTo(high, 5)
})

const counts = fc
  .integer({ min: 1, max: 100_000 })
  .chain(trials => fc.record({ trials: fc.constant(trials), successes: fc.integer({ min: 0, max: trials }) }))

test('wilson() lies within [0, 1] and contains the share', () => {
  fc.assert(
    fc.property(counts, ({ successes, trials }) => {
      const [low, high] = wilson(successes, trials)

      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(successes / trials)
      expect(high).toBeGreaterThanOrEqual(successes / trials)
    }),
  )
})

test('wilson() mirrors successes and failures', () => {
  fc.assert(
    fc.property(counts, ({ successes, trials }) => {
      const [low, high] = wilson(successes, trials)
      const [mirroredLow, mirroredHigh] = wilson(trials - successes, trials)

      expect(mirroredLow).toBeCloseTo(1 - high, 12)
      expect(mirroredHigh).toBeCloseTo(1 - low, 12)
    }),
  )
})

test('wilson() narrows with more attempts of the same share', () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 2, max: 20 }), ({ successes, trials }, factor) => {
      const width = ([low, high]: readonly [number, number]): number => high - low

      expect(width(wilson(factor * successes, factor * trials))).toBeLessThan(
        width(wilson(successes, trials)),
      )
    }),
  )
})

test('the interval over clusters is wider when they agree within, and the same for any order', () => {
  const mixed = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`repository-${index}`, [1, 0, 1, 0, 1]]),
  )
  const alike = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`repository-${index}`, Array(5).fill(index % 5 < 3 ? 1 : 0)]),
  )
  const width = ([low, high]: readonly [number, number]): number => high - low

  expect(width(bootstrap(mixed, 7))).toBe(0)
  expect(width(bootstrap(alike, 7))).toBeGreaterThan(0.3)
  expect(bootstrap(Object.fromEntries(Object.entries(alike).reverse()), 7)).toEqual(bootstrap(alike, 7))
})

test('the interval over clusters of one covers as often as it says', () => {
  const random = randomOf(11)
  let covered = 0
  for (let trial = 0; trial < 300; trial++) {
    const clusters = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`${index}`, [random() < 0.4 ? 1 : 0]]),
    )
    const [low, high] = bootstrap(clusters, trial)
    if (low <= 0.4 && 0.4 <= high) covered++
  }

  expect(covered / 300).toBeGreaterThan(0.9)
  expect(covered / 300).toBeLessThan(0.98)
})

test('no scores leave everything open', () => {
  expect(bootstrap({ empty: [] }, 1)).toEqual([0, 1])
})
