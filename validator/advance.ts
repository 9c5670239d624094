import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { isOpen } from './queue/attempt.ts'
import { MOST_OWN_VOIDS } from './queue/faults.ts'
import { decide, type StageRules, stagesOf } from './queue/stages.ts'
import { nextSubmission, STAGES, type SubmissionEvent, stageAfter } from './queue/submission.ts'
import { turnOf } from './queue/turn.ts'
import { note } from './receipts/facts.ts'
import { listStanding, planStanding } from './stages/champion.ts'
import { layDraw } from './stages/draw-facts.ts'
import { planDuel, settleDuel } from './stages/hold-duel.ts'
import type { Jobs } from './stages/jobs.ts'
import { type ConfirmContext, meetChampion } from './stages/meet-champion.ts'
import { plan, type Step, type Submission, skipWaiting } from './stages/stage-plan.ts'
import type { Transaction } from './store/database.ts'
import { tell } from './store/events.ts'
import { attempts, draws, submissions, tasks } from './store/schema.ts'
import { findOrigin } from './suspects/origin.ts'

export interface AdvanceContext extends ConfirmContext {
  readonly rules: StageRules
}

interface Reason {
  readonly code: string
  readonly message: string
}

/** Endings of an agent phase that say that the agent does not run at all. */
const UNUSABLE = new Set(['agent-unusable', 'agent-crashed', 'agent-flooded', 'agent-out-of-memory'])
/** What cannot be done yet is tried again after so long. */
const WAIT_SECONDS = 5
/**
 * Brings a submission on as far as its results allow: starts it when it is its turn, plans the attempts of a stage, ends the stage
 * once it is decided. The only place where a submission changes its stage. Doing it once too often changes nothing.
 */
export async function advance(
  tx: Transaction,
  jobs: Jobs,
  id: string,
  context: AdvanceContext,
): Promise<void> {
  const [found] = await tx.select().from(submissions).where(eq(submissions.id, id))
  if (found === undefined) return
  // Whose turn it is among those who share a place is asked by one at a time.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${found.cluster}, 2))`)
  const [submission] = await tx.select().from(submissions).where(eq(submissions.id, id)).for('update')
  const step: Step = { tx, jobs, events: [], stages: stagesOf(context.rules) }
  switch (submission!.state) {
    case 'queued':
      await start(step, submission!, context)
      break
    case 'working':
      await settleStage(step, submission!, context)
      break
    case 'passed':
    case 'failed':
    case 'refused':
    case 'voided':
    case 'cancelled':
      break
  }
  for (const event of step.events) await tell(tx, event)
}

/** Takes a submission out, whatever becomes of it: what waits for a worker is withdrawn, late results count nothing. */
export async function cancel(tx: Transaction, jobs: Jobs, id: string, reason: Reason): Promise<boolean> {
  const [submission] = await tx.select().from(submissions).where(eq(submissions.id, id)).for('update')
  if (submission === undefined || nextSubmission(submission, 'cancelled') === undefined) return false
  const step: Step = { tx, jobs, events: [], stages: STAGES }
  await finish(step, submission, 'cancelled', [reason])
  for (const event of step.events) await tell(tx, event)
  return true
}

async function start(step: Step, submission: Submission, context: AdvanceContext): Promise<void> {
  const cluster = await step.tx
    .select()
    .from(submissions)
    .where(
      and(eq(submissions.cluster, submission.cluster), inArray(submissions.state, ['queued', 'working'])),
    )
  const turn = turnOf(cluster)
  if (turn !== submission.id) {
    // Whoever leaves its place sends the next one; but the next one may not have been sent yet at all.
    if (turn !== undefined) await step.jobs.sendAdvance(step.tx, turn)
    return
  }
  const drawn = await context.draws.shared(step.tx)
  if (drawn.kind === 'wait') return await wait(step, submission, drawn.reason)
  await enterWindow(step, submission, drawn.id, context)
  const standing = nextSubmission(submission, 'started')!
  await step.tx
    .update(submissions)
    .set({ ...standing, window: drawn.window, reasons: [], changed: sql`now()` })
    .where(eq(submissions.id, submission.id))
  step.events.push({ kind: 'stage', submission: submission.id, body: { ...standing, window: drawn.window } })
  await plan(step, submission, { stage: 'smoke', draw: drawn.id, chosen: [drawn.smoke] })
}

