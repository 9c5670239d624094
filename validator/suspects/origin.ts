import { eq } from 'drizzle-orm'
import type { Submission } from '../stages/stage-plan.ts'
import type { Transaction } from '../store/database.ts'
import { submissions, suspicions } from '../store/schema.ts'

/** Stands in a submission's reasons while its patches are to be compared. */
export const WAITS_FOR_COMPARISON = 'waits-for-comparison'

/** Whose copy a submission may be. */
export type Origin =
  /** Nobody has looked yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'own' }
  | { readonly kind: 'copy'; readonly submission: string; readonly reason: string }

/** What was found of a submission. Who builds on what is his own, of whichever hotkey, copies nobody. */
export async function findOrigin(
  tx: Transaction,
  { id, coldkey }: Pick<Submission, 'id' | 'coldkey'>,
): Promise<Origin> {
  const [found] = await tx
    .select({ origin: suspicions.origin, reason: suspicions.reason, coldkey: submissions.coldkey })
    .from(suspicions)
    .leftJoin(submissions, eq(submissions.id, suspicions.origin))
    .where(eq(suspicions.submission, id))
  if (found === undefined) return { kind: 'unknown' }
  const { origin, reason } = found
  if (origin === null || found.coldkey === coldkey) return { kind: 'own' }
  return { kind: 'copy', submission: origin, reason: reason ?? '' }
}

/** Whether what it did was compared with what earlier ones did. */
export async function arePatchesCompared(tx: Transaction, id: string): Promise<boolean> {
  const [found] = await tx
    .select({ patched: suspicions.patched })
    .from(suspicions)
    .where(eq(suspicions.submission, id))
  return found !== undefined && found.patched !== null
}
