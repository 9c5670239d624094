import { concentrationOf } from './concentration.ts'
import type { Subnet, SubnetsNow } from './subnets.ts'
import { TAO } from './units.ts'

const DAY_MILLISECONDS = 86_400_000
/** A snapshot may be so much younger or older than the window asks for, as a part of it. */
const SLACK = 0.25

type Windows = { readonly day: number | null; readonly week: number | null }

/** What several snapshots tell of one subnet. */
export interface Market {
  readonly subnet: Subnet
  /** Tao that came into the pool by trade: its change, without what blocks put there. */
  readonly flows: Windows
  readonly changes: Windows
  /** In tao, over a day. */
  readonly traded: number | null
  readonly prices: readonly number[]
  readonly isActive: boolean
  readonly signals: readonly string[]
}

/**
 * Markets as of the newest snapshot, the one with the largest share of emission first. The root network is none.
 *
 * @param snapshots - the oldest first; the last one is shown
 */
export function buildMarkets(snapshots: readonly SubnetsNow[]): Market[] {
  const newest = snapshots.at(-1)
  if (newest === undefined) return []
  const before = (days: number) => findBefore(snapshots, newest, days)
  const [day, week] = [before(1), before(7)]
  return newest.subnets
    .filter(({ netuid }) => netuid !== 0)
    .map(subnet => {
      const windows = (value: (old: Subnet, blocks: number) => number): Windows => ({
        day: compare(subnet, day, newest.block, value),
        week: compare(subnet, week, newest.block, value),
      })
      const market = {
        subnet,
        flows: windows((old, blocks) => flowOf(old, subnet, blocks)),
        changes: windows(old => (old.price === 0 ? 0 : subnet.price / old.price - 1)),
        traded: compare(subnet, day, newest.block, old => Number(subnet.volume - old.volume) / TAO),
        prices: snapshots.flatMap(({ subnets }) => {
          const found = subnets.find(one => isSame(one, subnet))
          return found === undefined ? [] : [found.price]
        }),
      }
      return { ...market, ...judge(market) }
    })
    .sort(
      (one, other) =>
        other.subnet.emissionShare - one.subnet.emissionShare || one.subnet.netuid - other.subnet.netuid,
    )
}

/** Emission and pools of a snapshot: how much of them few subnets have. */
export function concentrationsOf({ subnets }: SubnetsNow) {
  const markets = subnets.filter(({ netuid }) => netuid !== 0)
  return {
    emission: concentrationOf(markets.map(({ emissionShare }) => emissionShare)),
    pools: concentrationOf(markets.map(({ tao }) => Number(tao) / TAO)),
  }
}

/** A netuid may be given anew: then it is another subnet. */
function isSame(one: Subnet, other: Subnet): boolean {
  return one.netuid === other.netuid && one.registeredAt === other.registeredAt
}

function findBefore(
  snapshots: readonly SubnetsNow[],
  newest: SubnetsNow,
  days: number,
): SubnetsNow | undefined {
  const wanted = newest.time.getTime() - days * DAY_MILLISECONDS
  const near = snapshots
    .map(snapshot => ({ snapshot, off: Math.abs(snapshot.time.getTime() - wanted) }))
    .filter(({ snapshot, off }) => snapshot !== newest && off <= SLACK * days * DAY_MILLISECONDS)
    .sort((one, other) => one.off - other.off)
  return near[0]?.snapshot
}

function compare(
  subnet: Subnet,
  old: SubnetsNow | undefined,
  block: number,
  value: (old: Subnet, blocks: number) => number,
): number | null {
  const found = old?.subnets.find(one => isSame(one, subnet))
  return old === undefined || found === undefined ? null : value(found, block - old.block)
}

/** The emission of a block changes slowly: the mean of both ends stands for all in between. */
function flowOf(old: Subnet, present: Subnet, blocks: number): number {
  const emitted = (Number(old.taoEmission + present.taoEmission) / 2) * blocks
  return (Number(present.tao - old.tao) - emitted) / TAO
}

/**
 * By what observers tell a market that is alive: it gets emission, miners are paid and not burned away, several validators judge, people
 * trade. Three of these are enough.
 */
function judge({
  subnet,
  traded,
  flows,
}: Pick<Market, 'subnet' | 'traded' | 'flows'>): Pick<Market, 'isActive' | 'signals'> {
  const { emissionShare, miners, validators, burned, tao } = subnet
  const pool = Number(tao) / TAO
  const signs: readonly (readonly [boolean, string, string])[] = [
    [emissionShare > 0.001, 'gets emission', 'gets hardly any emission'],
    [
      miners > 1 && (burned ?? 0) < 0.9,
      `${miners} miners are paid`,
      miners > 1 ? 'nearly all pay of miners is burned' : 'at most one miner is paid',
    ],
    [validators > 2, `${validators} validators judge`, 'hardly anybody judges'],
    [
      (traded ?? 0) > pool / 100 || Math.abs(flows.day ?? 0) > pool / 200,
      'is traded',
      traded === null ? 'trade is not known yet' : 'is hardly traded',
    ],
  ]
  const passed = signs.filter(([isSo]) => isSo).length
  return { isActive: passed >= 3, signals: signs.map(([isSo, yes, no]) => (isSo ? yes : no)) }
}
