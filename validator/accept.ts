import { createHash } from 'node:crypto'
import { and, count, eq, inArray, sql } from 'drizzle-orm'
import pLimit from 'p-limit'
import { isSealed, MOST_SEALED } from '../sandbox/gateway/sealed-key.ts'
import type { Chain, Neuron } from './chain/chain.ts'
import { findMismatches, notRegistered } from './intake/checks.ts'
import { NEXT_INDEX, takePrecedence } from './intake/commit.ts'
import { Envelope } from './intake/envelope.ts'
import { takeNonce } from './intake/nonces.ts'
import { LIMITS, type Unpacked, unpackAgent } from './intake/pack.ts'
import type { Precedence } from './intake/precedence.ts'
import { formReasons, type Reason, statusOf } from './intake/reason.ts'
import { findObjections, type IntakeRules } from './intake/rules.ts'
import { digestValue, isSignedByMiner } from './intake/signature.ts'
import { BlobError } from './store/blob-error.ts'
import type { Blobs } from './store/blobs.ts'
import type { Database, Drizzle, Transaction } from './store/database.ts'
import { writeEvent } from './store/events.ts'
import { submissions } from './store/schema.ts'

/** Who this validator is: what is signed for another one counts nothing here. */
export interface Identity {
  readonly network: string
  readonly netuid: number
  /** Its hotkey, in SS58 form. */
  readonly validator: string
}

export interface AcceptContext {
  readonly database: Database
  readonly blobs: Blobs
  readonly chain: Chain
  readonly identity: Identity
  readonly rules: IntakeRules
  /** Whom miners seal keys for language models for; undefined: none are taken. */
  readonly modelRecipient?: string | undefined
  /** Blocks of a window. */
  readonly windowBlocks: number
  /** Told once a submission is stored, which waits then to be handed over to the work (`handover.ts`). */
  readonly onStored: (submission: string) => void
  readonly now: () => Date
}

export interface Handed {
  readonly envelope: unknown
  readonly bytes: Buffer
  /** A sealed key for language models. */
  readonly modelKey?: Buffer | undefined
}

export type Acceptance =
  | {
      readonly kind: 'accepted'
      readonly id: string
      /** From 1: how many undecided submissions there are now up to this one, by precedence. */
      readonly place: number
      readonly precedence: Precedence
      readonly isNew: boolean
    }
  | {
      readonly kind: 'refused'
      readonly status: ReturnType<typeof statusOf>
      readonly reasons: readonly Reason[]
    }

/** Unpacking takes tens of megabytes: whatever comes at once, so many are unpacked at the same time. */
const unpacking = pLimit(2)

/**
 * Takes a submission, or says all that speaks against it. Nothing is stored before the signature holds: it covers the bytes, this
 * validator, a nonce and a time. The same submission once more is not refused, and not stored again.
 */
export async function accept(context: AcceptContext, handed: Handed): Promise<Acceptance> {
  const { identity, chain, now } = context
  const parsed = Envelope.safeParse(handed.envelope)
  if (!parsed.success) return refuse(formReasons(parsed.error))
  const envelope = parsed.data
  const { message } = envelope
  const wrong = [
    ...findMismatches(identity, message, now()),
    ...findWrongBytes(message.digest, handed.bytes),
    ...findWrongKey(context, message.modelKey, handed.modelKey),
  ]
  if (wrong.length > 0) return refuse(wrong)
  const neuron = await chain.neuron(identity.netuid, message.miner)
  if (neuron === undefined) return refuse([notRegistered(identity, message.miner)])
  if (!(await isSignedByMiner(envelope)))
    return refuse([
      { code: 'signature', message: 'The signature is not that of this hotkey over this message' },
    ])
  const unpacked = await unpacking(() => unpackAgent(handed.bytes))
  const stored = await store(context, envelope, neuron, handed, unpacked)
  if ('reasons' in stored) return refuse(stored.reasons)
  if (stored.isNew) context.onStored(stored.id)
  return { kind: 'accepted', ...stored, place: await placeOf(context.database.db, stored.precedence) }
}

function findWrongBytes(digest: string, bytes: Buffer): Reason[] {
  if (bytes.length > LIMITS.packedBytes)
    return [{ code: 'size', message: `It has ${bytes.length} bytes packed; ${LIMITS.packedBytes} may be` }]
  return createHash('sha256').update(bytes).digest('hex') === digest
    ? []
    : [{ code: 'wrong-bytes', message: `These are other bytes than were signed for (${digest})` }]
}

function findWrongKey(
  { modelRecipient }: AcceptContext,
  digest: string | undefined,
  sealed: Buffer | undefined,
): Reason[] {
  const object = (message: string): Reason[] => [{ code: 'model-key', message }]
  if (digest === undefined && sealed === undefined) return []
  if (modelRecipient === undefined) return object('This validator takes no keys for language models')
  if (digest === undefined) return object('The key for language models is not in the signed message')
  if (sealed === undefined)
    return object('The signed message speaks of a key for language models that is not there')
  if (sealed.length > MOST_SEALED)
    return object(`The sealed key has ${sealed.length} bytes; ${MOST_SEALED} may be`)
  // It lies among all other blobs: what is no sealed key could be one of those.
  if (!isSealed(sealed)) return object('The sealed key is not in the format of age')
  return createHash('sha256').update(sealed).digest('hex') === digest
    ? []
    : object(`This is another sealed key than was signed for (${digest})`)
}

