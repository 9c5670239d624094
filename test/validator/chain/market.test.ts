import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concentrationOf } from '../../../validator/chain/concentration.ts'
import { buildMarkets, concentrationsOf } from '../../../validator/chain/market.ts'
import type { Subnet, SubnetsNow } from '../../../validator/chain/subnets.ts'

const RAO = 10n ** 9n

function subnet(netuid: number, change: Partial<Subnet> = {}): Subnet {
  return {
    ...{ netuid, name: `subnet ${netuid}`, symbol: 'α', registeredAt: 5, tempo: 360 },
    ...{ tao: 1000n * RAO, alpha: 10_000n * RAO, alphaOut: 0n, price: 0.1, volume: 0n, taoEmission: 0n },
    ...{ emissionShare: 0, burn: RAO, registrations: 0, isOpen: true, uids: 10, validators: 5, miners: 5 },
    ...{ burned: undefined, ...change },
  }
}

function snapshot(day: number, subnets: readonly Subnet[]): SubnetsNow {
  const time = new Date(Date.UTC(2026, 5, 1) + day * 86_400_000)
  return { block: 1000 + day * 7200, time, subnets }
}

describe('markets', () => {
  test('show what traders brought in: the change of the pool, without what blocks put there', () => {
    const taoEmission = RAO / 100n
    const [market] = buildMarkets([
      snapshot(0, [subnet(3, { taoEmission })]),
      snapshot(1, [subnet(3, { taoEmission, tao: 1172n * RAO, price: 0.12, volume: 400n * RAO })]),
    ])

    expect(market!.flows.day).toBeCloseTo(172 - 72, 6)
    expect(market!.changes.day).toBeCloseTo(0.2, 6)
    expect(market!.traded).toBe(400)
    expect(market!.flows.week).toBeNull()
    expect(market!.prices).toEqual([0.1, 0.12])
  })

  test('take the snapshot that is nearest to a day or a week ago, and none that is far from it', () => {
    const all = [0, 0.5, 6, 6.9, 7].map(day =>
      snapshot(day, [subnet(3, { tao: BigInt(Math.round(day * 10)) * RAO })]),
    )
    const [market] = buildMarkets(all)

    expect(market!.flows.day).toBe(70 - 60)
    expect(market!.flows.week).toBe(70)
    expect(buildMarkets(all.slice(3))[0]!.flows).toEqual({ day: null, week: null })
  })

  test('begin anew when a netuid is given to another subnet', () => {
    const [market] = buildMarkets([
      snapshot(0, [subnet(3)]),
      snapshot(1, [subnet(3, { registeredAt: 8000, tao: 5n * RAO })]),
    ])

    expect(market!.flows.day).toBeNull()
    expect(market!.prices).toEqual([0.1])
  })

  test('leave out the root network, and begin with the largest share', () => {
    const shares: readonly [number, number][] = [
      [0, 0],
      [1, 0.2],
      [62, 0.5],
      [120, 0.3],
    ]
    const markets = buildMarkets([
      snapshot(
        0,
        shares.map(([netuid, emissionShare]) => subnet(netuid, { emissionShare })),
      ),
    ])

    expect(markets.map(({ subnet }) => subnet.netuid)).toEqual([62, 120, 1])
  })

  test('tell who is alive, and by what', () => {
    const alive = { emissionShare: 0.02, miners: 60, validators: 9, volume: 300n * RAO }
    const quiet = { emissionShare: 0.02, miners: 60, validators: 1, burned: 1 }
    const all = [snapshot(0, [subnet(1), subnet(2)]), snapshot(1, [subnet(1, alive), subnet(2, quiet)])]
    const [one, two] = buildMarkets(all)

    expect(one).toMatchObject({
      isActive: true,
      signals: ['gets emission', '60 miners are paid', '9 validators judge', 'is traded'],
    })
    expect(two).toMatchObject({
      isActive: false,
      signals: [
        'gets emission',
        'nearly all pay of miners is burned',
        'hardly anybody judges',
        'is hardly traded',
      ],
    })
    expect(buildMarkets([])).toEqual([])
  })
})

describe('concentration', () => {
  test.each([
    [[1, 1, 1, 1], 0],
    [[1, 0, 0, 0], 0.75],
    [[3, 1], 0.25],
    [[], 0],
    [[0, 0], 0],
  ])('of %j is %d by Gini', (amounts, gini) => {
    expect(concentrationOf(amounts).gini).toBeCloseTo(gini, 10)
  })

  test('is between 0 and 1, does not depend on order or unit, and grows when the largest takes from the smallest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 2, maxLength: 50 }), amounts => {
        const { gini } = concentrationOf(amounts)
        const sorted = amounts.toSorted((one, other) => one - other)
        const taken = [0, ...sorted.slice(1, -1), sorted.at(-1)! + sorted[0]!]
        expect(gini).toBeGreaterThanOrEqual(-1e-12)
        expect(gini).toBeLessThan(1)
        expect(concentrationOf(sorted.map(amount => 3 * amount)).gini).toBeCloseTo(gini, 9)
        expect(concentrationOf(taken).gini).toBeGreaterThan(gini)
      }),
    )
  })

  test('says which part the largest have', () => {
    const one = snapshot(
      0,
      Array.from({ length: 21 }, (_, netuid) =>
        subnet(netuid, { emissionShare: netuid === 0 ? 0 : 0.05, tao: BigInt(netuid === 1 ? 81 : 1) * RAO }),
      ),
    )
    const { emission, pools } = concentrationsOf(one)

    expect([emission.five, emission.ten, pools.five]).toEqual([
      expect.closeTo(0.25, 9),
      expect.closeTo(0.5, 9),
      expect.closeTo(0.85, 9),
    ])
  })
})
