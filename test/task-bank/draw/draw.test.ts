import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitPool } from '../../../task-bank/draw/commit.ts'
import { type Commitment, checkCommitment, type Terms } from '../../../task-bank/draw/commitment.ts'
import type { Draw } from '../../../task-bank/draw/draw.ts'
import {
  countFresh,
  drawNext,
  enter,
  type Ledger,
  openLedger,
  publish,
} from '../../../task-bank/draw/ledger.ts'
import { rankOf, seedOf } from '../../../task-bank/draw/seed.ts'
import {
  candidatesOf,
  confirmationDraw,
  digestOf,
  drawAll,
  makePool,
  saltOf,
  TERMS,
  windowDraw,
} from '../../support/pool.ts'

const NUMBERS = [...Array(40).keys()]

test('the order in which tasks come changes nothing', () => {
  const candidates = candidatesOf({ a: 9, b: 5, c: 1, d: 1 })
  const pool = commitPool(TERMS, candidates, saltOf)
  const drawn = drawAll(pool.commitment, [windowDraw(), confirmationDraw()])

  fc.assert(
    fc.property(fc.shuffledSubarray(candidates, { minLength: candidates.length }), shuffled => {
      const other = commitPool(TERMS, shuffled, saltOf)

      expect(other).toEqual(pool)
      expect(drawAll(other.commitment, [windowDraw(), confirmationDraw()])).toEqual(drawn)
    }),
  )
})

describe('one changed byte in any input is another order', () => {
  const root = digestOf('a root')
  const usual = orderOf({ root, terms: TERMS }, confirmationDraw())
  const byte = fc.integer({ min: 1, max: 255 })
  const place = fc.nat(31)

  test('of the block hash', () => {
    fc.assert(
      fc.property(place, byte, (at, flip) => {
        const blockHash = `0x${flipped(digestOf('block 1150'), at, flip)}`
        expect(orderOf({ root, terms: TERMS }, confirmationDraw({ blockHash }))).not.toEqual(usual)
      }),
    )
  })

  test('of the root', () => {
    fc.assert(
      fc.property(place, byte, (at, flip) => {
        expect(orderOf({ root: flipped(root, at, flip), terms: TERMS }, confirmationDraw())).not.toEqual(
          usual,
        )
      }),
    )
  })

  test('of the digest of either entry', () => {
    fc.assert(
      fc.property(fc.nat(1), place, byte, (which, at, flip) => {
        const codes = [digestOf('champion'), digestOf('challenger')]
        codes[which] = flipped(codes[which]!, at, flip)
        const draw = confirmationDraw({ codes: codes.sort() as [string, string] })
        expect(orderOf({ root, terms: TERMS }, draw)).not.toEqual(usual)
      }),
    )
  })

  test('of window and environment, and between a window and a confirmation in it', () => {
    const terms = { ...TERMS, environment: 'some-enw' }
    expect(orderOf({ root, terms }, confirmationDraw())).not.toEqual(usual)
    expect(orderOf({ root, terms: TERMS }, confirmationDraw({ window: 12 }))).not.toEqual(usual)
    expect(orderOf({ root, terms: TERMS }, windowDraw(11, digestOf('block 1150')))).not.toEqual(usual)
  })

  test('of a task, its salt or its repository, since the root is another one', () => {
    fc.assert(
      fc.property(fc.constantFrom('digest', 'salt'), fc.nat(12), place, byte, (field, which, at, flip) => {
        const candidates = candidatesOf({ 'org/alpha': 7, 'org/beta': 4, 'org/gamma': 2 })
        candidates[which] = { ...candidates[which]!, [field]: flipped(candidates[which]![field], at, flip) }
        expect(commitPool(TERMS, candidates, saltOf).commitment.root).not.toBe(makePool().commitment.root)
      }),
    )
    const moved = candidatesOf({ 'org/alpha': 7, 'org/beta': 4, 'org/gamma': 2 })
    moved[0] = { ...moved[0]!, repository: 'org/beta' }
    expect(commitPool(TERMS, moved, saltOf).commitment.root).not.toBe(makePool().commitment.root)
  })

  test('of any term of the pool', () => {
    const roots = Object.keys(TERMS).map(key => {
      const value = TERMS[key as keyof Terms]
      return makePool(undefined, { [key]: typeof value === 'number' ? value + 1 : `${value}x` }).commitment
        .root
    })

    expect(new Set([...roots, makePool().commitment.root]).size).toBe(roots.length + 1)
  })
})

test('no repository is off by a task or more from its share of what may be drawn', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      (counts, salt) => {
        const total = counts.reduce((sum, count) => sum + count, 0)
        const draw = 1 + (salt % total)
        const { commitment } = makePool(
          Object.fromEntries(counts.map((count, index) => [`r${index}`, count])),
          { draw, minimum: 1 },
        )

        const [numbers] = drawAll(commitment, [windowDraw(11, digestOf(String(salt)))])

        let first = 0
        for (const { size } of commitment.strata) {
          const taken = numbers!.filter(number => number >= first && number < first + size).length
          expect(Math.abs(taken * total - draw * size)).toBeLessThan(total)
          first += size
        }
      },
    ),
  )
})

test('each task of a repository is drawn about as often as any other', () => {
  const { commitment } = makePool({ a: 10 }, { draw: 3, confirmation: 1, minimum: 4 })
  const often = Array<number>(10).fill(0)
  for (let round = 0; round < 2000; round++)
    for (const number of drawAll(commitment, [windowDraw(11, digestOf(`round ${round}`))])[0]!)
      often[number]! += 1

  // 600 are expected; five deviations of 20.5 either way. Nothing here is left to chance: the hashes are always the same.
  for (const count of often) expect(Math.abs(count - 600)).toBeLessThan(103)
})

