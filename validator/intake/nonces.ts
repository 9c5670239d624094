import { and, eq, lt } from 'drizzle-orm'
import type { Transaction } from '../store/database.ts'
import { nonces } from '../store/schema.ts'

/** Clocks are set back at times: so long nonces are remembered after they count nothing. */
const KEPT_SECONDS = 3600

/** Uses up a nonce; false if it was used before. Forgets those of the same hotkey that expired long ago. */
export async function takeNonce(
  tx: Transaction,
  message: { readonly miner: string; readonly nonce: string; readonly expires: number },
  now: Date,
): Promise<boolean> {
  const { miner: hotkey, nonce, expires } = message
  const old = new Date(now.getTime() - KEPT_SECONDS * 1000)
  await tx.delete(nonces).where(and(eq(nonces.hotkey, hotkey), lt(nonces.expires, old)))
  const { rowCount } = await tx
    .insert(nonces)
    .values({ hotkey, nonce, expires: new Date(expires * 1000) })
    .onConflictDoNothing()
  return rowCount === 1
}
