import { describe, expect, test } from 'vitest'
import { simulate } from '../../../validator/chain/simulate.ts'
import type { EpochInput } from '../../../validator/chain/yuma/epoch.ts'

const RAO = 10n ** 9n
/** Three validators with 60, 30 and 10 % of the stake, and three miners; the second and third agree on miner 3. */
const INPUT: EpochInput = {
  ...{ block: 1000, threshold: 0n, cutoff: 5000, maxValidators: 64, ownerUid: undefined, forceOwner: false },
  stake: [60n, 30n, 10n, 0n, 0n, 0n].map(alpha => (alpha * RAO) << 64n),
  lastUpdate: [900, 900, 900, 0, 0, 0],
  registeredAt: [1, 1, 1, 1, 1, 1],
  permits: [true, true, true, false, false, false],
  weights: [[], [[3, 65_535]], [[3, 65_535]], [], [], []],
  bonds: [[], [], [], [], [], []],
  ...{ kappa: 32_767, bondsPenalty: 65_535, bondsMovingAverage: 900_000, lastTempo: 640, yuma3: false },
  liquid: { on: false, low: 45_875, high: 58_982, steep: 1000 },
}
const WEIGHTS = [
  [4, 3],
  [5, 1],
] as const

describe('a simulation', () => {
  test('shows that a majority of stake decides, and what becomes of those who disagree', () => {
    const { uids, trust } = simulate(INPUT, { uid: 0, weights: WEIGHTS, emission: 1000n * RAO })

    expect(uids[3]!.incentive).toMatchObject({ now: 0, planned: 0, agreed: 0 })
    expect(uids[4]!.incentive.planned).toBeCloseTo(0.75, 3)
    expect(uids[5]!.incentive.planned).toBeCloseTo(0.25, 3)
    expect(uids[0]!.dividends.planned).toBeCloseTo(1, 3)
    expect(trust.planned).toBeCloseTo(1, 3)
    expect(uids.map(({ weight }) => weight)).toEqual([0, 0, 0, 0, 0.75, 0.25])
  })

  test("shows what others' weights do to those of a minority", () => {
    const settled = { ...INPUT, weights: INPUT.weights.with(0, [[3, 65_535]]) }
    const { uids, trust } = simulate(settled, { uid: 2, weights: WEIGHTS, emission: 1000n * RAO })

    expect(trust.planned).toBe(0)
    expect(uids[4]!.incentive).toMatchObject({
      planned: 0,
      agreed: expect.closeTo(0.75, 3),
      alone: expect.closeTo(0.75, 3),
    })
    expect(uids[2]!.dividends.planned).toBe(0)
    expect(uids[2]!.pay.agreed).toBeGreaterThan(uids[2]!.pay.planned)
  })

  test('pays no more than the epoch has', () => {
    const { uids } = simulate(INPUT, { uid: 0, weights: WEIGHTS, emission: 1000n * RAO })

    for (const name of ['now', 'planned', 'agreed', 'alone'] as const)
      expect(uids.reduce((sum, { pay }) => sum + pay[name], 0n)).toBeLessThanOrEqual(1000n * RAO)
  })
})