describe('nobody can choose', () => {
  const { commitment } = makePool()
  const fresh = openLedger(commitment)

  test('an earlier block than the terms allow', () => {
    expect(reason(commitment, fresh, windowDraw(10))).toBe(
      'window 10 begins at block 1000, and the pool that is public before block 1000 may be drawn from block 1020 on: window 11 is the first',
    )
  })

  test('a pool with a smaller distance than twenty blocks', () => {
    expect(() =>
      drawAll({ ...commitment, terms: { ...commitment.terms, delta: 200 } }, [windowDraw()]),
    ).toThrow('from block 1200 on')
    expect(checkCommitment({ ...commitment, terms: { ...commitment.terms, delta: 19 } })).toEqual([
      'root: is not that of terms, tree and strata',
    ])
  })

  test('a window before or at one that was drawn', () => {
    const ledger = drawn(commitment, fresh, windowDraw(12))

    for (const window of [11, 12])
      expect(reason(commitment, ledger, windowDraw(window))).toBe(
        'window 12 was drawn before, and windows are drawn in ascending order',
      )
  })

  test('a confirmation outside of its window', () => {
    const ledger = drawn(commitment, fresh, windowDraw())

    expect(reason(commitment, fresh, confirmationDraw())).toBe(
      'it belongs to window 11, and the newest that was drawn is none',
    )
    expect(reason(commitment, ledger, confirmationDraw({ committed: 1180 }))).toBe(
      'its block would be 1200, after window 11 ended with block 1199',
    )
    expect(reason(commitment, publish(ledger, 11), confirmationDraw())).toBe(
      'window 11 is over: its tasks were published',
    )
  })

  test('from a pool that has run low', () => {
    const ledger = drawn(commitment, drawn(commitment, fresh, windowDraw(11)), windowDraw(12))
    const twelve = makePool({ a: 12 }).commitment

    expect(reason(commitment, ledger, windowDraw(13))).toBe(
      "5 tasks are fresh, less than the pool's minimum of 8: commit a new pool",
    )
    expect(reason(twelve, drawn(twelve, openLedger(twelve), windowDraw(11)), windowDraw(12))).toBeUndefined()
    const nine = makePool({ a: 12 }, { minimum: 9 }).commitment
    expect(reason(nine, drawn(nine, openLedger(nine), windowDraw(11)), windowDraw(12))).toContain(
      '8 tasks are fresh',
    )
  })

  test('from a pool that is larger than can be checked', () => {
    const strata = [...commitment.strata, { id: 'f'.repeat(64), size: 2 ** 20 }]

    expect(checkCommitment({ ...commitment, strata })).toContain(
      'strata: 1048589 tasks are more than 1048576',
    )
  })
})

test('whatever is drawn and published, no task is of two windows, and a retired one never comes back', () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('window' as const), skip: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('confirmation' as const), code: fc.nat(50) }),
    fc.record({ kind: fc.constant('publish' as const) }),
  )
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), moves => {
      const { commitment } = makePool({ a: 30, b: 11, c: 1 })
      const owner = new Map<number, number>()
      const screened = new Set<number>()
      let ledger: Ledger = openLedger(commitment)
      let window = 10
      for (const one of moves) {
        if (one.kind === 'publish') {
          if (ledger.window !== undefined) ledger = publish(ledger, ledger.window)
          continue
        }
        if (one.kind === 'window') window += one.skip
        const draw =
          one.kind === 'window'
            ? windowDraw(window)
            : confirmationDraw({
                window,
                committed: 0,
                codes: [digestOf('champion'), digestOf(`c${one.code}`)].sort() as [string, string],
              })
        const drawn = drawNext(commitment, ledger, draw)
        if (drawn.kind === 'refused') continue
        const retired = new Set(
          ledger.states.flatMap((state, number) => (state.kind === 'retired' ? [number] : [])),
        )
        for (const number of drawn.numbers) {
          expect(retired.has(number)).toBe(false)
          expect(screened.has(number)).toBe(false)
          expect(owner.get(number) ?? window).toBe(window)
          owner.set(number, window)
          if (one.kind === 'window') screened.add(number)
        }
        ledger = enter(ledger, draw, drawn.numbers)!
      }
      expect(countFresh(ledger)).toBe(42 - owner.size)
    }),
  )
})

function orderOf(pool: Pick<Commitment, 'root' | 'terms'>, draw: Draw): number[] {
  const seed = seedOf(pool, draw)
  return NUMBERS.toSorted((one, other) => (rankOf(seed, one) < rankOf(seed, other) ? -1 : 1))
}

function flipped(hex: string, at: number, flip: number): string {
  const bytes = Buffer.from(hex, 'hex')
  bytes[at]! ^= flip
  return bytes.toString('hex')
}

function reason(commitment: Commitment, ledger: Ledger, draw: Draw): string | undefined {
  const drawn = drawNext(commitment, ledger, draw)
  return drawn.kind === 'refused' ? drawn.reason : undefined
}

function drawn(commitment: Commitment, ledger: Ledger, draw: Draw): Ledger {
  const next = drawNext(commitment, ledger, draw)
  if (next.kind === 'refused') throw new Error(next.reason)
  return enter(ledger, draw, next.numbers)!
}