/** Ends a transaction without a trace. */
class Ended extends Error {
  readonly outcome: Stored | { readonly reasons: readonly Reason[] }

  constructor(outcome: Ended['outcome']) {
    super('ended')
    this.outcome = outcome
  }
}

const FULL: Reason = {
  code: 'full',
  message: 'This validator has no room left for agents: nothing was stored',
}

interface Stored {
  readonly id: string
  readonly precedence: Precedence
  readonly isNew: boolean
}

async function store(
  context: AcceptContext,
  envelope: Envelope,
  { coldkey }: Neuron,
  { bytes, modelKey }: Handed,
  unpacked: Unpacked | { readonly reasons: readonly Reason[] },
): Promise<Stored | { readonly reasons: readonly Reason[] }> {
  const { message } = envelope
  const { miner: hotkey, payment } = message
  const id = digestValue(message).slice(0, 24)
  const payer = { submission: id, hotkey, coldkey, payment }
  const [{ number: block }, charge] = await Promise.all([
    context.chain.head(),
    context.rules.payment.prepare(payer),
  ])
  try {
    return await context.database.db.transaction(async tx => {
      // One at a time for a coldkey: what is counted shall still be so when it is stored.
      await lockColdkey(tx, coldkey)
      if (!(await takeNonce(tx, message))) {
        // The same message again, or another with its nonce.
        const known = await findStored(tx, id)
        if (known !== undefined) return known
        throw new Ended({
          reasons: [{ code: 'replayed', message: `The nonce ${message.nonce} was used before: sign anew` }],
        })
      }
      const archive = 'reasons' in unpacked ? unpacked.reasons : []
      const reasons = await findObjections(tx, { ...payer, archive }, context.rules, charge)
      if (reasons.length > 0 || 'reasons' in unpacked) throw new Ended({ reasons })
      const precedence = await takePrecedence(tx, message, id, block)
      if ('reasons' in precedence) throw new Ended(precedence)
      // The disk and the database take their time together.
      const kept = Promise.all(
        [bytes, ...(modelKey === undefined ? [] : [modelKey])].map(one => context.blobs.put(one)),
      )
      kept.catch(() => {})
      const [row] = await tx
        .insert(submissions)
        .values({
          ...{ id, hotkey, coldkey, envelope },
          cluster: coldkey,
          digest: message.digest,
          manifest: unpacked.manifest,
          block: precedence.block,
          // One text for both, since it is prepared.
          index: sql`coalesce(${precedence.index ?? null}::int, ${NEXT_INDEX})`,
          state: 'queued',
          stage: 'smoke',
          window: Math.floor(block / context.windowBlocks),
        })
        .onConflictDoNothing()
        .returning({ block: submissions.block, index: submissions.index, hotkey: submissions.hotkey })
        .prepare('store_submission')
        .execute()
      // Its nonce was forgotten since, and a clock was set back.
      if (row === undefined) throw new Ended((await findStored(tx, id))!)
      await writeEvent(tx, { kind: 'accepted', submission: id, body: { agent: unpacked.manifest.name } })
      await kept
      return { id, precedence: row, isNew: true }
    })
  } catch (error) {
    if (error instanceof Ended) return error.outcome
    if (error instanceof BlobError && error.code === 'full') return { reasons: [FULL] }
    throw error
  }
}

async function lockColdkey(tx: Transaction, coldkey: string): Promise<void> {
  const lock = sql`pg_advisory_xact_lock(hashtextextended(${coldkey}, 1))`
  await tx.select({ lock }).from(sql`(select) as one`).prepare('lock_coldkey').execute()
}

async function findStored(tx: Transaction, id: string): Promise<Stored | undefined> {
  const { block, index, hotkey } = submissions
  const [precedence] = await tx
    .select({ block, index, hotkey })
    .from(submissions)
    .where(eq(submissions.id, id))
  return precedence && { id, precedence, isNew: false }
}

/** Where a stored submission stands among those that are not decided yet. */
async function placeOf(db: Drizzle, { block, index, hotkey }: Precedence): Promise<number> {
  const upTo = sql`(${submissions.block}, ${submissions.index}, ${submissions.hotkey} collate "C") <= (${block}, ${index}, ${hotkey})`
  const undecided = inArray(submissions.state, ['queued', 'working'])
  const query = db.select({ number: count() }).from(submissions).where(and(undecided, upTo))
  const [row] = await query.prepare('place_of').execute()
  return Math.max(1, row!.number)
}

function refuse(reasons: readonly Reason[]): Acceptance {
  return { kind: 'refused', status: statusOf(reasons), reasons }
}
