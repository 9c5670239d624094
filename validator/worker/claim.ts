import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { nextAttempt } from '../queue/attempt.ts'
import type { HeldJob, Jobs } from '../stages/jobs.ts'
import type { Database } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { attempts, draws, faults, submissions, tasks } from '../store/schema.ts'
import { Left } from './left.ts'

/** An attempt that this worker, and nobody else, may write a result of. */
export interface Claim {
  readonly job: HeldJob
  /** Changes with each lease. */
  readonly fence: string
  readonly attempt: typeof attempts.$inferSelect
  readonly submission: typeof submissions.$inferSelect
  readonly task: typeof tasks.$inferSelect
  readonly draw: typeof draws.$inferSelect
  /** What the agent phase left, if another worker did it. */
  readonly left: Left | undefined
}

/**
 * Makes an attempt ours. A lease that somebody had before is lost by that, and written down as such.
 *
 * @returns undefined if there is nothing to be done any more; the job is done with then
 */
export async function claim(
  { db }: Pick<Database, 'db'>,
  jobs: Jobs,
  job: HeldJob,
  worker: string,
): Promise<Claim | undefined> {
  return await db.transaction(async tx => {
    const [row] = await tx
      .select()
      .from(attempts)
      .innerJoin(submissions, eq(submissions.id, attempts.submission))
      .innerJoin(tasks, eq(tasks.digest, attempts.task))
      .innerJoin(draws, eq(draws.id, attempts.draw))
      .where(eq(attempts.id, job.attempt))
      .for('update', { of: attempts })
    const state = row && nextAttempt(row.attempts.state, 'claimed')
    const wanted = job.kind === 'verify' ? 'verifying' : 'working'
    if (row === undefined || state !== wanted) {
      await jobs.finish(tx, job)
      return undefined
    }
    if (row.attempts.lease !== null)
      await tx.insert(faults).values({
        attempt: job.attempt,
        worker: row.attempts.worker ?? '',
        kind: 'harness',
        code: 'lease-lost',
        evidence: {
          message: `The worker gave no sign of life; ${worker} took the attempt over`,
          losses: job.losses,
          since: row.attempts.started,
        },
      })
    const fence = randomUUID()
    const [attempt] = await tx
      .update(attempts)
      .set({ state, lease: fence, worker, started: sql`now()` })
      .where(eq(attempts.id, job.attempt))
      .returning()
    await tell(tx, {
      kind: 'attempt',
      submission: row.submissions.id,
      body: { attempt: job.attempt, state, task: row.tasks.name, worker },
    })
    return {
      job,
      fence,
      attempt: attempt!,
      submission: row.submissions,
      task: row.tasks,
      draw: row.draws,
      left: row.attempts.left === null ? undefined : Left.parse(row.attempts.left),
    }
  })
}
