import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareOut } from '../../../task-bank/draw/strata.ts'

test.each([
  { sizes: [50, 30, 20], count: 10, shares: [5, 3, 2] },
  { sizes: [7, 2, 1], count: 4, shares: [3, 1, 0] },
  { sizes: [97, 2, 1], count: 10, shares: [10, 0, 0] },
  { sizes: [0, 4], count: 4, shares: [0, 4] },
])('shareOut() gives $count of $sizes as $shares', ({ sizes, count, shares }) => {
  expect(shareOut(sizes.map(named), count)).toEqual(shares)
})

test('shareOut() decides between equal remainders by rank, not by place', () => {
  const equal = ['c', 'a', 'd', 'b'].map(rank => ({ size: 5, rank }))

  expect(shareOut(equal, 2)).toEqual([0, 1, 0, 1])
})

test('shareOut() gives out all, less than one off from proportional, and never more than there is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2 ** 20), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (sizes, part) => {
        const total = sizes.reduce((sum, size) => sum + size, 0)
        fc.pre(total > 0)
        const count = Math.round(total * part)

        const shares = shareOut(sizes.map(named), count)

        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(count)
        for (const [index, share] of shares.entries()) {
          // Fractions as whole numbers of any size.
          const off = BigInt(share) * BigInt(total) - BigInt(sizes[index]!) * BigInt(count)
          expect(off < BigInt(total) && off > -BigInt(total)).toBe(true)
          expect(share).toBeLessThanOrEqual(sizes[index]!)
        }
      },
    ),
  )
})

function named(size: number, index: number) {
  return { size, rank: String(index).padStart(4, '0') }
}
