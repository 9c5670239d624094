import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Capital } from '../../../validator/scoring/duel/capital.ts'
import { duel, type Round, type Standing } from '../../../validator/scoring/duel/duel.ts'
import { alphaOf, CONFIRMATION, type DuelRules, rulesFor } from '../../../validator/scoring/duel/rules.ts'
import { leadOf, screen } from '../../../validator/scoring/duel/screen.ts'
import { signFlip } from '../../../validator/scoring/duel/sign-flip.ts'
import { randomOf } from '../../../validator/scoring/random.ts'

const WEIGHTS = { python: 0.5, typescript: 0.25, terminal: 0.25 }
const SHORT: DuelRules = { ...CONFIRMATION, rounds: 40, alpha: 0.2 }
const NAMES = Object.keys(WEIGHTS)

const score = fc.constantFrom(0, 0, 0, 1, 1, 0.5)
const sides = fc.record({ challenger: score, champion: score })
const round: fc.Arbitrary<Round> = fc.record({ python: sides, typescript: sides, terminal: sides })
/** Courses that are often won. */
const winning = fc.array(
  fc.record(
    Object.fromEntries(
      NAMES.map(name => [
        name,
        fc.record({ challenger: fc.constantFrom(0, 1, 1), champion: fc.constantFrom(0, 0, 0, 1) }),
      ]),
    ),
  ) as fc.Arbitrary<Round>,
  { minLength: 40, maxLength: 40 },
)
const rounds = fc.array(round, { minLength: 40, maxLength: 40 })

describe('the exact test', () => {
  test.each([
    { outcomes: [1, 1, 1], p: 1 / 8 },
    { outcomes: [1, 1, -1], p: 4 / 8 },
    { outcomes: [], p: 1 },
    { outcomes: [0, 0, 5], p: 1 / 2 },
    { outcomes: [3, -1, -1], p: 4 / 8 },
    { outcomes: [-2, -2], p: 1 },
  ])('gives $p for $outcomes', ({ outcomes, p }) => {
    expect(signFlip(outcomes)).toBeCloseTo(p, 12)
  })

  test('counts what trying all signs counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 }), outcomes => {
        const sum = outcomes.reduce((total, one) => total + one, 0)
        const all = outcomes.reduce<number[]>((sums, one) => sums.flatMap(so => [so + one, so - one]), [0])

        expect(signFlip(outcomes)).toBeCloseTo(all.filter(one => one >= sum).length / all.length, 10)
      }),
    )
  })
})

describe('capital', () => {
  test('is a fair game when outcomes are fair: its mean over all courses is 1', () => {
    let sum = 0
    for (let course = 0; course < 2 ** 10; course++) {
      const capital = new Capital(1)
      for (let bit = 0; bit < 10; bit++) capital.add(course & (1 << bit) ? 1 : -1)
      sum += capital.mean
    }

    expect(sum / 2 ** 10).toBeCloseTo(1, 10)
  })

  test('says how much it is, long after a float could hold it', () => {
    const capital = new Capital(1)
    for (let round = 0; round < 3000; round++) capital.add(1)

    expect(capital.mean).toBe(Number.POSITIVE_INFINITY)
    for (let round = 0; round < 3000; round++) capital.add(-0.5)
    expect(capital.mean).toBeGreaterThan(0)
    expect(capital.mean).not.toBeNaN()
  })

  test('takes no outcome that is worse than declared', () => {
    expect(() => new Capital(0.9).add(-2)).toThrow('-2')
  })
})

