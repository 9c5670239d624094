import { and, asc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Chain, Neuron } from './chain/chain.ts'
import { digestValue } from './intake/signature.ts'
import { type Alarm, maySettle, type VoidCount } from './queue/faults.ts'
import { note, readDraw, readEntries } from './receipts/facts.ts'
import { lockChain } from './receipts/notary.ts'
import { closeWindow, type Standings } from './scoring/season/standings.ts'
import { readResults } from './stages/champion.ts'
import type { Jobs } from './stages/jobs.ts'
import type { Database, Transaction } from './store/database.ts'
import { tell } from './store/events.ts'
import {
  attempts,
  controls,
  draws,
  receipts,
  reigns,
  scores,
  settlements,
  submissions,
} from './store/schema.ts'
import { countVoids } from './worker/void.ts'

/** What became of a window that is over. */
export type Settlement =
  | { readonly kind: 'settled'; readonly window: number; readonly scores: number }
  /** Somebody is still judged on its tasks, or verdicts wait for their signature. */
  | { readonly kind: 'open'; readonly window: number; readonly submissions: number }
  /** Too much of it is void: a person has to look. */
  | { readonly kind: 'held'; readonly window: number; readonly alarms: readonly Alarm[] }

export interface SettleContext {
  readonly database: Pick<Database, 'db'>
  readonly jobs: Pick<Jobs, 'sendNotarise'>
  readonly chain: Chain
  readonly netuid: number
  readonly windowBlocks: number
  readonly mostVoided: number
}

/** Settles every window that is over and not settled yet, the earliest first; one that has to wait holds up those after it. */
export async function settleDue(context: SettleContext): Promise<readonly Settlement[]> {
  const { db } = context.database
  const { number: block } = await context.chain.head()
  const due = await db
    .selectDistinct({ window: draws.window })
    .from(draws)
    .leftJoin(settlements, eq(settlements.window, draws.window))
    .where(and(isNull(settlements.window), lt(draws.window, Math.floor(block / context.windowBlocks))))
    .orderBy(asc(draws.window))
  const found: Settlement[] = []
  for (const { window } of due) {
    const ground = await groundOf(context, block)
    const one = await db.transaction(tx => settle(tx, window, ground, context.mostVoided))
    found.push(one)
    if (one.kind !== 'settled') break
  }
  return found
}

/** What of the chain a settlement is made with. */
export interface Ground {
  readonly jobs: Pick<Jobs, 'sendNotarise'>
  readonly block: number
  readonly uids: Readonly<Record<string, number>>
}

/** Who is registered now. */
export async function groundOf(
  { database, jobs, chain, netuid }: Pick<SettleContext, 'database' | 'jobs' | 'chain' | 'netuid'>,
  block: number,
): Promise<Ground> {
  const neurons = await chain.neurons(netuid)
  const listed = neurons.length > 0 ? neurons : await lookUp(database, chain, netuid)
  return { jobs, block, uids: Object.fromEntries(listed.map(({ hotkey, uid }) => [hotkey, uid])) }
}

/** A chain on which everybody is registered has no list of them. */
async function lookUp({ db }: SettleContext['database'], chain: Chain, netuid: number): Promise<Neuron[]> {
  const hotkeys = [...new Set([...(await readEntries(db)).values()].map(({ hotkey }) => hotkey))]
  const found = await Promise.all(hotkeys.map(hotkey => chain.neuron(netuid, hotkey)))
  return found.filter(neuron => neuron !== undefined)
}

/** The control in which an operator who looked says why a window counts although much of it is void. */
export function despiteControl(window: number): string {
  return `settle-despite-${window}`
}

/**
 * Settles a window, once: the board out of its verdicts and of all duels so far, who is paid, and the weights that follow. Who was still
 * judged on its tasks then would be left out, so it waits for them; and for signatures, so that everybody can follow it from receipts.
 */
