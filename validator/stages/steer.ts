import { eq, inArray } from 'drizzle-orm'
import { type AdvanceContext, advance } from '../advance.ts'
import type { Signer } from '../intake/signature.ts'
import type { Alarm } from '../queue/faults.ts'
import { findStranded, type Needs, parseQueue, queueKindOf, type WorkKind } from '../queue/needs.ts'
import { notarise } from '../receipts/notary.ts'
import type { Database } from '../store/database.ts'
import { attempts, submissions, tasks } from '../store/schema.ts'
import { buryDead } from '../worker/fault.ts'
import { persist } from '../worker/persist.ts'
import { listOffers } from '../worker/presence.ts'
import { MOST_VOIDED } from '../worker/void.ts'
import type { Jobs } from './jobs.ts'
import { jobOf } from './stage-plan.ts'

export interface SteerContext {
  readonly database: Database
  readonly jobs: Jobs
  readonly advance: AdvanceContext
  /** Share of void attempts in an environment above which there is an alarm. */
  readonly mostVoided?: number
  readonly onAlarm?: (alarm: Alarm) => void
}

/** Does the work of the queue `advance`, and buries jobs whose workers were lost too often. Ends with the jobs it was given. */
export async function steer({
  database,
  jobs,
  advance: context,
  mostVoided = MOST_VOIDED,
  onAlarm = () => {},
}: SteerContext): Promise<void> {
  await jobs.onAdvance(submission =>
    persist(() => database.db.transaction(tx => advance(tx, jobs, submission, context))),
  )
  await jobs.onDead(async dead => {
    for (const alarm of await persist(() => buryDead({ database, jobs, mostVoided }, dead))) onAlarm(alarm)
  })
  await mend(database, jobs)
}

/** Sends what should be in a queue and is not, for instance since an operator emptied it. */
async function mend(database: Database, jobs: Jobs): Promise<void> {
  const open = await database.db
    .select({ id: submissions.id })
    .from(submissions)
    .where(inArray(submissions.state, ['queued', 'working']))
  await database.db.transaction(tx =>
    jobs.sendAdvances(
      tx,
      open.map(({ id }) => id),
    ),
  )
  const waiting = await database.db
    .select()
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .where(inArray(attempts.state, ['planned', 'patched']))
  for (const { attempts: attempt, submissions: submission, tasks: task } of waiting) {
    const kind = queueKindOf(attempt.state, task.splits)!
    if (await jobs.isKnown({ attempt: attempt.id, kind, needs: task.needs })) continue
    await database.db.transaction(tx => jobs.sendAttempt(tx, { ...jobOf(attempt, submission, task), kind }))
  }
}

/** Does the work of the queue `notarise`, and at once what is waiting. */
export async function keepNotary(
  { database, jobs }: { readonly database: Database; readonly jobs: Jobs },
  signer: Signer,
): Promise<void> {
  await jobs.onNotarise(async () => void (await persist(() => notarise(database, signer))))
  await persist(() => notarise(database, signer))
}

/** Jobs that no live worker can do, by what they need. */
export interface Stranded {
  readonly queue: string
  readonly count: number
  readonly kind: WorkKind
  readonly needs: Needs
}

/** What waits although nobody can do it, for the operator to see. */
export async function listStranded({ database, jobs }: { readonly database: Database; readonly jobs: Jobs }) {
  const stranded = findStranded(await jobs.waiting(), await listOffers(database.db))
  return stranded.map(({ queue, count }): Stranded => ({ queue, count, ...parseQueue(queue)! }))
}
