import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Caps, Ledger, NO_CAPS, type Reservation } from '../../../sandbox/gateway/ledger.ts'

const CAPS: Caps = { usd: 100, tokens: 1000, requests: 3, concurrent: 2 }
const tokens = (input: number, output = 0) => ({ input, cached: 0, output })

test('a call that could come to more than is left is refused, whatever it would have come to', () => {
  const ledger = new Ledger(CAPS)
  take(ledger, { usd: 60, tokens: 10 })

  expect(ledger.reserve({ usd: 41, tokens: 10 })).toEqual({ kind: 'refused', why: 'money' })
  expect(ledger.reserve({ usd: 10, tokens: 991 })).toEqual({ kind: 'refused', why: 'tokens' })
  expect(ledger.reserve({ usd: 40, tokens: 990 })).toMatchObject({ kind: 'reserved' })
})

test('what a call did not need is there for the next one', () => {
  const ledger = new Ledger(CAPS)

  take(ledger, { usd: 100, tokens: 900 }).settle({ usd: 20, tokens: tokens(50, 5) })

  expect(ledger.totals).toEqual({ usd: 20, inputTokens: 50, cachedTokens: 0, outputTokens: 5, requests: 1 })
  expect(ledger.left).toEqual({ usd: 80, tokens: 945, requests: 2 })
})

test('a call is settled once', () => {
  const ledger = new Ledger(CAPS)
  const call = take(ledger, { usd: 50, tokens: 10 })

  call.settle({ usd: 50, tokens: tokens(10) })
  call.settle({ usd: 50, tokens: tokens(10) })
  call.drop()

  expect(ledger.totals.usd).toBe(50)
  expect(ledger.left.usd).toBe(50)
})

test('a call that nobody ever saw costs nothing', () => {
  const ledger = new Ledger(CAPS)

  take(ledger, { usd: 50, tokens: 10 }).drop()

  expect(ledger.totals.requests).toBe(0)
  expect(ledger.left).toEqual({ usd: 100, tokens: 1000, requests: 3 })
})

test('so many calls at once, so many in all', () => {
  const ledger = new Ledger(CAPS)
  const calls = [take(ledger, { usd: 1, tokens: 1 }), take(ledger, { usd: 1, tokens: 1 })]
  expect(ledger.reserve({ usd: 1, tokens: 1 })).toEqual({ kind: 'refused', why: 'concurrency' })

  for (const call of calls) call.settle({ usd: 1, tokens: tokens(1) })
  take(ledger, { usd: 1, tokens: 1 }).settle({ usd: 1, tokens: tokens(1) })

  expect(ledger.reserve({ usd: 1, tokens: 1 })).toEqual({ kind: 'refused', why: 'requests' })
})

test('the caps of what a ledger is a part of hold as well', () => {
  const run = new Ledger({ ...NO_CAPS, usd: 150 })
  const agent = new Ledger(NO_CAPS, run)
  const attempts = [new Ledger(CAPS, agent), new Ledger(CAPS, agent)]

  take(attempts[0]!, { usd: 100, tokens: 1 }).settle({ usd: 90, tokens: tokens(1) })

  expect(attempts[1]!.left.usd).toBe(60)
  expect(attempts[1]!.reserve({ usd: 61, tokens: 1 })).toEqual({ kind: 'refused', why: 'money' })
  take(attempts[1]!, { usd: 60, tokens: 1 }).settle({ usd: 60, tokens: tokens(1) })
  expect([run.totals.usd, agent.totals.usd, run.totals.requests]).toEqual([150, 150, 2])
})

test('a bill beyond what was reserved is counted, and ends all further calls', () => {
  const ledger = new Ledger(CAPS)

  take(ledger, { usd: 10, tokens: 1 }).settle({ usd: 130, tokens: tokens(1) })

  expect(ledger.totals.usd).toBe(130)
  expect(ledger.reserve({ usd: 0, tokens: 0 })).toEqual({ kind: 'refused', why: 'money' })
})

test('whatever calls do at the same time, nothing is ever overrun and nothing is lost', () => {
  const step = fc.record({
    attempt: fc.nat(2),
    usd: fc.nat(80),
    tokens: fc.nat(400),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    finish: fc.nat(5),
    isDropped: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const run = new Ledger({ usd: 200, tokens: 2000, requests: 12, concurrent: 4 })
      const attempts = [0, 1, 2].map(() => new Ledger(CAPS, run))
      const open: { reservation: Reservation; usd: number; tokens: number }[] = []
      let spent = 0
      for (const one of steps) {
        const reservation = attempts[one.attempt]!.reserve(one)
        if (reservation.kind === 'reserved') open.push({ reservation, usd: one.usd, tokens: one.tokens })
        const [done] = open.splice(one.finish, 1)
        if (done === undefined) continue
        if (one.isDropped) done.reservation.drop()
        else {
          const usd = Math.floor(done.usd * one.share)
          spent += usd
          done.reservation.settle({ usd, tokens: tokens(Math.floor(done.tokens * one.share)) })
        }
        const reserved = open.reduce((sum, call) => sum + call.usd, 0)
        expect(run.totals.usd).toBe(spent)
        expect(run.totals.usd + reserved).toBeLessThanOrEqual(200)
        expect(run.totals.inputTokens).toBeLessThanOrEqual(2000)
        expect(run.totals.requests + open.length).toBeLessThanOrEqual(12)
        expect(open.length).toBeLessThanOrEqual(4)
        for (const attempt of attempts) expect(attempt.totals.usd).toBeLessThanOrEqual(CAPS.usd)
        expect(attempts.reduce((sum, { totals }) => sum + totals.usd, 0)).toBe(spent)
      }
    }),
  )
})

function take(ledger: Ledger, want: { usd: number; tokens: number }): Reservation {
  const reservation = ledger.reserve(want)
  if (reservation.kind === 'refused') throw new Error(`Refused for want of ${reservation.why}`)
  return reservation
}
