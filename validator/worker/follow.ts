import { and, eq } from 'drizzle-orm'
import type { Jobs } from '../stages/jobs.ts'
import type { Transaction } from '../store/database.ts'
import { draws, submissions } from '../store/schema.ts'

/**
 * Sends on whoever a result matters to: its own submission; the challenger whose duel it was made for; and, if its submission is
 * decided (a champion on a window's tasks), all who wait to be compared with it.
 */
export async function sendFollowers(
  tx: Transaction,
  jobs: Jobs,
  { submission, draw }: { readonly submission: string; readonly draw: string },
): Promise<void> {
  await jobs.sendAdvance(tx, submission)
  const [row] = await tx
    .select({ purpose: draws.purpose, state: submissions.state })
    .from(draws)
    .innerJoin(submissions, eq(submissions.id, submission))
    .where(eq(draws.id, draw))
  if (row === undefined || row.purpose === submission) return
  if (row.purpose !== 'shared') return await jobs.sendAdvance(tx, row.purpose)
  if (row.state !== 'passed') return
  const waiting = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(and(eq(submissions.state, 'working'), eq(submissions.stage, 'full')))
  for (const { id } of waiting) await jobs.sendAdvance(tx, id)
}
