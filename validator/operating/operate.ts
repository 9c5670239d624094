import os from 'node:os'
import { and, desc, eq, ne, sql } from 'drizzle-orm'
import { digestFields } from '../../task-bank/draw/fields.ts'
import { cancel } from '../advance.ts'
import { ARRIVED } from '../queue/submission.ts'
import { despiteControl } from '../settle.ts'
import type { Jobs } from '../stages/jobs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database, Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { audit, bans, controls, credits, settlements, submissions, workers } from '../store/schema.ts'
import { type Pruned, prune } from './prune.ts'

/** An operator's act cannot be done; the message says why. */
export class OperatorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'OperatorError'
  }
}

/** Who did it: user and machine. */
export function operator(): string {
  return `${os.userInfo().username}@${os.hostname()}`
}

type Db = Pick<Database, 'db'>

/** Takes no more submissions until `resume`; what is there is worked on. */
export async function pause({ db }: Db, reason: string | undefined): Promise<void> {
  await db.transaction(async tx => {
    const value = reason === undefined ? 'paused' : `paused: ${reason}`
    await tx
      .insert(controls)
      .values({ name: 'intake', value })
      .onConflictDoUpdate({ target: controls.name, set: { value } })
    await note(tx, 'pause', 'intake', { reason: reason ?? null })
  })
}

export async function resume({ db }: Db): Promise<void> {
  await db.transaction(async tx => {
    await tx.delete(controls).where(eq(controls.name, 'intake'))
    await note(tx, 'resume', 'intake', {})
  })
}

/** A hotkey, or a coldkey with all its hotkeys; what they handed in before stays. */
export async function ban({ db }: Db, key: string, reason: string, until: Date | undefined): Promise<void> {
  await db.transaction(async tx => {
    const row = { reason, until: until ?? null, by: operator() }
    await tx
      .insert(bans)
      .values({ key, ...row })
      .onConflictDoUpdate({ target: bans.key, set: { ...row, at: sql`now()` } })
    await note(tx, 'ban', key, { reason, until: until?.toISOString() ?? null })
  })
}

export async function unban({ db }: Db, key: string): Promise<void> {
  await db.transaction(async tx => {
    const { rowCount } = await tx.delete(bans).where(eq(bans.key, key))
    if (rowCount === 0) throw new OperatorError(`${key} is not banned`)
    await note(tx, 'unban', key, {})
  })
}

/** Gives a hotkey submissions that it need not pay for. */
export async function grant({ db }: Db, hotkey: string, count: number): Promise<number> {
  return await db.transaction(async tx => {
    const [row] = await tx
      .insert(credits)
      .values({ hotkey, left: count })
      .onConflictDoUpdate({ target: credits.hotkey, set: { left: sql`${credits.left} + ${count}` } })
      .returning()
    await note(tx, 'grant', hotkey, { count })
    return row!.left
  })
}

export async function cancelSubmission({ db }: Db, jobs: Jobs, id: string, reason: string): Promise<void> {
  await db.transaction(async tx => {
    if (!(await cancel(tx, jobs, id, { code: 'cancelled', message: reason })))
      throw new OperatorError(`Submission ${id} is not there, or decided already`)
    await note(tx, 'cancel', id, { reason })
  })
}

/**
 * Has a submission that came to an end judged anew, as a submission of its own with the same bytes and the same place in the line: the
 * verdicts that it has stay what they are.
 *
 * @returns the id of the new one
 */
export async function requeue({ db }: Db, jobs: Jobs, id: string): Promise<string> {
  return await db.transaction(async tx => {
    const [row] = await tx.select().from(submissions).where(eq(submissions.id, id)).for('update')
    if (row === undefined) throw new OperatorError(`There is no submission ${id}`)
    if (row.state === 'queued' || row.state === 'working')
      throw new OperatorError(`Submission ${id} is ${row.state}: it cannot be queued twice`)
    const again = digestFields('again', id, row.changed.toISOString()).toString('hex').slice(0, 24)
    const { role, hotkey, coldkey, cluster, digest, manifest, envelope, block, index, window, opens } = row
    const { rowCount } = await tx
      .insert(submissions)
      .values({
        ...{ id: again, role, hotkey, coldkey, cluster, digest, manifest, envelope, block, index },
        ...{ window, opens },
        ...ARRIVED,
        sent: true,
      })
      .onConflictDoNothing()
    if (rowCount === 0) throw new OperatorError(`Submission ${id} was queued again before, as ${again}`)
    await note(tx, 'requeue', id, { as: again })
    await jobs.sendAdvance(tx, again)
    await tell(tx, { kind: 'stage', submission: again, body: { ...ARRIVED, again: id } })
    return again
  })
}

/** A worker takes nothing new; it ends when what it has is done. */
export async function drain({ db }: Db, id: string): Promise<void> {
  await db.transaction(async tx => {
    const { rowCount } = await tx
      .update(workers)
      .set({ state: 'draining' })
      .where(and(eq(workers.id, id), ne(workers.state, 'gone')))
    if (rowCount === 0) throw new OperatorError(`There is no worker ${id} at work`)
    await note(tx, 'drain', id, {})
  })
}

/** Lets a window be settled that is held since too much of it is void, after somebody looked. */
export async function settleDespite({ db }: Db, window: number, reason: string): Promise<void> {
  await db.transaction(async tx => {
    if ((await tx.$count(settlements, eq(settlements.window, window))) > 0)
      throw new OperatorError(`Window ${window} is settled already`)
    await tx
      .insert(controls)
      .values({ name: despiteControl(window), value: reason })
      .onConflictDoUpdate({ target: controls.name, set: { value: reason } })
    await note(tx, 'settle', String(window), { reason })
  })
}

/** Removes at once what is removed once a day. */
export async function pruneNow(records: {
  readonly database: Database
  readonly blobs: Blobs
}): Promise<Pruned> {
  const pruned = await prune(records)
  const { blobs, workers: gone, nonces } = pruned
  await records.database.db.transaction(tx =>
    note(tx, 'prune', 'records', { blobs: blobs.length, workers: gone.length, nonces }),
  )
  return pruned
}

export async function readAudit({ db }: Db, limit: number): Promise<readonly (typeof audit.$inferSelect)[]> {
  return await db.select().from(audit).orderBy(desc(audit.id)).limit(limit)
}

/** Writes an act of the operator into the audit log. */
export async function note(tx: Transaction, act: string, subject: string, detail: object): Promise<void> {
  await tx.insert(audit).values({ by: operator(), act, subject, detail })
}
