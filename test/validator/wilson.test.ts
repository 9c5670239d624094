import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wilson } from '../../validator/scoring/board.ts'

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
