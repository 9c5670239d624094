import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { buildCtrf } from '../../sandbox/report.ts'
import { buildTrajectory } from '../attempt/trajectory.ts'
import type { Evaluation, ModelUse } from '../evaluate.ts'
import { digestValue } from '../intake/signature.ts'
import { type Spent, spentOf, tripsOf } from '../models/spent.ts'
import { ATTEMPT, type AttemptEvent, nextAttempt } from '../queue/attempt.ts'
import { statesBefore } from '../queue/machine.ts'
import { note } from '../receipts/facts.ts'
import type { ReceiptBody } from '../receipts/receipt.ts'
import type { HeldJob, Jobs } from '../stages/jobs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database, Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { attempts, faults } from '../store/schema.ts'
import { commonBody } from './body.ts'
import type { Claim } from './claim.ts'
import { sendFollowers } from './follow.ts'
import { Left, storable } from './left.ts'
import { persist } from './persist.ts'

/** Where a worker's results go. */
export interface Desk {
  readonly database: Database
  readonly blobs: Blobs
  readonly jobs: Jobs
  readonly worker: string
  /** Share of void attempts in an environment above which there is an alarm. */
  readonly mostVoided: number
}

/** A judged attempt, and with what. */
export interface Judged {
  readonly evaluation: Evaluation
  /** Before it was looked at again on a quiet machine. */
  readonly first: Evaluation | undefined
  readonly left: Left
  readonly prepared: PreparedTask
  readonly versions: { readonly arete: string; readonly runtime: string; readonly engine: string }
}

/** Keeps what an agent phase left as blobs. */
export async function saveLeft(
  { blobs, worker }: Desk,
  { attempt, submission }: Claim,
  {
    agent,
    prepared,
    started,
    models,
  }: { agent: AgentOutcome; prepared: PreparedTask; started: Date; models?: ModelUse | undefined },
): Promise<Left> {
  const { name, version } = submission.manifest as { name: string; version: string }
  const trajectory = buildTrajectory({
    session: attempt.id,
    agent: { name, version },
    statement: prepared.task.instruction,
    started,
    events: agent.events,
    ...(models === undefined ? {} : { calls: models.calls }),
  })
  const { patch } = agent
  return Left.parse(
    storable({
      ending: agent.ending,
      patch:
        patch.kind === 'patch'
          ? { kind: 'patch', digest: await blobs.put(patch.patch.diff), dropped: [...patch.patch.dropped] }
          : patch,
      seconds: agent.seconds,
      exitCode: agent.exitCode ?? null,
      worker,
      image: prepared.image.id,
      started: started.toISOString(),
      files: {
        trajectory: await blobs.put(Buffer.from(JSON.stringify(trajectory))),
        agentLog: await blobs.put(agent.log),
        calls: models === undefined ? null : await blobs.put(Buffer.from(JSON.stringify(models.calls))),
      },
      spent: spentOf(models),
      trips: tripsOf(models),
    }),
  )
}

/** The agent phase is over, and somebody else verifies. @returns false if the lease was lost meanwhile */
export async function savePatched(desk: Desk, claim: Claim, left: Left): Promise<boolean> {
  return await endJob(desk, claim, 'patched', { left }, async tx => {
    await desk.jobs.sendAttempt(tx, { ...claim.job, kind: 'verify', losses: 0, avoid: [] })
  })
}

/** The verdict, its receipt and what follows from it, in one piece. @returns false if the lease was lost meanwhile */
export async function saveVerdict(desk: Desk, claim: Claim, judged: Judged): Promise<boolean> {
  const { evaluation, prepared } = judged
  const { verify, verdict } = evaluation
  const report = verify === undefined ? null : await desk.blobs.put(reportOf(judged))
  const testLog = verify === undefined ? null : await desk.blobs.put(verify.log)
  const left = { ...judged.left, files: { ...judged.left.files, report, testLog } }
  const change = storable({ left, verdict: verdict.verdict, reason: verdict.reason, detail: verdict.detail })
  return await endJob(desk, claim, 'judged', change, async tx => {
    const found = await tx
      .select()
      .from(faults)
      .where(eq(faults.attempt, claim.attempt.id))
      .orderBy(faults.id)
    const rows = {
      attempts: claim.attempt,
      submissions: claim.submission,
      tasks: claim.task,
      draws: claim.draw,
    }
    const body: ReceiptBody = {
      kind: 'verdict',
      ...commonBody(rows, found),
      ...verdictOf(judged, report),
      workers: { agent: left.worker, verify: desk.worker },
      limits: limitsOf(prepared),
    }
    await note(tx, desk.jobs, storable(body), claim.draw.window)
    await sendFollowers(tx, desk.jobs, { submission: claim.submission.id, draw: claim.draw.id })
  })
}

