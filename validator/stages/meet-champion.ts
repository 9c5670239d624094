import { and, asc, eq, sql } from 'drizzle-orm'
import type { Drawn, Draws } from '../draws/draws.ts'
import { readDraw } from '../receipts/facts.ts'
import { SCREEN } from '../scoring/duel/rules.ts'
import { screen } from '../scoring/duel/screen.ts'
import { planRounds, playedRounds, toRound, weightsOf } from '../scoring/season/bouts.ts'
import type { Draw } from '../scoring/season/facts.ts'
import type { Transaction } from '../store/database.ts'
import { submissions } from '../store/schema.ts'
import { arePatchesCompared, findOrigin, type Origin, WAITS_FOR_COMPARISON } from '../suspects/origin.ts'
import { findChampion, planStanding, readResults } from './champion.ts'
import { type DuelTerms, layDraw } from './draw-facts.ts'
import { points, type Reason } from './duel-reason.ts'
import type { Step, Submission } from './stage-plan.ts'

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

function wait(code: string, message: string): Meeting {
  return { kind: 'wait', reason: { code, message } }
}
