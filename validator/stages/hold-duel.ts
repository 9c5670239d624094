import { and, eq, inArray } from 'drizzle-orm'
import { note, readDraw } from '../receipts/facts.ts'
import { type DuelStanding, judgeDuel, planRounds } from '../scoring/season/bouts.ts'
import type { Draw, Duel } from '../scoring/season/facts.ts'
import { attempts, reigns, submissions } from '../store/schema.ts'
import { readResults } from './champion.ts'
import { explain, type Reason } from './duel-reason.ts'
import type { ConfirmContext } from './meet-champion.ts'
import { plan, type Step, type Submission, skipWaiting } from './stage-plan.ts'

/** Rounds that are worked on ahead of those that are decided, so that an early end wastes little. */
const AHEAD = 16

/** Plans the rounds that come next, for both sides. */
export async function planDuel(step: Step, draw: Draw, done: number): Promise<void> {
  const next = new Set(
    planRounds(draw)
      .slice(0, done + AHEAD)
      .flat(),
  )
  const sides = [draw.challenger!, ...draw.against.map(({ submission }) => submission)]
  const rows = await step.tx.select().from(submissions).where(inArray(submissions.id, sides))
  const made = await step.tx
    .select({ submission: attempts.submission, task: attempts.task })
    .from(attempts)
    .where(and(eq(attempts.draw, draw.draw), eq(attempts.stage, 'confirmation')))
  const chosen = draw.tasks.map(({ digest }) => digest)
  const turn = rows.find(({ id }) => id === draw.challenger)!
  for (const side of rows) {
    const own = new Set(made.filter(({ submission }) => submission === side.id).map(({ task }) => task))
    const known = new Set(chosen.filter(digest => own.has(digest) || !next.has(digest)))
    await plan(step, side, { stage: 'confirmation', draw: draw.draw, chosen, known, turn })
  }
}

/** Where the duel of a submission stands; what is decided is laid down, and a winner reigns from here on. */
export async function settleDuel(
  step: Step,
  submission: Submission,
  { block }: Pick<ConfirmContext, 'block'>,
): Promise<DuelStanding & { readonly reason?: Reason }> {
  const [attempt] = await step.tx
    .select({ draw: attempts.draw })
    .from(attempts)
    .where(and(eq(attempts.submission, submission.id), eq(attempts.stage, 'confirmation')))
    .limit(1)
  const draw = attempt && (await readDraw(step.tx, attempt.draw))
  if (draw === undefined) throw new Error(`Submission ${submission.id} is in a duel, and has no draw for it`)
  const standing = judgeDuel(draw, await readResults(step.tx, draw.draw))
  if (standing.kind === 'open') {
    await planDuel(step, draw, Math.min(...standing.bouts.map(({ rounds }) => rounds.length)))
    return standing
  }
  for (const { submission: side } of draw.against) await skipWaiting(step, side, false, draw.draw)
  const now = await block()
  const credit = standing.kind === 'won' ? standing.credit : null
  const duel: Duel = {
    ...{ draw: draw.draw, block: now, challenger: submission.id, credit },
    bouts: standing.bouts.map(({ opponent, rounds }) => ({ opponent, rounds: [...rounds] })),
  }
  await note(step.tx, step.jobs, { kind: 'duel', format: 'arete/receipt/v1', ...duel }, draw.window)
  if (credit !== null) {
    await step.tx.insert(reigns).values({ submission: submission.id, block: now, draw: draw.draw, credit })
    step.events.push({ kind: 'crowned', submission: submission.id, body: { draw: draw.draw, credit } })
  }
  return { ...standing, reason: explain(standing) }
}
