import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { creditOf, payOf } from '../../../validator/scoring/credits.ts'
import { dominates, layersOf } from '../../../validator/scoring/layers.ts'
import { quantise } from '../../../validator/scoring/quantise.ts'
import { randomOf } from '../../../validator/scoring/random.ts'

describe('credit', () => {
  /** Differences with a mean and a spread. */
  const leads = (mean: number, spread: number, count = 400): number[] =>
    Array.from({ length: count }, (_, index) => mean + (index % 2 === 0 ? spread : -spread))

  test('is what is left of a gain after its uncertainty', () => {
    const credit = creditOf(leads(0.1, 0.23))

    expect(credit).toBeGreaterThan(0.06)
    expect(credit).toBeLessThan(0.1 - 1.644854 * (0.23 / Math.sqrt(399)))
  })

  test.each([{ mean: 0.005 }, { mean: -0.2 }])(
    'of a gain of $mean that may be none is nothing',
    ({ mean }) => {
      expect(creditOf(leads(mean, 0.23))).toBe(0)
    },
  )

  test.each([[[]], [[1]], [[1, 1, 1]]])('cannot be had from %j', outcomes => {
    expect(creditOf(outcomes)).toBe(0)
  })

  test('is more than the true gain at most once in twenty, whenever one stops', () => {
    const random = randomOf(7)
    const runs = 400
    let wrong = 0
    for (let run = 0; run < runs; run++) {
      const outcomes: number[] = []
      let highest = 0
      while (outcomes.length < 200) {
        outcomes.push(random() < 0.3 ? (random() < 2 / 3 ? 1 : -1) : 0)
        // Stops at its best moment, as luck would.
        if (outcomes.length % 20 === 0) highest = Math.max(highest, creditOf(outcomes))
      }
      if (highest > 0.1) wrong++
    }

    expect(wrong / runs).toBeLessThanOrEqual(0.05)
  })

  test('never grows by slicing one gain into several', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.3, noNaN: true }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        fc.integer({ min: 2, max: 10 }),
        (gain, spread, slices) => {
          const sliced = slices * creditOf(leads(gain / slices, spread))

          expect(sliced).toBeLessThanOrEqual(creditOf(leads(gain, spread)) + 1e-12)
        },
      ),
    )
  })
})

describe('pay', () => {
  test('burns all but the fifth of a champion who proved nothing', () => {
    expect(payOf('A', [])).toEqual({ shares: new Map([['A', 0.2]]), burned: 0.8 })
  })

  test('is all paid out for ten points that are fresh, and half of that after two weeks', () => {
    const fresh = payOf('A', [{ hotkey: 'A', gain: 0.1, age: 0 }])
    const older = payOf('A', [{ hotkey: 'A', gain: 0.1, age: 14 }])

    expect(fresh.burned).toBeCloseTo(0, 10)
    expect(older.shares.get('A')).toBeCloseTo(0.7, 10)
  })

  test('is shared by what was proven, also with those who are champion no more', () => {
    const { shares, burned } = payOf('B', [
      { hotkey: 'A', gain: 0.15, age: 0 },
      { hotkey: 'B', gain: 0.05, age: 0 },
    ])

    expect(shares.get('A')).toBeCloseTo(0.6, 10)
    expect(shares.get('B')).toBeCloseTo(0.4, 10)
    expect(burned).toBeCloseTo(0, 10)
  })

  test('adds up to everything, whoever is paid', () => {
    const credit = fc.record({
      hotkey: fc.constantFrom('A', 'B', 'C'),
      gain: fc.double({ min: 0, max: 1, noNaN: true }),
      age: fc.double({ min: 0, max: 400, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.option(fc.constantFrom('A', 'B')), fc.array(credit), (champion, credits) => {
        const { shares, burned } = payOf(champion ?? undefined, credits)
        const paid = [...shares.values()].reduce((sum, share) => sum + share, 0)

        expect(paid + burned).toBeCloseTo(1, 9)
        expect(burned).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('quantise', () => {
  test.each([
    { shares: [1], weights: [65_535] },
    { shares: [1, 1], weights: [32_768, 32_767] },
    { shares: [0.2, 0.8], weights: [13_107, 52_428] },
    { shares: [1, 0], weights: [65_535] },
  ])('$shares are $weights', ({ shares, weights }) => {
    expect([...quantise(new Map(shares.map((share, uid) => [uid, share]))).values()]).toEqual(weights)
  })

  test('adds up exactly, is never off by one or more, and does not depend on the order', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(shares, list => {
        const sum = list.reduce((total, one) => total + one, 0)
        fc.pre(sum > 1e-6)
        const entries = list.map((share, uid) => [uid, share] as const)

        const weights = quantise(new Map(entries))

        expect([...weights.values()].reduce((total, one) => total + one, 0)).toBe(65_535)
        for (const [uid, share] of entries)
          expect(Math.abs((weights.get(uid) ?? 0) - (share / sum) * 65_535)).toBeLessThan(1)
        expect(quantise(new Map(entries.toReversed()))).toEqual(weights)
      }),
    )
  })

  test.each([[[0, 0]], [[-1, 2]], [[Number.NaN]]])('refuses %j', shares => {
    expect(() => quantise(new Map(shares.map((share, uid) => [uid, share])))).toThrow()
  })
})

describe('layers', () => {
  const beatsOf = (pairs: string): ((one: string, other: string) => boolean) => {
    const all = pairs.split(' ')
    return (one, other) => all.includes(`${one}>${other}`)
  }

  test.each([
    { pairs: 'a>b b>c a>c', layers: [['a'], ['b'], ['c']] },
    { pairs: 'a>c b>c', layers: [['a', 'b'], ['c']] },
    { pairs: 'a>b b>c c>a', layers: [['a', 'b', 'c']] },
    { pairs: 'c>a a>b b>a', layers: [['c'], ['a', 'b']] },
    { pairs: '', layers: [['a', 'b', 'c']] },
  ])('of "$pairs" are $layers', ({ pairs, layers }) => {
    expect(layersOf(['a', 'b', 'c'], beatsOf(pairs))).toEqual(layers)
  })

  test('hold everybody once, and nobody is beaten by a later layer', () => {
    const names = [...'abcdefg']
    const pairs = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 20 })
    fc.assert(
      fc.property(pairs, list => {
        const beats = (one: string, other: string): boolean =>
          one !== other && list.some(([winner, loser]) => winner === one && loser === other)
        const layers = layersOf(names, beats)

        expect(layers.flat().sort()).toEqual(names)
        for (const [index, layer] of layers.entries())
          for (const later of layers.slice(index + 1).flat())
            for (const entry of layer) expect(beats(later, entry)).toBe(false)
      }),
    )
  })

  test('of score, cost and time put the cheap beside the good', () => {
    const good = { name: 'good', score: 0.6, cost: 2, seconds: 100 }
    const cheap = { name: 'cheap', score: 0.4, cost: 0.1, seconds: 100 }
    const poor = { name: 'poor', score: 0.4, cost: 0.2, seconds: 100 }

    expect(layersOf([poor, good, cheap], dominates).map(layer => layer.map(({ name }) => name))).toEqual([
      ['good', 'cheap'],
      ['poor'],
    ])
  })
})
