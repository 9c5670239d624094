import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  affordableOutput,
  costOf,
  dearer,
  fromUsd,
  type Price,
  priceOf,
  toUsd,
} from '../../../sandbox/gateway/money.ts'

const PRICE = priceOf({ input: 0.6, cached: 0.1, output: 2.2 })

test.each([
  { tokens: { input: 1_000_000, cached: 0, output: 0 }, usd: 0.6 },
  { tokens: { input: 1_000_000, cached: 1_000_000, output: 0 }, usd: 0.1 },
  { tokens: { input: 1_000_000, cached: 400_000, output: 500_000 }, usd: 0.36 + 0.04 + 1.1 },
  { tokens: { input: 1, cached: 0, output: 0 }, usd: 0.000001 },
  { tokens: { input: 0, cached: 0, output: 0 }, usd: 0 },
  // A provider that counts more cached tokens than there were must not make a call free.
  { tokens: { input: 10, cached: 1_000_000_000, output: 0 }, usd: 0.000001 },
])('costOf() of $tokens is $usd dollars', ({ tokens, usd }) => {
  expect(toUsd(costOf(PRICE, tokens))).toBeCloseTo(usd, 9)
})

test('costOf() is exact where fractions of dollars are not', () => {
  const price = priceOf({ input: 0.07, output: 0.28 })

  const tenth = costOf(price, { input: 100_000, cached: 0, output: 100_000 })

  expect(10 * tenth).toBe(costOf(price, { input: 1_000_000, cached: 0, output: 1_000_000 }))
})

const Prices = fc.record({
  input: fc.integer({ min: 0, max: 10 ** 9 }),
  cached: fc.integer({ min: 0, max: 10 ** 9 }),
  output: fc.integer({ min: 0, max: 10 ** 9 }),
})
const Counts = fc.record({
  input: fc.integer({ min: 0, max: 10 ** 6 }),
  cached: fc.integer({ min: 0, max: 10 ** 6 }),
  output: fc.integer({ min: 0, max: 10 ** 6 }),
})

test('the dearer price never costs less than either', () => {
  fc.assert(
    fc.property(Prices, Prices, Counts, (one: Price, other, tokens) => {
      const both = costOf(dearer(one, other), tokens)
      expect(both).toBeGreaterThanOrEqual(costOf(one, tokens))
      expect(both).toBeGreaterThanOrEqual(costOf(other, tokens))
    }),
  )
})

test('what affordableOutput() allows never costs more than there is', () => {
  fc.assert(
    fc.property(Prices, fc.nat(10 ** 6), fc.nat(10 ** 9), (price, input, money) => {
      const output = affordableOutput(price, input, money)
      fc.pre(output >= 0 && output < 10 ** 9)
      // Each of both sums is rounded up by itself.
      expect(costOf(price, { input, cached: 0, output })).toBeLessThanOrEqual(money)
    }),
  )
})

test('fromUsd() rounds up, and is not misled by fractions', () => {
  expect([0.29, 0.1 + 0.2, 1e-7, 0].map(fromUsd)).toEqual([290_000, 300_000, 1, 0])
})