/** Lays down who takes part on which tasks; the first in a window sends champion and references along. */
async function enterWindow(
  step: Step,
  submission: Submission,
  draw: string,
  context: AdvanceContext,
): Promise<void> {
  const { id, hotkey, digest, block, index } = submission
  const looks = await findOrigin(step.tx, submission)
  const origin = looks.kind === 'copy' ? { submission: looks.submission, reason: looks.reason } : null
  const agent = String((submission.manifest as { name?: unknown }).name ?? '')
  const entry = { submission: id, agent, hotkey, role: submission.role, digest, block, index, origin }
  await note(step.tx, step.jobs, { kind: 'entry', format: 'arete/receipt/v1', ...entry }, null)
  // Rules without a full stage judge nobody in full, and there is nothing to settle.
  if (context.rules.full.tasks === 0) return
  const laid = await layDraw(step, draw, context.duels, {
    ...{ challenger: null, against: [], block: await context.block(), count: context.rules.full.tasks },
  })
  if (!laid.isNew) return
  for (const standing of await listStanding(step.tx)) await planStanding(step, standing, laid.draw)
}

/** There is no draw yet: tried again before long, and said why. */
async function wait(step: Step, submission: Submission, reason: string | Reason): Promise<void> {
  const reasons =
    typeof reason === 'string' ? [{ code: 'no-draw', message: `Waits for tasks: ${reason}` }] : [reason]
  await step.tx.update(submissions).set({ reasons }).where(eq(submissions.id, submission.id))
  await step.jobs.sendAdvance(step.tx, submission.id, WAIT_SECONDS)
}

async function settleStage(step: Step, submission: Submission, context: AdvanceContext): Promise<void> {
  const all = await step.tx
    .select()
    .from(attempts)
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .where(eq(attempts.submission, submission.id))
    .orderBy(asc(attempts.place))
  const own = all.filter(({ attempts: one }) => one.reason === 'void-attempt')
  const { stage } = submission
  if (own.length >= MOST_OWN_VOIDS)
    return await finish(step, submission, 'voided', [
      {
        code: 'faults',
        message: `${own.length} of its attempts ended in faults of ours that others did not have: it is not judged`,
      },
    ])
  if (stage === 'smoke') return await settleSmoke(step, submission, all[0]!.attempts, context)
  if (stage === 'confirmation') return await settleConfirmation(step, submission, context)
  const current = all.find(({ attempts: one }) => one.stage === stage)
  // What a cheaper stage found out on the same draw is not done again.
  const counted = all.filter(
    ({ attempts: one }) =>
      one.stage !== 'smoke' && one.state !== 'skipped' && one.draw === current?.attempts.draw,
  )
  const decision = decide(
    context.rules[stage],
    counted.map(({ attempts: { state, verdict }, tasks: { environment } }) => ({
      environment,
      result:
        state === 'voided' ? 'void' : isOpen(state) ? 'open' : verdict === 'solved' ? 'solved' : 'unsolved',
    })),
  )
  switch (decision.kind) {
    case 'open':
      return
    case 'void':
      return await finish(step, submission, 'voided', [
        { code: 'all-void', message: `Every task of the stage "${stage}" became void` },
      ])
    case 'failed':
      return await finish(step, submission, 'failed', [
        {
          code: `${stage}-failed`,
          message: `${percent(context.rules[stage].share)} must be solved in the stage "${stage}", and at most ${percent(decision.bounds.highest)} can be`,
        },
      ])
    case 'passed':
      return await promote(step, submission, context)
  }
}

/** It only matters that the agent runs; whether it solves the task does not. */
async function settleSmoke(
  step: Step,
  submission: Submission,
  attempt: typeof attempts.$inferSelect,
  context: AdvanceContext,
): Promise<void> {
  if (isOpen(attempt.state)) return
  if (attempt.state === 'voided')
    return await finish(step, submission, 'voided', [
      { code: 'faults', message: 'No worker could finish its first attempt: it is not judged' },
    ])
  if (UNUSABLE.has(attempt.reason ?? ''))
    return await finish(step, submission, 'refused', [
      { code: attempt.reason!, message: attempt.detail ?? 'The agent does not run' },
    ])
  await promote(step, submission, context)
}

