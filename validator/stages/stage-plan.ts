import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { digestFields } from '../../task-bank/draw/fields.ts'
import { nextAttempt } from '../queue/attempt.ts'
import { priorityOf } from '../queue/due.ts'
import { queueKindOf } from '../queue/needs.ts'
import type { Stage } from '../queue/submission.ts'
import type { Transaction } from '../store/database.ts'
import type { NewEvent } from '../store/events.ts'
import { attempts, type submissions, tasks } from '../store/schema.ts'
import type { Jobs, NewJob } from './jobs.ts'

export type Submission = typeof submissions.$inferSelect

/** What one step of a submission is done with, and what is to be told of it in the end. */
export interface Step {
  readonly tx: Transaction
  readonly jobs: Jobs
  readonly events: NewEvent[]
  /** Those that there are. */
  readonly stages: readonly Stage[]
}

/** Beyond what its phases may take: an image is built, and made sure of. */
const MARGIN_SECONDS = 1800

export interface StagePlan {
  readonly stage: Stage
  readonly draw: string
  /** Digests of tasks, in the order of the draw. */
  readonly chosen: readonly string[]
  /** Those that need not be done. */
  readonly known?: ReadonlySet<string>
  /** Whose turn it is, if not its own: a champion works on a duel when its challenger does. */
  readonly turn?: Submission
}

/** @returns how many attempts are to be made now */
export async function plan(
  step: Step,
  submission: Submission,
  { stage, draw, chosen, known = new Set(), turn = submission }: StagePlan,
): Promise<number> {
  const rows = await step.tx
    .select()
    .from(tasks)
    .where(inArray(tasks.digest, [...chosen]))
  const voided = await listVoided(step.tx, draw)
  let planned = 0
  for (const [place, digest] of chosen.entries()) {
    if (known.has(digest)) continue
    const task = rows.find(row => row.digest === digest)!
    const id = digestFields('attempt', submission.id, draw, stage, digest).toString('hex').slice(0, 24)
    const isVoid = voided.has(digest)
    const { rowCount } = await step.tx
      .insert(attempts)
      .values({
        ...{ id, submission: submission.id, task: digest, stage, draw, place },
        ...(isVoid ? { state: 'voided', reason: 'void-task' } : { state: 'planned' }),
      })
      .onConflictDoNothing()
    if (rowCount === 0 || isVoid) continue
    planned += 1
    await step.jobs.sendAttempt(step.tx, jobOf({ id, stage }, turn, task))
  }
  return planned
}

/** The first job of an attempt. */
export function jobOf(
  { id, stage }: { readonly id: string; readonly stage: Stage },
  submission: Submission,
  { splits, needs, seconds }: typeof tasks.$inferSelect,
): NewJob {
  return {
    attempt: id,
    kind: queueKindOf('planned', splits)!,
    needs,
    priority: priorityOf(stage, submission),
    seconds: seconds + MARGIN_SECONDS,
    losses: 0,
    avoid: [],
  }
}

/** Tasks of a draw that turned out to be unfit before this submission came to them. */
async function listVoided(tx: Transaction, draw: string): Promise<Set<string>> {
  const rows = await tx
    .selectDistinct({ task: attempts.task })
    .from(attempts)
    .where(and(eq(attempts.draw, draw), eq(attempts.reason, 'void-task')))
  return new Set(rows.map(({ task }) => task))
}

/**
 * Withdraws what no worker has begun; with `all`, late results of those who have begun count nothing either.
 *
 * @param draw - only of this one
 */
export async function skipWaiting(
  step: Step,
  submission: string,
  all: boolean,
  draw?: string,
): Promise<void> {
  const states = (
    ['planned', 'patched', ...(all ? (['working', 'verifying'] as const) : [])] as const
  ).filter(state => nextAttempt(state, 'skipped') !== undefined)
  const rows = await step.tx
    .select()
    .from(attempts)
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .where(
      and(
        eq(attempts.submission, submission),
        inArray(attempts.state, [...states]),
        draw === undefined ? undefined : eq(attempts.draw, draw),
      ),
    )
    .orderBy(asc(attempts.id))
    .for('update', { of: attempts })
  for (const { attempts: attempt, tasks: task } of rows) {
    await step.tx
      .update(attempts)
      .set({ state: 'skipped', lease: null, ended: sql`now()` })
      .where(eq(attempts.id, attempt.id))
    const kind = queueKindOf(attempt.state, task.splits)!
    await step.jobs.withdraw(step.tx, { attempt: attempt.id, kind, needs: task.needs })
  }
  if (rows.length > 0)
    step.events.push({
      kind: 'skipped',
      submission,
      body: { attempts: rows.map(({ attempts: { id } }) => id) },
    })
}
