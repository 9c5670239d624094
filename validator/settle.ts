import { and, asc, eq, inArray, isNull, lt, ne, sql } from 'drizzle-orm'
import type { Chain } from './chain/chain.ts'
import { type Alarm, maySettle, type VoidCount } from './queue/faults.ts'
import type { Database, Transaction } from './store/database.ts'
import { tell } from './store/events.ts'
import { attempts, draws, scores, settlements, submissions, tasks } from './store/schema.ts'
import { countVoids } from './worker/void.ts'

/** What became of a window that is over. */
export type Settlement =
  | { readonly kind: 'settled'; readonly window: number; readonly scores: number }
  /** Somebody is still judged on its tasks. */
  | { readonly kind: 'open'; readonly window: number; readonly submissions: number }
  /** Too much of it is void: a person has to look. */
  | { readonly kind: 'held'; readonly window: number; readonly alarms: readonly Alarm[] }

export interface SettleContext {
  readonly database: Pick<Database, 'db'>
  readonly chain: Chain
  readonly windowBlocks: number
  readonly mostVoided: number
}

/** Settles every window that is over and not settled yet, the earliest first. */
export async function settleDue({
  database: { db },
  chain,
  windowBlocks,
  mostVoided,
}: SettleContext): Promise<readonly Settlement[]> {
  const { number: block } = await chain.head()
  const due = await db
    .selectDistinct({ window: draws.window })
    .from(draws)
    .leftJoin(settlements, eq(settlements.window, draws.window))
    .where(and(isNull(settlements.window), lt(draws.window, Math.floor(block / windowBlocks))))
    .orderBy(asc(draws.window))
  const found: Settlement[] = []
  for (const { window } of due)
    found.push(await db.transaction(tx => settle(tx, window, { kind: 'unless-void', most: mostVoided })))
  return found
}

/** Whether voids may stop it: not if an operator looked, and said why it counts all the same. */
export type Voids =
  | { readonly kind: 'unless-void'; readonly most: number }
  | { readonly kind: 'despite-voids'; readonly reason: string }

/**
 * Writes down what each submission that passed came to in a window, by environment: the share solved of what was judged. A window is
 * settled once; who was still judged on its tasks then would be left out, so it waits for them.
 */
export async function settle(tx: Transaction, window: number, voids: Voids): Promise<Settlement> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK}, ${window})`)
  const [known] = await tx.select().from(settlements).where(eq(settlements.window, window))
  if (known !== undefined) return { kind: 'settled', window, scores: await countScores(tx, window) }
  const open = await countOpen(tx, window)
  if (open > 0) return { kind: 'open', window, submissions: open }
  if (voids.kind === 'unless-void') {
    const may = maySettle(await voidsOf(tx, window), voids.most)
    if (may.kind === 'no') return { kind: 'held', window, alarms: may.alarms }
  }
  await tx
    .insert(settlements)
    .values({ window, despite: voids.kind === 'despite-voids' ? voids.reason : null })
  const rows = await scoresOf(tx, window)
  if (rows.length > 0) await tx.insert(scores).values(rows)
  await tell(tx, { kind: 'settled', body: { window, scores: rows.length } })
  return { kind: 'settled', window, scores: rows.length }
}

const LOCK = 0x61726573

async function countScores(tx: Transaction, window: number): Promise<number> {
  return await tx.$count(scores, eq(scores.window, window))
}

/** Submissions that are not decided and have tasks of this window. */
async function countOpen(tx: Transaction, window: number): Promise<number> {
  const [row] = await tx
    .select({ count: sql<number>`count(distinct ${submissions.id})::int` })
    .from(submissions)
    .innerJoin(attempts, eq(attempts.submission, submissions.id))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .where(and(eq(draws.window, window), inArray(submissions.state, ['queued', 'working'])))
  return row!.count
}

/** Of all draws of a window together. */
async function voidsOf(tx: Transaction, window: number): Promise<VoidCount[]> {
  const drawn = await tx.select({ id: draws.id }).from(draws).where(eq(draws.window, window))
  const sums = new Map<string, VoidCount>()
  for (const { id } of drawn)
    for (const { environment, judged, voided } of await countVoids(tx, id)) {
      const sum = sums.get(environment) ?? { environment, judged: 0, voided: 0 }
      sums.set(environment, { environment, judged: sum.judged + judged, voided: sum.voided + voided })
    }
  return [...sums.values()]
}

/** Who stopped early was judged on fewer tasks than others, so only those that passed have a score. */
async function scoresOf(tx: Transaction, window: number): Promise<(typeof scores.$inferInsert)[]> {
  const rows = await tx
    .select({
      submission: attempts.submission,
      environment: tasks.environment,
      solved: sql<number>`count(*) filter (where ${attempts.verdict} = 'solved')::int`,
      judged: sql<number>`count(*) filter (where ${attempts.state} = 'judged')::int`,
      voided: sql<number>`count(*) filter (where ${attempts.state} = 'voided')::int`,
    })
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .where(and(eq(draws.window, window), eq(submissions.state, 'passed'), ne(attempts.stage, 'smoke')))
    .groupBy(attempts.submission, tasks.environment)
    .orderBy(attempts.submission, tasks.environment)
  return rows
    .filter(({ judged }) => judged > 0)
    .map(row => ({ ...row, window, score: row.solved / row.judged }))
}