/** Gives an attempt back as if it had not been taken. @returns false if the lease was lost meanwhile */
export async function giveBack(desk: Desk, claim: Claim): Promise<boolean> {
  return await endJob(desk, claim, 'returned', {}, async tx => desk.jobs.sendAttempt(tx, claim.job))
}

/** Gives a job back that no attempt was claimed for. */
export async function returnJob({ database, jobs }: Desk, job: HeldJob): Promise<void> {
  await database.db.transaction(async tx => {
    if (await jobs.finish(tx, job)) await jobs.sendAttempt(tx, job)
  })
}

/**
 * Changes an attempt if its lease is still ours, ends the job, and does what follows in the same transaction.
 */
export async function endJob(
  { database, jobs }: Desk,
  claim: Claim,
  event: AttemptEvent,
  change: Partial<typeof attempts.$inferInsert>,
  follow: (tx: Transaction) => Promise<unknown>,
): Promise<boolean> {
  const state = nextAttempt(claim.attempt.state, event)
  if (state === undefined) throw new Error(`An attempt that is ${claim.attempt.state} cannot be ${event}`)
  return await persist(() =>
    database.db.transaction(async tx => {
      const { rowCount } = await tx
        .update(attempts)
        .set({ ...change, state, lease: null, ...(state === 'judged' ? { ended: sql`now()` } : {}) })
        .where(
          and(
            eq(attempts.id, claim.attempt.id),
            eq(attempts.lease, claim.fence),
            inArray(attempts.state, statesBefore(ATTEMPT, event)),
          ),
        )
      if (rowCount === 0) return false
      await jobs.finish(tx, claim.job)
      await follow(tx)
      await tell(tx, {
        kind: 'attempt',
        submission: claim.submission.id,
        body: storable({
          attempt: claim.attempt.id,
          task: claim.task.name,
          environment: claim.task.environment,
          stage: claim.attempt.stage,
          place: claim.attempt.place + 1,
          state,
          ...(change.verdict === undefined ? {} : { verdict: change.verdict, reason: change.reason }),
        }),
      })
      return true
    }),
  )
}

function reportOf({ evaluation, prepared }: Judged): Buffer {
  const { verify, started, seconds } = evaluation
  const start = started.getTime() + Math.round(1000 * seconds.agent)
  const times = { start, stop: start + Math.round(1000 * verify!.seconds) }
  return Buffer.from(JSON.stringify(buildCtrf(verify!.report, times, prepared.task.verifier.runner.kind)))
}

function verdictOf({ evaluation, first, left, prepared, versions }: Judged, report: string | null) {
  const { verdict, seconds } = evaluation
  const { expected, passed, failed } = verdict.tests
  return {
    verdict: verdict.verdict,
    reason: verdict.reason,
    detail: verdict.detail,
    fault: verdict.fault ?? null,
    level: verdict.level,
    evidence: [...verdict.evidence, ...left.trips],
    tests: {
      expected: expected.length,
      passed: passed.length,
      failed: failed.length,
      digest: digestValue(storable({ expected, passed, failed })),
    },
    patch: left.patch.kind === 'patch' ? left.patch.digest : null,
    dropped: left.patch.kind === 'patch' ? left.patch.dropped : [...evaluation.restored],
    report,
    image: prepared.image.id,
    started: left.started,
    seconds: {
      agent: round(seconds.agent),
      verify: round(seconds.verify),
      overhead: round(seconds.overhead),
    },
    ...(left.spent === null ? {} : { spent: receiptOf(left.spent) }),
    versions: { ...versions, node: process.version },
    firstLook:
      first === undefined
        ? null
        : {
            verdict: first.verdict.verdict,
            reason: first.verdict.reason,
            detail: first.verdict.detail,
          },
  }
}

/** Whether answers came from a record is said of runs at home only. */
function receiptOf({ replayed: _, ...spent }: Spent): Omit<Spent, 'replayed'> {
  return spent
}

function limitsOf({ task }: PreparedTask) {
  const { cpus, memoryMegabytes, storageMegabytes, pids } = task.limits
  return {
    ...{ agentSeconds: task.agentSeconds, verifierSeconds: task.verifier.seconds },
    ...{ cpus, memoryMegabytes, storageMegabytes, pids },
    network: { agent: task.network.kind, verify: task.verifier.network.kind },
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 10_000) / 10_000
}