describe('a duel', () => {
  const always = (challenger: number, champion: number): Round =>
    Object.fromEntries(NAMES.map(name => [name, { challenger, champion }]))

  test('is won early by who is better everywhere, and lost by who is worse', () => {
    const better = duel(CONFIRMATION, WEIGHTS, Array(600).fill(always(1, 0)))
    const worse = duel(CONFIRMATION, WEIGHTS, Array(600).fill(always(0, 1)))

    expect(better.outcome).toEqual({ kind: 'won', how: 'early' })
    expect(better.rounds).toBeLessThan(30)
    expect(worse.outcome).toMatchObject({ kind: 'lost' })
    expect(worse.rounds).toBeLessThan(30)
  })

  test('is not won by a gain that hides a loss elsewhere', () => {
    const mixed: Round = { ...always(1, 0), terminal: { challenger: 0, champion: 1 } }

    expect(duel(CONFIRMATION, WEIGHTS, Array(600).fill(mixed)).outcome).toEqual({
      kind: 'lost',
      how: 'veto',
      environment: 'terminal',
    })
  })

  test('with too much void is void, and no loss', () => {
    const spoilt: Round = { ...always(0, 1), python: 'void' }

    expect(duel(SHORT, WEIGHTS, Array(40).fill(spoilt)).outcome).toMatchObject({
      kind: 'void',
      environment: 'python',
    })
  })

  test('between equals that never differ is lost at the end at the latest', () => {
    expect(duel(SHORT, WEIGHTS, Array(40).fill(always(1, 1))).outcome.kind).toBe('lost')
  })

  test('a better result of the challenger never turns a win into anything else', () => {
    fc.assert(
      fc.property(winning, fc.nat(39), fc.constantFrom(...NAMES), (course, at, name) => {
        const better = course.map((one, index) =>
          index === at ? { ...one, [name]: { ...(one[name] as object), challenger: 1 } as never } : one,
        )
        fc.pre(duel(SHORT, WEIGHTS, course).outcome.kind === 'won')

        expect(duel(SHORT, WEIGHTS, better).outcome.kind).toBe('won')
      }),
      { numRuns: 300 },
    )
  })

  test('does not depend on the order of environments, and ends the same when played on', () => {
    fc.assert(
      fc.property(rounds, course => {
        const turned = Object.fromEntries(Object.entries(WEIGHTS).reverse())
        const reversed = course.map(one => Object.fromEntries(Object.entries(one).reverse()))

        const standing = duel(SHORT, WEIGHTS, course)

        expect(duel(SHORT, turned, reversed)).toEqual(standing)
        expect(duel(SHORT, WEIGHTS, course.slice(0, standing.rounds))).toEqual(standing)
      }),
      { numRuns: 100 },
    )
  })

  test('asks more of a suspected copy', () => {
    fc.assert(
      fc.property(winning, course => {
        const { handicap } = rulesFor({ alpha: SHORT.alpha, isSuspect: true })
        fc.pre(duel({ ...SHORT, handicap }, WEIGHTS, course).outcome.kind === 'won')

        expect(duel(SHORT, WEIGHTS, course).outcome.kind).toBe('won')
      }),
      { numRuns: 200 },
    )
  })

  test('tells its standing after every round', () => {
    const standings: Standing[] = []
    const end = duel(SHORT, WEIGHTS, Array(40).fill(always(1, 0)), standing => standings.push(standing))

    expect(standings).toHaveLength(end.rounds)
    expect(standings.at(-1)).toEqual(end)
    expect(standings[0]).toMatchObject({ rounds: 1, lead: 1, outcome: { kind: 'open' } })
  })

  test.each([
    { weights: { python: 0.5 }, message: 'add up to 1' },
    { weights: { python: 1, typescript: 0 }, message: 'more than 0' },
  ])('takes no weights such as $weights', ({ weights, message }) => {
    expect(() => duel(SHORT, weights, [])).toThrow(message)
  })

  test('takes no score that is none', () => {
    expect(() => duel(SHORT, WEIGHTS, [always(1.5, 0)])).toThrow('1.5')
  })
})

test.each([
  { cost: 1, value: 100, alpha: 0.01 },
  { cost: 1, value: 1_000_000, alpha: 0.0005 },
  { cost: 5, value: 10, alpha: 0.02 },
])('alpha for an attempt of $cost at a reign of $value is $alpha', ({ alpha, ...stakes }) => {
  expect(alphaOf(stakes)).toBe(alpha)
})

describe('the first look', () => {
  const ahead: Round = {
    python: { challenger: 1, champion: 0 },
    typescript: { challenger: 0, champion: 0 },
    terminal: 'void',
  }

  test('weighs what was judged', () => {
    expect(leadOf(WEIGHTS, ahead)).toBe(0.5)
  })

  test.each([
    { rounds: 2, passes: false, p: 1 / 4 },
    { rounds: 3, passes: true, p: 1 / 8 },
  ])('of $rounds rounds won passes: $passes', ({ rounds: count, passes, p }) => {
    expect(screen(WEIGHTS, Array(count).fill(ahead))).toEqual({ passes, p, lead: 0.5 })
  })

  test('says what is missing in a round', () => {
    expect(() => screen(WEIGHTS, [{ python: 'void', typescript: 'void' }])).toThrow('"terminal"')
  })
})

test('equals win no more often than alpha says, though one looks after each round', () => {
  const random = randomOf(20_261_125)
  const rules: DuelRules = { ...CONFIRMATION, rounds: 60, alpha: 0.1, safety: 1.5 }
  const toss = () => ({ challenger: random() < 0.4 ? 1 : 0, champion: random() < 0.4 ? 1 : 0 })
  function* equals(): Generator<Round> {
    for (;;) yield { python: toss(), typescript: toss(), terminal: toss() }
  }
  const duels = 10_000
  let won = 0
  for (let number = 0; number < duels; number++)
    if (duel(rules, WEIGHTS, equals()).outcome.kind === 'won') won++

  expect(won / duels).toBeLessThanOrEqual(rules.alpha)
  expect(won / duels).toBeGreaterThan(rules.alpha / 10)
})
