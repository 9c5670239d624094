import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Drawn, Draws } from '../draws/draws.ts'
import { note, readDraw } from '../receipts/facts.ts'
import { SCREEN } from '../scoring/duel/rules.ts'
import { screen } from '../scoring/duel/screen.ts'
import {
  type DuelStanding,
  judgeDuel,
  planRounds,
  playedRounds,
  toRound,
  weightsOf,
} from '../scoring/season/bouts.ts'
import type { Draw, Duel } from '../scoring/season/facts.ts'
import type { Transaction } from '../store/database.ts'
import { attempts, reigns, submissions } from '../store/schema.ts'
import { arePatchesCompared, findOrigin, type Origin, WAITS_FOR_COMPARISON } from '../suspects/origin.ts'
import { findChampion, planStanding, readResults } from './champion.ts'
import { type DuelTerms, layDraw } from './draw-facts.ts'
import { plan, type Step, type Submission, skipWaiting } from './stage-plan.ts'

export interface ConfirmContext {
  readonly draws: Draws
  readonly duels: DuelTerms
  /** Whether copies are looked for, so that a challenger has to wait until it was compared. */
  readonly compares: boolean
  /** The newest block. */
  readonly block: () => Promise<number>
}

/** What comes after a submission was judged in full. */
export type Meeting =
  /** It stands on the board, and that is all. */
  | { readonly kind: 'pass'; readonly reason: Reason | undefined }
  | { readonly kind: 'wait'; readonly reason: Reason }
  | { readonly kind: 'duel'; readonly draw: Draw }

interface Reason {
  readonly code: string
  readonly message: string
}

/** Rounds that are worked on ahead of those that are decided, so that an early end wastes little. */
const AHEAD = 16
/** Of the advisory lock under which the next duel is chosen. */
const LOCK = 0x61726475
/** Stands in a submission's reasons while it waits for its duel. */
const WAITS = 'waits-for-duel'

/**
 * Compares a submission with the champion on the tasks of its window. If it seems better, it is confirmed on a fresh draw that nobody
 * could know of: one such duel at a time, the earliest first, so that each is against who is champion then.
 */
export async function meetChampion(
  step: Step,
  submission: Submission,
  shared: Pick<Drawn & { kind: 'drawn' }, 'id'>,
  { draws, duels, compares, block }: ConfirmContext,
): Promise<Meeting> {
  const champion = await findChampion(step.tx)
  if (champion === undefined || champion.id === submission.id) return { kind: 'pass', reason: undefined }
  const draw = await readDraw(step.tx, shared.id)
  if (draw === undefined) return { kind: 'pass', reason: undefined }
  await planStanding(step, champion, draw)
  const results = await readResults(step.tx, draw.draw)
  const rounds = planRounds(draw)
  const played = playedRounds(rounds, results.get(submission.id), results.get(champion.id))
  if (played.length < rounds.length)
    return wait('waits-for-champion', 'The champion has not finished the tasks of this window yet')
  const { passes, lead, p } = screen(
    weightsOf(draw),
    played.map(round => toRound(draw, round)),
  )
  if (!passes)
    return {
      kind: 'pass',
      reason: {
        code: 'no-duel',
        message: `It does not seem better than the champion: ${points(lead)} on ${played.length} rounds, p = ${p.toFixed(3)}, and at most ${SCREEN.alpha} is needed for a duel`,
      },
    }
  if (compares && !(await arePatchesCompared(step.tx, submission.id))) {
    const isNew = !JSON.stringify(submission.reasons).includes(WAITS_FOR_COMPARISON)
    if (isNew) step.events.push({ kind: 'compare', submission: submission.id, body: {} })
    return wait(WAITS_FOR_COMPARISON, 'It is compared with all that came before, before it may fight')
  }
  const origin = await findOrigin(step.tx, submission)
  if (!(await isItsTurn(step.tx, submission)))
    return wait(WAITS, 'It waits for its duel: there is one at a time, the earliest first')
  const drawn = await draws.confirmation(step.tx, submission, champion)
  if (drawn.kind === 'wait') return wait('no-draw', `Waits for tasks: ${drawn.reason}`)
  const laid = await layDraw(step, drawn.id, duels, {
    challenger: submission.id,
    against: opponentsOf(champion.id, origin),
    block: await block(),
    count: undefined,
  })
  return { kind: 'duel', draw: laid.draw }
}

/** The champion; and whom it may have copied, whether champion or not, by more than others. */
function opponentsOf(champion: string, origin: Origin): Draw['against'] {
  if (origin.kind !== 'copy') return [{ submission: champion, isOrigin: false }]
  const { submission: copied, reason } = origin
  const named = { submission: copied, isOrigin: true, reason }
  return copied === champion ? [named] : [{ submission: champion, isOrigin: false }, named]
}

/** Nobody else is in a duel, and nobody who came before waits for one. */
async function isItsTurn(tx: Transaction, submission: Submission): Promise<boolean> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
  const [first] = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(
      and(
        eq(submissions.state, 'working'),
        sql`(${submissions.stage} = 'confirmation' or ${submissions.id} = ${submission.id}
          or ${submissions.reasons} @> ${JSON.stringify([{ code: WAITS }])}::jsonb)`,
      ),
    )
    .orderBy(
      sql`${submissions.stage} = 'confirmation' desc`,
      asc(submissions.block),
      asc(submissions.index),
      asc(submissions.id),
    )
    .limit(1)
  return first?.id === submission.id
}

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

function explain(standing: Exclude<DuelStanding, { kind: 'open' }>): Reason {
  const [{ standing: first }] = standing.bouts as [(typeof standing.bouts)[number]]
  const facts = `${points(first.lead)} over ${first.rounds} rounds, evidence ${first.superiority.toPrecision(3)} of ${first.wins}`
  switch (standing.kind) {
    case 'won':
      return { code: 'duel-won', message: `It is champion: ${facts}; proven gain ${points(standing.credit)}` }
    case 'lost': {
      const { outcome } = standing.bouts.find(({ opponent }) => opponent === standing.to)!.standing
      return { code: 'duel-lost', message: `It is not proven to be better: ${sayLoss(outcome)}; ${facts}` }
    }
    case 'void':
      return {
        code: 'duel-void',
        message:
          'Too many tasks of its duel became void: it is neither won nor lost; ask the operator to queue it again',
      }
  }
}

function sayLoss(outcome: DuelStanding['bouts'][number]['standing']['outcome']): string {
  if (outcome.kind !== 'lost') return 'undecided'
  switch (outcome.how) {
    case 'veto':
      return `it is worse in "${outcome.environment}"`
    case 'unsafe':
      return 'it may be worse in one environment by more than is allowed'
    case 'futile':
      return 'its lead is proven to be below two points'
    case 'final':
      return 'all rounds are played'
  }
}

function wait(code: string, message: string): Meeting {
  return { kind: 'wait', reason: { code, message } }
}

function points(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} points`
}
