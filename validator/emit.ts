import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { Chain } from './chain/chain.ts'
import { areSame, WeightsRefused } from './chain/weights.ts'
import type { Signer } from './intake/signature.ts'
import type { Database } from './store/database.ts'
import { tell } from './store/events.ts'
import { emissions, settlements } from './store/schema.ts'

/** How far the weights of the newest settled window are. */
export type Emission =
  | { readonly kind: 'none' }
  | { readonly kind: 'confirmed'; readonly window: number; readonly isNew: boolean }
  | { readonly kind: 'waiting'; readonly window: number; readonly why: string }

export interface EmitContext {
  readonly database: Pick<Database, 'db'>
  readonly chain: Chain
  readonly netuid: number
  readonly signer: Pick<Signer, 'address'>
}

/** What was sent and is not on the chain after so many blocks never will be. */
const VOID_AFTER = 64

/**
 * Brings the weights of the newest settled window onto the chain. That they are about to be sent is written down before; whether they
 * arrived is asked of the chain, never assumed, so that a crash at any point neither loses them nor sends them blindly again.
 */
export async function emitWeights(context: EmitContext): Promise<Emission> {
  const { database, chain, netuid, signer } = context
  const { db } = database
  const [newest] = await db
    .select()
    .from(settlements)
    .where(isNotNull(settlements.standings))
    .orderBy(desc(settlements.window))
    .limit(1)
  if (newest === undefined) return { kind: 'none' }
  const { window, standings } = newest
  await db
    .insert(emissions)
    .values({ window, weights: standings!.pay.weights, state: 'planned' })
    .onConflictDoNothing()
  const [row] = await db.select().from(emissions).where(eq(emissions.window, window))
  switch (row!.state) {
    case 'confirmed':
      return { kind: 'confirmed', window, isNew: false }
    case 'planned':
      return await send(context, row!)
    case 'sending': {
      const found = await chain.weights(netuid, signer.address)
      if (found !== undefined && found.block >= row!.since! && areSame(found.weights, row!.weights))
        return await confirm(context, window)
      const { number } = await chain.head()
      if (number <= row!.since! + VOID_AFTER)
        return { kind: 'waiting', window, why: `sent at block ${row!.since}, and not on the chain yet` }
      await change(context, window, 'sending', { state: 'planned' })
      return { kind: 'waiting', window, why: `what was sent at block ${row!.since} never arrived` }
    }
  }
}

async function send(
  context: EmitContext,
  { window, weights }: typeof emissions.$inferSelect,
): Promise<Emission> {
  const { chain, netuid, signer } = context
  const { number } = await chain.head()
  // Whoever of several processes changes the state sends; the others find it changed.
  if (!(await change(context, window, 'planned', { state: 'sending', since: number, said: null })))
    return { kind: 'waiting', window, why: 'another process sends them' }
  try {
    await chain.setWeights(netuid, signer, weights)
  } catch (error) {
    if (!(error instanceof WeightsRefused)) throw error
    await change(context, window, 'sending', { state: 'planned', said: error.message })
    return { kind: 'waiting', window, why: error.message }
  }
  return { kind: 'waiting', window, why: `sent at block ${number}` }
}

async function confirm(context: EmitContext, window: number): Promise<Emission> {
  const isNew = await change(context, window, 'sending', { state: 'confirmed', said: null })
  if (isNew) await context.database.db.transaction(tx => tell(tx, { kind: 'weights', body: { window } }))
  return { kind: 'confirmed', window, isNew }
}

/** @returns false if it was not in that state any more */
async function change(
  { database: { db } }: EmitContext,
  window: number,
  from: typeof emissions.$inferSelect.state,
  to: Partial<typeof emissions.$inferInsert>,
): Promise<boolean> {
  const { rowCount } = await db
    .update(emissions)
    .set({ ...to, changed: sql`now()` })
    .where(and(eq(emissions.window, window), eq(emissions.state, from)))
  return rowCount === 1
}
