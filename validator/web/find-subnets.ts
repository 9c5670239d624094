import { buildMarkets, concentrationsOf, type Market } from '../chain/market.ts'
import { readSnapshots } from '../chain/snapshots.ts'
import type { SubnetsNow } from '../chain/subnets.ts'
import { TAO } from '../chain/units.ts'
import type { SubnetRow, SubnetsPage } from '../pages/subnets-data.ts'
import type { WebContext } from './context.ts'

/** Subnets whose environments this arena mirrors or takes tasks for. */
const OURS: ReadonlySet<number> = new Set([3, 62, 64, 75, 120])

/** The stored snapshots as a page: read from the chain once an hour, however many look. */
export async function findSubnetsPage({ intake }: Pick<WebContext, 'intake'>): Promise<SubnetsPage> {
  return buildSubnetsPage(await readSnapshots(intake.database.db))
}

/** What snapshots of the chain tell of its subnets. @param snapshots - the oldest first */
export function buildSubnetsPage(snapshots: readonly SubnetsNow[]): SubnetsPage {
  const newest = snapshots.at(-1)
  const nothing = { five: 0, ten: 0, gini: 0 }
  if (newest === undefined)
    return {
      ...{ block: null, at: null, rows: [], trend: [] },
      concentration: { emission: nothing, pools: nothing },
    }
  return {
    ...{ block: newest.block, at: newest.time.toISOString() },
    rows: buildMarkets(snapshots).map(rowOf),
    concentration: concentrationsOf(newest),
    trend: snapshots.map((snapshot, index) => {
      const { gini, five } = concentrationsOf(snapshot).pools
      const active = buildMarkets(snapshots.slice(0, index + 1)).filter(({ isActive }) => isActive).length
      return { block: snapshot.block, at: snapshot.time.toISOString(), gini, five, active }
    }),
  }
}

function rowOf({ subnet, flows, changes, traded, prices, isActive, signals }: Market): SubnetRow {
  const { netuid, name, symbol, emissionShare, price, miners, validators, uids, tempo } = subnet
  const whole = (rao: bigint): number => Number(rao) / TAO
  return {
    ...{ netuid, name, symbol, emissionShare, price, miners, validators, uids, tempo },
    isOurs: OURS.has(netuid),
    ...{ tao: whole(subnet.tao), alpha: whole(subnet.alpha), volume: whole(subnet.volume) },
    ...{ flows, changes, traded, prices: [...prices], isActive, signals: [...signals] },
    burned: subnet.burned ?? null,
    cost: whole(subnet.burn),
    ...{ registrations: subnet.registrations, registeredAt: subnet.registeredAt },
  }
}
