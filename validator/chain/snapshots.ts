import { asc, gt, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database, Drizzle } from '../store/database.ts'
import { subnets } from '../store/schema.ts'
import type { Chain } from './chain.ts'
import type { SubnetsNow } from './subnets.ts'

const Amount = z
  .string()
  .regex(/^\d{1,40}$/)
  .transform(BigInt)
const Whole = z.int().min(0)

/** A snapshot as it is stored: amounts in decimal digits. */
const Stored = z.object({
  block: Whole,
  time: z.iso.datetime().transform(text => new Date(text)),
  subnets: z.array(
    z.object({
      netuid: Whole,
      name: z.string(),
      symbol: z.string(),
      registeredAt: Whole,
      tempo: Whole,
      tao: Amount,
      alpha: Amount,
      alphaOut: Amount,
      price: z.number(),
      volume: Amount,
      taoEmission: Amount,
      emissionShare: z.number(),
      burn: Amount,
      registrations: Whole,
      isOpen: z.boolean(),
      uids: Whole,
      validators: Whole,
      miners: Whole,
      burned: z.number().optional(),
    }),
  ),
})

/** Between one stored snapshot and the next. */
const APART_MILLISECONDS = 3_600_000
/** For so long each is kept; of older ones the first of a day. */
const ALL_DAYS = 9
const MOST_SHOWN = 60

/**
 * Reads all subnets, and keeps that unless there is one of the last hour.
 *
 * @returns the snapshot, as fresh as the chain
 */
export async function takeSnapshot({
  database: { db },
  chain,
}: {
  readonly database: Pick<Database, 'db'>
  readonly chain: Pick<Chain, 'subnets'>
}): Promise<SubnetsNow> {
  const now = await chain.subnets()
  if (!(await isSnapshotDue(db, now.time))) return now
  await db
    .insert(subnets)
    .values({ block: now.block, at: now.time, snapshot: write(now) })
    .onConflictDoNothing()
  await db.execute(sql`
    delete from subnets where at < ${now.time.toISOString()}::timestamptz - make_interval(days => ${ALL_DAYS}::int)
      and block not in (select distinct on (date_trunc('day', at)) block from subnets order by date_trunc('day', at), block)`)
  return now
}

/** Whether it is time for another one. */
export async function isSnapshotDue(db: Drizzle, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - APART_MILLISECONDS)
  const fresh = await db.select({ block: subnets.block }).from(subnets).where(gt(subnets.at, since)).limit(1)
  return fresh.length === 0
}

/** What is kept, the oldest first and the newest always; of many every few. */
export async function readSnapshots(db: Drizzle): Promise<SubnetsNow[]> {
  const rows = await db.select({ block: subnets.block }).from(subnets).orderBy(asc(subnets.block))
  const wanted = thin(rows.map(({ block }) => block))
  if (wanted.length === 0) return []
  const kept = await db
    .select()
    .from(subnets)
    .where(inArray(subnets.block, wanted))
    .orderBy(asc(subnets.block))
  return kept.map(({ snapshot }) => Stored.parse(snapshot) as SubnetsNow)
}

/** Evenly, and always the newest. */
function thin(blocks: readonly number[]): number[] {
  const every = Math.max(1, Math.ceil(blocks.length / MOST_SHOWN))
  return blocks.filter((_, index) => (blocks.length - 1 - index) % every === 0)
}

function write(now: SubnetsNow): unknown {
  return JSON.parse(JSON.stringify(now, (_, value) => (typeof value === 'bigint' ? value.toString() : value)))
}
