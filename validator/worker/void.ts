import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import { ATTEMPT } from '../queue/attempt.ts'
import { type Alarm, findAlarms, type VoidCount } from '../queue/faults.ts'
import { statesBefore } from '../queue/machine.ts'
import { queueKindOf } from '../queue/needs.ts'
import { note } from '../receipts/facts.ts'
import type { Jobs } from '../stages/jobs.ts'
import type { Drizzle, Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { attempts, draws, events, faults, submissions, tasks } from '../store/schema.ts'
import { commonBody } from './body.ts'
import { sendFollowers } from './follow.ts'
import { storable } from './left.ts'

export interface Cause {
  readonly reason: string
  readonly detail: string
}

/** What attempts are made void in. */
export interface VoidStep {
  readonly tx: Transaction
  readonly jobs: Jobs
  readonly mostVoided: number
}

/** Above which share of void attempts in an environment somebody has to look before anything is settled. */
export const MOST_VOIDED = 0.02

/** Makes one attempt void: no worker could finish it, which says nothing of the task. */
export async function voidAttempt(step: VoidStep, id: string, cause: Cause): Promise<Alarm[]> {
  const rows = await openRows(step.tx, eq(attempts.id, id))
  return await voidAll(step, rows, { ...cause, whose: 'attempt' })
}

/** Makes a task void for every submission that has it in a draw: who was judged on it has no advantage, and no harm. */
export async function voidTask(
  step: VoidStep,
  { draw, task }: { readonly draw: string; readonly task: string },
  cause: Cause,
): Promise<Alarm[]> {
  const rows = await openRows(step.tx, and(eq(attempts.draw, draw), eq(attempts.task, task))!)
  return await voidAll(step, rows, { ...cause, whose: 'task' })
}

async function openRows(tx: Transaction, which: NonNullable<ReturnType<typeof and>>) {
  return await tx
    .select()
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .where(and(which, inArray(attempts.state, statesBefore(ATTEMPT, 'voided'))))
    // In one order for everybody, so that two who do this do not wait for each other.
    .orderBy(attempts.id)
    .for('update', { of: attempts })
}

type Row = Awaited<ReturnType<typeof openRows>>[number]

async function voidAll(
  { tx, jobs, mostVoided }: VoidStep,
  rows: readonly Row[],
  { whose, reason, detail }: Cause & { whose: 'task' | 'attempt' },
): Promise<Alarm[]> {
  for (const row of rows) {
    const { id } = row.attempts
    await tx
      .update(attempts)
      .set({ state: 'voided', lease: null, verdict: null, reason: `void-${whose}`, ended: sql`now()` })
      .where(eq(attempts.id, id))
    const kind = queueKindOf(row.attempts.state, row.tasks.splits)
    if (kind !== undefined) await jobs.withdraw(tx, { attempt: id, kind, needs: row.tasks.needs })
    const found = await tx.select().from(faults).where(eq(faults.attempt, id)).orderBy(faults.id)
    const body = storable({ kind: 'void' as const, ...commonBody(row, found), reason, detail })
    await note(tx, jobs, body, row.draws.window)
  }
  if (rows.length === 0) return []
  for (const row of rows)
    await sendFollowers(tx, jobs, { submission: row.submissions.id, draw: row.draws.id })
  const alarms = await raiseAlarms(tx, rows[0]!.draws.id, mostVoided)
  for (const row of rows)
    await tell(tx, {
      kind: 'voided',
      submission: row.submissions.id,
      body: storable({ attempt: row.attempts.id, task: row.tasks.name, whose, reason, detail }),
    })
  return alarms
}

/** By environment, what the attempts of a draw have come to. */
export async function countVoids(db: Drizzle | Transaction, draw: string): Promise<VoidCount[]> {
  return await db
    .select({
      environment: tasks.environment,
      judged: sql<number>`count(*) filter (where ${attempts.state} = 'judged')::int`,
      voided: sql<number>`count(*) filter (where ${attempts.state} = 'voided')::int`,
    })
    .from(attempts)
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .where(and(eq(attempts.draw, draw), ne(attempts.stage, 'smoke')))
    .groupBy(tasks.environment)
    .orderBy(tasks.environment)
}

/** Each alarm is told once for a draw. @returns those that are new */
async function raiseAlarms(tx: Transaction, draw: string, most: number): Promise<Alarm[]> {
  const alarms = findAlarms(await countVoids(tx, draw), most)
  const fresh: Alarm[] = []
  for (const alarm of alarms) {
    const [told] = await tx
      .select({ id: events.id })
      .from(events)
      .where(
        and(
          eq(events.kind, 'alarm'),
          sql`${events.body} @> ${JSON.stringify({ draw, environment: alarm.environment })}::jsonb`,
        ),
      )
      .limit(1)
    if (told !== undefined) continue
    fresh.push(alarm)
    await tell(tx, {
      kind: 'alarm',
      body: {
        draw,
        ...alarm,
        message: `${Math.round(alarm.share * 1000) / 10} % of the attempts in "${alarm.environment}" are void: nothing is settled before somebody has looked`,
      },
    })
  }
  return fresh
}