/** To the next stage that has something to be done, or to its end. */
async function promote(step: Step, submission: Submission, context: AdvanceContext): Promise<void> {
  const stage = stageAfter(submission.stage, step.stages)
  if (stage === undefined) return await finish(step, submission, 'passed', [])
  const drawn = await drawOf(step.tx, submission)
  if (stage === 'confirmation') return await confirm(step, submission, drawn, context)
  await skipWaiting(step, submission.id, false)
  const next = { ...submission, ...nextSubmission(submission, 'promoted', step.stages)! }
  await step.tx
    .update(submissions)
    .set({ stage, reasons: [], changed: sql`now()` })
    .where(eq(submissions.id, submission.id))
  step.events.push({ kind: 'stage', submission: submission.id, body: { state: next.state, stage } })
  const done = await step.tx
    .select({ task: attempts.task })
    .from(attempts)
    .where(
      and(
        eq(attempts.submission, submission.id),
        eq(attempts.draw, drawn.id),
        inArray(attempts.stage, ['screen', 'full']),
        sql`${attempts.state} <> 'skipped'`,
      ),
    )
  const known = new Set(done.map(({ task }) => task))
  const chosen = drawn.tasks.slice(0, context.rules[stage].tasks)
  const planned = await plan(step, next, { stage, draw: drawn.id, chosen, known })
  // A cheaper stage may have done all of it.
  if (planned === 0) await step.jobs.sendAdvance(step.tx, submission.id)
}

/** All stages but the last are on the draw that the submission began with. */
async function drawOf(tx: Transaction, submission: Submission) {
  const [row] = await tx
    .select({ id: draws.id, tasks: draws.tasks })
    .from(draws)
    .innerJoin(attempts, eq(attempts.draw, draws.id))
    .where(and(eq(attempts.submission, submission.id), eq(attempts.stage, 'smoke')))
  return row!
}

/** Into a duel with the champion, if it seems better. */
async function confirm(
  step: Step,
  submission: Submission,
  shared: { readonly id: string },
  context: AdvanceContext,
): Promise<void> {
  const meeting = await meetChampion(step, submission, shared, context)
  switch (meeting.kind) {
    case 'pass':
      return await finish(step, submission, 'passed', meeting.reason === undefined ? [] : [meeting.reason])
    case 'wait':
      return await wait(step, submission, meeting.reason)
    case 'duel': {
      const standing = nextSubmission(submission, 'promoted', step.stages)!
      await step.tx
        .update(submissions)
        .set({ ...standing, reasons: [], changed: sql`now()` })
        .where(eq(submissions.id, submission.id))
      step.events.push({ kind: 'stage', submission: submission.id, body: { ...standing } })
      await planDuel(step, meeting.draw, 0)
      // Every task of it may be void already.
      await step.jobs.sendAdvance(step.tx, submission.id)
    }
  }
}

async function settleConfirmation(
  step: Step,
  submission: Submission,
  context: AdvanceContext,
): Promise<void> {
  const { kind, reason } = await settleDuel(step, submission, context)
  if (kind !== 'open') await finish(step, submission, 'passed', reason === undefined ? [] : [reason])
}

async function finish(
  step: Step,
  submission: Submission,
  event: SubmissionEvent,
  reasons: readonly Reason[],
): Promise<void> {
  const standing = nextSubmission(submission, event, step.stages)
  if (standing === undefined)
    throw new Error(
      `Submission ${submission.id} is ${submission.state} in "${submission.stage}": it cannot be ${event}`,
    )
  await skipWaiting(step, submission.id, event === 'cancelled' || event === 'voided')
  await step.tx
    .update(submissions)
    .set({ ...standing, reasons, changed: sql`now()` })
    .where(eq(submissions.id, submission.id))
  const waiting = await step.tx
    .select()
    .from(submissions)
    .where(
      and(eq(submissions.cluster, submission.cluster), inArray(submissions.state, ['queued', 'working'])),
    )
  const turn = turnOf(waiting)
  if (turn !== undefined) await step.jobs.sendAdvance(step.tx, turn)
  step.events.push({ kind: 'stage', submission: submission.id, body: { ...standing, reasons } })
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
