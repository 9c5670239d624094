import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Plan, planWeights } from '../../../validator/chain/plan.ts'
import type { WeightState } from '../../../validator/chain/weight-state.ts'
import { weightState } from '../../support/chain.ts'

const ROW = [
  [0, 52_428],
  [3, 13_107],
] as const

function plan(weights: readonly (readonly [number, number])[], state: WeightState): Plan {
  const planned = planWeights(weights, state)
  if (planned.kind !== 'plan') throw new Error(planned.refusals.map(({ message }) => message).join('\n'))
  return planned
}

describe('a plan', () => {
  test('is the row as the chain keeps it, with the key that it asks for, in the first block that takes it', () => {
    const planned = plan(
      ROW,
      weightState({ rules: { versionKey: 7n, rateLimit: 100 }, own: { lastUpdate: 950 } }),
    )

    expect(planned).toEqual({
      ...{ kind: 'plan', path: 'plain', versionKey: 7n, earliest: 1050, notes: [] },
      weights: [
        [0, 65_535],
        [3, 16_384],
      ],
    })
  })

  test('waits for nothing if there are no weights yet', () => {
    expect(plan(ROW, weightState({ rules: { rateLimit: 5000 }, own: { lastUpdate: 0 } })).earliest).toBe(1001)
  })

  test('adds weights of 0 where a subnet asks for more, and says so', () => {
    const planned = plan(ROW, weightState({ uids: 6, rules: { minAllowed: 4 } }))

    expect(planned.weights.map(([uid]) => uid)).toEqual([0, 1, 2, 3])
    expect(planned.notes).toEqual(['The subnet asks for 4 weights: 2 of 0 were added'])
    expect(plan(ROW, weightState({ uids: 6, rules: { minAllowed: 1024 } })).weights).toHaveLength(6)
  })

  test.each([
    [{ commitReveal: false }, {}, 'plain'],
    [{ commitReveal: true }, {}, 'timelocked'],
    [{ commitReveal: true }, { timelocked: undefined }, 'hash'],
  ] as const)('with %j where the chain offers all but %j goes the way %s', (rules, offers, path) => {
    expect(plan(ROW, weightState({ rules, offers })).path).toBe(path)
  })

  test('reveals by itself where the chain has no fresh rounds', () => {
    const state = weightState({ rules: { commitReveal: true } })
    const { beacon } = state
    const old = { ...state, beacon: { ...beacon, newest: beacon.newest! - 1300 } }
    const never = { ...state, beacon: { ...beacon, newest: undefined } }

    expect([plan(ROW, old).path, plan(ROW, never).path]).toEqual(['hash', 'hash'])
  })

  test('gives no uid more than the subnet allows, and the rest to the others', () => {
    const planned = plan(
      [
        [0, 60_000],
        [1, 4000],
        [2, 1000],
        [3, 535],
      ],
      weightState({ rules: { maxWeight: 32_767 } }),
    )
    const total = planned.weights.reduce((sum, [, weight]) => sum + weight, 0)

    expect(planned.weights[0]![1] / total).toBeLessThanOrEqual(32_767 / 65_535)
    expect(planned.weights[0]![1] / total).toBeGreaterThan(0.499)
    expect(planned.weights[1]![1] / planned.weights[2]![1]).toBeCloseTo(4, 2)
    expect(planned.notes[0]).toMatch(/No uid may have more than 32767/)
  })

  test('whatever is allowed is within the limit, and nobody who was paid gets nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1000, max: 65_535 }),
        (values, maxWeight) => {
          const weights = values.map((weight, uid) => [uid, weight] as const)
          const planned = planWeights(
            weights,
            weightState({ uids: 64, own: { uid: 63 }, rules: { maxWeight } }),
          )
          if (planned.kind === 'refused') {
            const paid = values.filter(value => value > 0).length
            // Only few can be too few for the limit; a few steps of rounding more.
            return paid === 0 || (paid * maxWeight) / 65_535 < 1.01
          }
          const total = planned.weights.reduce((sum, [, weight]) => sum + weight, 0)
          return (
            Math.max(...planned.weights.map(([, weight]) => weight)) === 65_535 &&
            planned.weights.every(
              ([uid, weight]) => weight > 0 || values[uid] === 0 || 65_535 / values[uid]! > 1,
            ) &&
            planned.weights.every(([, weight]) => weight / total <= maxWeight / 65_535 + 2 ** -32)
          )
        },
      ),
    )
  })

  test('a weight on oneself alone needs neither permit nor limit', () => {
    const state = weightState({
      own: { uid: 2, isValidator: false },
      rules: { maxWeight: 100, minAllowed: 8 },
    })

    expect(plan([[2, 5]], state).weights).toEqual([[2, 65_535]])
  })
})

describe('what a chain would refuse is not planned:', () => {
  const cases: readonly [
    string,
    Parameters<typeof weightState>[0],
    readonly (readonly [number, number])[],
    RegExp,
  ][] = [
    ['the root network', { netuid: 0 }, ROW, /root network takes no weights: set the netuid/],
    ['a mechanism that is not there', { mechanism: 2 }, ROW, /no such mechanism.*2 of 1/],
    ['a stranger', { own: undefined }, ROW, /not registered on the subnet: register it/],
    ['no permit', { own: { isValidator: false } }, ROW, /no validator permit: stake more/],
    [
      'too little stake',
      { own: { stake: 5n }, rules: { stakeThreshold: 9n } },
      ROW,
      /it has 5 rao, and needs 9/,
    ],
    ['a uid that is not there', {}, [[64, 1]], /settle again.*uid 64 of 64/],
    [
      'a uid twice',
      {},
      [
        [1, 1],
        [1, 2],
      ],
      /named twice/,
    ],
    ['nothing at all', {}, [[1, 0]], /nothing to set/],
    ['no weights', {}, [], /nothing to set/],
    ['too few for the limit', { rules: { maxWeight: 20_000 } }, ROW, /raise its limit, or pay more uids/],
    [
      'no way that we know',
      { rules: { commitReveal: true }, offers: { hash: false, timelocked: undefined } },
      ROW,
      /update Arête/,
    ],
  ]
  test.each(cases)('%s', (_, about, weights, sentence) => {
    const planned = planWeights(weights, weightState(about))

    expect(planned).toMatchObject({ kind: 'refused' })
    if (planned.kind === 'refused')
      expect(planned.refusals.map(({ message }) => message).join('\n')).toMatch(sentence)
  })

  test('everything that speaks against it is said at once', () => {
    const planned = planWeights([[99, 0]], weightState({ netuid: 0, own: undefined }))

    expect(planned.kind === 'refused' && planned.refusals.map(({ code }) => code)).toEqual([
      'root',
      'not-registered',
      'uids-unknown',
      'nothing',
    ])
  })

  test('an owner needs neither stake nor permit', () => {
    const own = { isOwner: true, isValidator: false, stake: 0n }

    expect(planWeights(ROW, weightState({ own, rules: { stakeThreshold: 9n } })).kind).toBe('plan')
  })
})
