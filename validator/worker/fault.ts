import { and, eq, ne, sql } from 'drizzle-orm'
import type { EngineAbout } from '../../sandbox/engine.ts'
import { isOpen } from '../queue/attempt.ts'
import { type Alarm, type Failure, remedyOf } from '../queue/faults.ts'
import { MOST_LOSSES } from '../queue/lease.ts'
import type { DeadJob } from '../stages/jobs.ts'
import type { Transaction } from '../store/database.ts'
import { attempts, faults, submissions } from '../store/schema.ts'
import type { Claim } from './claim.ts'
import { storable } from './left.ts'
import { type Desk, endJob } from './result.ts'
import { voidAttempt, voidTask } from './void.ts'

/** A failure of our side, as this side saw it. */
export interface Fault {
  readonly kind: 'task' | 'harness'
  readonly code: string
  readonly message: string
  /** Facts about the engine and the container, for who has to find the cause. */
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Under an attempt the engine stopped answering: that may be the agent's doing, so it counts, but for nobody's verdict. */
export function hangOf({ version, runtime, cpus }: EngineAbout, seconds: number): Fault {
  return {
    kind: 'harness',
    code: 'engine-hangs',
    message: `The container engine gave no answer for ${seconds} s`,
    evidence: {
      engine: { version, runtime: runtime ?? 'runc', cpus, answers: false },
      node: process.version,
    },
  }
}

/** Under an attempt the engine went away, as it may again and again if the agent does it. */
export function goneOf(fault: Fault): Fault {
  return { ...fault, kind: 'harness', code: 'engine-gone' }
}

/**
 * Writes a failure of ours down. A harness fault is tried again, elsewhere if there is somebody; after that, and at once if it is the
 * task's, the attempt is void.
 *
 * @returns false if the lease was lost meanwhile; alarms that this gave cause to
 */
export async function saveFault(
  desk: Desk,
  claim: Claim,
  fault: Fault,
): Promise<{ readonly kept: boolean; readonly alarms: readonly Alarm[] }> {
  const alarms: Alarm[] = []
  const { id } = claim.attempt
  // The lease is given up in any case; what becomes of the attempt follows from all its faults.
  const change = { faults: sql`${attempts.faults} + 1` as unknown as number }
  const kept = await endJob(desk, claim, 'returned', change, async tx => {
    await tx.insert(faults).values({
      ...{ attempt: id, worker: desk.worker, kind: fault.kind, code: fault.code },
      evidence: storable({ message: fault.message, ...fault.evidence }),
    })
    const remedy = await remedyFor(tx, claim.attempt)
    switch (remedy.kind) {
      case 'retry':
        await desk.jobs.sendAttempt(tx, { ...claim.job, avoid: remedy.avoid })
        break
      case 'void': {
        const cause = { reason: fault.code, detail: fault.message }
        const { draw, task } = claim.attempt
        alarms.push(
          ...(remedy.whose === 'task'
            ? await voidTask({ ...desk, tx }, { draw, task }, cause)
            : await voidAttempt({ ...desk, tx }, id, cause)),
        )
      }
    }
  })
  return { kept, alarms }
}

/** An attempt whose workers were lost too often is void. */
export async function buryDead(
  { database: { db }, jobs, mostVoided }: Pick<Desk, 'database' | 'jobs' | 'mostVoided'>,
  dead: DeadJob,
): Promise<readonly Alarm[]> {
  return await db.transaction(async tx => {
    const [attempt] = await tx.select().from(attempts).where(eq(attempts.id, dead.attempt)).for('update')
    if (attempt === undefined || !isOpen(attempt.state)) return []
    const message = `${Math.max(dead.losses, MOST_LOSSES)} workers gave no sign of life while they worked on it`
    await tx.insert(faults).values({
      ...{ attempt: attempt.id, worker: attempt.worker ?? '', kind: 'harness', code: 'lease-lost' },
      evidence: storable({ message, losses: dead.losses, queue: dead.said }),
    })
    const remedy = await remedyFor(tx, attempt)
    const cause = { reason: 'lease-lost', detail: message }
    return remedy.kind === 'void' && remedy.whose === 'task'
      ? await voidTask({ tx, jobs, mostVoided }, attempt, cause)
      : await voidAttempt({ tx, jobs, mostVoided }, attempt.id, cause)
  })
}

async function remedyFor(tx: Transaction, attempt: typeof attempts.$inferSelect) {
  const failures: Failure[] = (
    await tx.select().from(faults).where(eq(faults.attempt, attempt.id)).orderBy(faults.id)
  ).map(({ kind, worker }) => ({ fault: kind, worker }))
  const count = (state: 'judged' | 'voided') =>
    sql<number>`count(distinct ${submissions.cluster}) filter (where ${attempts.state} = ${state})::int`
  const [own] = await tx
    .select({ cluster: submissions.cluster })
    .from(submissions)
    .where(eq(submissions.id, attempt.submission))
  const [others] = await tx
    .select({ judged: count('judged'), voided: count('voided') })
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .where(
      and(
        eq(attempts.draw, attempt.draw),
        eq(attempts.task, attempt.task),
        ne(submissions.cluster, own!.cluster),
      ),
    )
  return remedyOf(failures, others!)
}
