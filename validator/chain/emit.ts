import { and, eq, isNull, sql } from 'drizzle-orm'
import { publicKeyOf, type Signer } from '../intake/signature.ts'
import type { Database } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { emissions } from '../store/schema.ts'
import type { Chain } from './chain.ts'
import { findNewestSettlement } from './newest-settlement.ts'
import { LIFETIME } from './node.ts'
import { planWeights } from './plan.ts'
import { type Sealed, sealWeights } from './sealed.ts'

/** How far the weights of the newest settled window are. */
export type Emission =
  | { readonly kind: 'none' }
  | { readonly kind: 'confirmed'; readonly window: number; readonly isNew: boolean }
  | { readonly kind: 'waiting'; readonly window: number; readonly why: string }
  /** What was on its way is gone, and is made again. */
  | { readonly kind: 'lost'; readonly window: number; readonly why: string }

export interface EmitContext {
  readonly database: Pick<Database, 'db'>
  readonly chain: Chain
  readonly netuid: number
  /** Of the subnet's mechanisms; the first if not said. */
  readonly mechanism?: number
  readonly signer: Signer
}

type Row = typeof emissions.$inferSelect

/**
 * Brings the weights of the newest settled window onto the chain. What is about to be sent is written down before; what became of it is
 * asked of the chain, never assumed, so that a crash at any point neither loses it nor sends it blindly again.
 */
export async function emitWeights(context: EmitContext): Promise<Emission> {
  const { db } = context.database
  const newest = await findNewestSettlement(db)
  if (newest === undefined) return { kind: 'none' }
  const { window, standings } = newest
  await db
    .insert(emissions)
    .values({ window, weights: standings.pay.weights, state: 'planned' })
    .onConflictDoNothing()
  const [row] = await db.select().from(emissions).where(eq(emissions.window, window))
  switch (row!.state) {
    case 'confirmed':
      return { kind: 'confirmed', window, isNew: false }
    case 'planned':
      return await send(context, row!)
    case 'sending':
    case 'committed':
      return await look(context, row!, row!.sealed!)
  }
}

async function send(context: EmitContext, row: Row): Promise<Emission> {
  const { chain, netuid, mechanism, signer } = context
  const { window } = row
  const state = await chain.weightState(netuid, signer.address, mechanism)
  const planned = planWeights(row.weights, state)
  if (planned.kind === 'refused')
    return await wait(context, row, planned.refusals.map(({ message }) => message).join('; '))
  if (planned.earliest > state.block + 1)
    return await wait(context, row, `the rate limit of the subnet: wait until block ${planned.earliest}`)
  const sealed = sealWeights(planned, state, await publicKeyOf(signer.address))
  // Whoever of several processes changes the state sends; the others find it changed.
  const going = { state: 'sending', since: sealed.since, sealed, revealed: null, said: null } as const
  if (!(await change(context, row, going)))
    return { kind: 'waiting', window, why: 'another process sends them' }
  const submitted = await chain.submitWeights(sealed, signer)
  if (submitted.kind === 'refused') {
    const why = submitted.refusal.message
    await change(context, { window, state: 'sending' }, { state: 'planned', said: why })
    return { kind: 'waiting', window, why }
  }
  return { kind: 'waiting', window, why: `sent at block ${sealed.since}` }
}

/** Asks the chain what became of what was sent, and does what follows from that. */
async function look(context: EmitContext, row: Row, sealed: Sealed): Promise<Emission> {
  const { chain, signer } = context
  const { window } = row
  const found = await chain.confirmWeights(sealed, signer.address)
  switch (found.kind) {
    case 'set':
      return await confirm(context, row)
    case 'committed': {
      const who = found.by === 'chain' ? 'the chain reveals them' : 'they are to be revealed'
      return await wait(context, row, `committed: ${who} in block ${found.block}`, 'committed')
    }
    case 'due':
      return await reveal(context, row, sealed)
    case 'absent': {
      const { number } = await chain.head()
      if (number <= sealed.since + LIFETIME)
        return { kind: 'waiting', window, why: `sent at block ${sealed.since}, and not on the chain yet` }
      await change(context, row, { state: 'planned' })
      return { kind: 'waiting', window, why: `what was sent at block ${sealed.since} never arrived` }
    }
    case 'lost':
      await change(context, row, { state: 'planned', said: found.why })
      return { kind: 'lost', window, why: found.why }
  }
}

/** Says what our commit hid. A reveal that may still arrive is not sent again. */
async function reveal(context: EmitContext, row: Row, sealed: Sealed): Promise<Emission> {
  const { chain, signer, database } = context
  const { window, revealed } = row
  const { number } = await chain.head()
  if (revealed !== null && number <= revealed + LIFETIME)
    return { kind: 'waiting', window, why: `revealed at block ${revealed}, and not on the chain yet` }
  const { rowCount } = await database.db
    .update(emissions)
    .set({ state: 'committed', revealed: number, changed: sql`now()` })
    .where(
      and(
        eq(emissions.window, window),
        eq(emissions.state, row.state),
        revealed === null ? isNull(emissions.revealed) : eq(emissions.revealed, revealed),
      ),
    )
  if (rowCount !== 1) return { kind: 'waiting', window, why: 'another process reveals them' }
  const submitted = await chain.submitWeights(sealed, signer, { since: number })
  const why = submitted.kind === 'refused' ? submitted.refusal.message : `revealed at block ${number}`
  if (submitted.kind === 'refused')
    await change(context, { window, state: 'committed' }, { said: why, revealed: null })
  return { kind: 'waiting', window, why }
}

async function confirm(context: EmitContext, row: Row): Promise<Emission> {
  const { window } = row
  const isNew = await change(context, row, { state: 'confirmed', said: null })
  if (isNew) await context.database.db.transaction(tx => tell(tx, { kind: 'weights', body: { window } }))
  return { kind: 'confirmed', window, isNew }
}

async function wait(
  context: EmitContext,
  row: Row,
  why: string,
  state: Row['state'] = row.state,
): Promise<Emission> {
  if (row.said !== why || row.state !== state) await change(context, row, { state, said: why })
  return { kind: 'waiting', window: row.window, why }
}

/** @returns false if it was not in that state any more */
async function change(
  { database: { db } }: EmitContext,
  from: Pick<Row, 'window' | 'state'>,
  to: Partial<typeof emissions.$inferInsert>,
): Promise<boolean> {
  const { rowCount } = await db
    .update(emissions)
    .set({ ...to, changed: sql`now()` })
    .where(and(eq(emissions.window, from.window), eq(emissions.state, from.state)))
  return rowCount === 1
}