export async function settle(
  tx: Transaction,
  window: number,
  ground: Ground,
  mostVoided: number,
): Promise<Settlement> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK}, ${window})`)
  const [known] = await tx.select().from(settlements).where(eq(settlements.window, window))
  if (known !== undefined) return { kind: 'settled', window, scores: await countScores(tx, window) }
  await lockChain(tx)
  const open = (await countOpen(tx, window)) || (await countUnsigned(tx, window))
  if (open > 0) return { kind: 'open', window, submissions: open }
  const [said] = await tx
    .select()
    .from(controls)
    .where(eq(controls.name, despiteControl(window)))
  const may = maySettle(await voidsOf(tx, window), mostVoided)
  if (may.kind === 'no' && said === undefined) return { kind: 'held', window, alarms: may.alarms }
  const despite = may.kind === 'no' ? said!.value : null
  const standings = await close(tx, window, ground)
  await tx.insert(settlements).values({ window, block: ground.block, despite, standings })
  const rows = standings === undefined ? [] : scoresOf(standings)
  if (rows.length > 0) await tx.insert(scores).values(rows)
  if (standings !== undefined) await write(tx, ground, standings, despite)
  await tell(tx, { kind: 'settled', body: { window, scores: rows.length } })
  return { kind: 'settled', window, scores: rows.length }
}

const LOCK = 0x61726573

/** @returns undefined if nobody had tasks of this window that all share */
async function close(tx: Transaction, window: number, ground: Ground): Promise<Standings | undefined> {
  const [shared] = await tx
    .select({ id: draws.id })
    .from(draws)
    .where(and(eq(draws.window, window), eq(draws.purpose, 'shared')))
  const draw = shared && (await readDraw(tx, shared.id))
  if (draw === undefined) return undefined
  const before = await tx
    .select({ standings: settlements.standings })
    .from(settlements)
    .where(lt(settlements.window, window))
    .orderBy(sql`${settlements.window} desc`)
  const reigning = await tx.select().from(reigns).orderBy(asc(reigns.number))
  return closeWindow({
    ...{ window, block: ground.block, draw, results: await readResults(tx, draw.draw) },
    entries: await readEntries(tx),
    rows: before.find(({ standings }) => standings !== null)?.standings?.rows ?? [],
    reigns: reigning.map(({ number: _, ...reign }) => reign),
    uids: ground.uids,
  })
}

/** The first champion, and the fact to be signed. */
async function write(
  tx: Transaction,
  { jobs, uids }: Ground,
  standings: Standings,
  despite: string | null,
): Promise<void> {
  const { window, block, pay } = standings
  const champion = standings.reigns.at(-1)
  if (champion !== undefined && champion.draw === null && (await tx.$count(reigns)) === 0)
    await tx.insert(reigns).values(champion)
  const paid = pay.lines.filter(({ to }) => to.kind === 'uid').map(({ hotkey }) => hotkey)
  await note(
    tx,
    jobs,
    {
      ...{ kind: 'settlement', format: 'arete/receipt/v1', window, block, despite },
      champion: champion?.submission ?? null,
      uids: Object.fromEntries(paid.map(hotkey => [hotkey, uids[hotkey]!])),
      standings: digestValue(standings),
      weights: pay.weights.map(([uid, weight]) => [uid, weight]),
    },
    null,
  )
}

async function countScores(tx: Transaction, window: number): Promise<number> {
  return await tx.$count(scores, eq(scores.window, window))
}

/** Submissions that have something open at tasks of this window, or are not decided and have tasks of it. */
async function countOpen(tx: Transaction, window: number): Promise<number> {
  const [row] = await tx
    .select({ count: sql<number>`count(distinct ${submissions.id})::int` })
    .from(submissions)
    .innerJoin(attempts, eq(attempts.submission, submissions.id))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .where(
      and(
        eq(draws.window, window),
        or(
          inArray(submissions.state, ['queued', 'working']),
          inArray(attempts.state, ['planned', 'working', 'patched', 'verifying']),
        ),
      ),
    )
  return row!.count
}

/** What this settlement would count, and nobody has signed yet. */
async function countUnsigned(tx: Transaction, window: number): Promise<number> {
  return await tx.$count(
    receipts,
    and(
      isNull(receipts.sequence),
      or(isNull(receipts.window), eq(receipts.window, window), eq(receipts.kind, 'duel')),
    ),
  )
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

/** Of those who were judged in this very window. */
function scoresOf({ window, rows }: Standings): (typeof scores.$inferInsert)[] {
  return rows
    .filter(row => row.window === window)
    .flatMap(({ submission, cells }) =>
      Object.entries(cells).map(([environment, { score, judged, voided }]) => ({
        ...{ submission, window, environment, judged, voided, score },
        solved: Math.round(score * judged),
      })),
    )
}
