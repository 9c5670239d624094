import { lt, sql } from 'drizzle-orm'
import type { Drizzle, Transaction } from '../store/database.ts'
import { nonces } from '../store/schema.ts'

/** Uses up a nonce; false if it was used before. */
export async function takeNonce(
  tx: Transaction,
  message: { readonly miner: string; readonly nonce: string; readonly expires: number },
): Promise<boolean> {
  const { miner: hotkey, nonce, expires } = message
  const { rowCount } = await tx
    .insert(nonces)
    .values({ hotkey, nonce, expires: new Date(expires * 1000) })
    .onConflictDoNothing()
    .prepare('take_nonce')
    .execute()
  return rowCount === 1
}

/** Clocks are set back at times: so long nonces are remembered after they count nothing. */
const KEPT_HOURS = 24

/** Forgets nonces that expired long ago, or counts them only. @returns how many */
export async function forgetNonces(db: Drizzle, isDry: boolean): Promise<number> {
  const old = lt(nonces.expires, sql`now() - make_interval(hours => ${KEPT_HOURS})`)
  if (isDry) return await db.$count(nonces, old)
  return (await db.delete(nonces).where(old)).rowCount ?? 0
}
