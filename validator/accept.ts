import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { Chain, Neuron } from './chain/chain.ts'
import { takePrecedence } from './intake/commit.ts'
import { Envelope } from './intake/envelope.ts'
import { LIMITS, unpackAgent } from './intake/pack.ts'
import type { Precedence } from './intake/precedence.ts'
import { type Reason, statusOf } from './intake/reason.ts'
import { findObjections, type IntakeRules } from './intake/rules.ts'
import { digestValue, isSignedByMiner } from './intake/signature.ts'
import type { Blobs } from './store/blobs.ts'
import type { Database, Transaction } from './store/database.ts'
import { tell } from './store/events.ts'
import { nonces, submissions } from './store/schema.ts'

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
  /** Blocks of a window. */
  readonly windowBlocks: number
  /** Hands the submission over to the work, as a part of its being stored. */
  readonly enqueue: (tx: Transaction, submission: string) => Promise<void>
  readonly now: () => Date
}

export interface Handed {
  readonly envelope: unknown
  readonly bytes: Buffer
}

export type Acceptance =
  | {
      readonly kind: 'accepted'
      readonly id: string
      readonly precedence: Precedence
      readonly isNew: boolean
    }
  | {
      readonly kind: 'refused'
      readonly status: ReturnType<typeof statusOf>
      readonly reasons: readonly Reason[]
    }

/** A signature counts for so long at most: nobody has to remember nonces for ever. */
const MOST_AHEAD_SECONDS = 15 * 60

/**
 * Takes a submission, or says all that speaks against it. Nothing is stored before the signature holds: it covers the bytes, this
 * validator, a nonce and a time. The same submission once more is not refused, and not stored again.
 */
export async function accept(context: AcceptContext, handed: Handed): Promise<Acceptance> {
  const parsed = Envelope.safeParse(handed.envelope)
  if (!parsed.success)
    return refuse(
      parsed.error.issues.map(issue => ({
        code: 'form',
        message: `The signed message: ${issue.path.join('.') || 'all'}: ${issue.message}`,
      })),
    )
  const envelope = parsed.data
  const wrong = findMismatches(context, envelope, handed.bytes)
  if (wrong.length > 0) return refuse(wrong)
  const neuron = await context.chain.neuron(context.identity.netuid, envelope.message.miner)
  if (neuron === undefined)
    return refuse([
      {
        code: 'not-registered',
        message: `The hotkey ${envelope.message.miner} is not registered on subnet ${context.identity.netuid} of "${context.identity.network}"`,
      },
    ])
  if (!(await isSignedByMiner(envelope)))
    return refuse([
      { code: 'signature', message: 'The signature is not that of this hotkey over this message' },
    ])
  return await store(context, envelope, neuron, handed.bytes)
}

/** What can be seen without asking anybody, the cheapest first. */
function findMismatches(
  { identity, now }: AcceptContext,
  { message }: Envelope,
  bytes: Buffer,
): readonly Reason[] {
  const reasons: Reason[] = []
  const object = (code: Reason['code'], text: string): void => void reasons.push({ code, message: text })
  const seconds = now().getTime() / 1000
  if (message.expires <= seconds) object('expired', `It was good until ${time(message.expires)}: sign anew`)
  if (message.expires > seconds + MOST_AHEAD_SECONDS)
    object(
      'expired',
      `It is good until ${time(message.expires)}: at most ${MOST_AHEAD_SECONDS / 60} minutes ahead may be`,
    )
  for (const key of ['network', 'netuid', 'validator'] as const)
    if (message[key] !== identity[key])
      object('other-validator', `It was signed for ${key} ${message[key]}; this is ${identity[key]}`)
  if (bytes.length > LIMITS.packedBytes)
    object('size', `It has ${bytes.length} bytes packed; ${LIMITS.packedBytes} may be`)
  else if (createHash('sha256').update(bytes).digest('hex') !== message.digest)
    object('wrong-bytes', `These are other bytes than were signed for (${message.digest})`)
  return reasons
}

/** Ends a transaction without a trace. */
class Refused extends Error {
  readonly reasons: readonly Reason[]

  constructor(reasons: readonly Reason[]) {
    super('refused')
    this.reasons = reasons
  }
}

async function store(
  context: AcceptContext,
  envelope: Envelope,
  { coldkey }: Neuron,
  bytes: Buffer,
): Promise<Acceptance> {
  const { message } = envelope
  const id = digestValue(message).slice(0, 24)
  const { number: block } = await context.chain.head()
  try {
    return await context.database.db.transaction(async tx => {
      // One at a time for a coldkey: what is counted shall still be so when it is stored.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${coldkey}, 1))`)
      const [known] = await tx.select().from(submissions).where(eq(submissions.id, id))
      if (known !== undefined)
        return {
          kind: 'accepted',
          id,
          precedence: { block: known.block, index: known.index, hotkey: known.hotkey },
          isNew: false,
        }
      const { rowCount } = await tx
        .insert(nonces)
        .values({ hotkey: message.miner, nonce: message.nonce, expires: new Date(message.expires * 1000) })
        .onConflictDoNothing()
      if (rowCount === 0)
        throw new Refused([
          { code: 'replayed', message: `The nonce ${message.nonce} was used before: sign anew` },
        ])
      const reasons = await findObjections(tx, { hotkey: message.miner, coldkey, bytes }, context.rules)
      if (reasons.length > 0) throw new Refused(reasons)
      const unpacked = await unpackAgent(bytes)
      if ('reasons' in unpacked) throw new Refused(unpacked.reasons)
      const precedence = await takePrecedence(tx, message, id, block)
      if ('reasons' in precedence) throw new Refused(precedence.reasons)
      await context.blobs.put(bytes)
      await tx.insert(submissions).values({
        id,
        hotkey: message.miner,
        coldkey,
        cluster: coldkey,
        digest: message.digest,
        manifest: unpacked.manifest,
        envelope,
        block: precedence.block,
        index: precedence.index,
        state: 'queued',
        stage: 'smoke',
        window: Math.floor(block / context.windowBlocks),
      })
      await context.enqueue(tx, id)
      await tell(tx, { kind: 'accepted', submission: id, body: { agent: unpacked.manifest.name } })
      return { kind: 'accepted', id, precedence, isNew: true }
    })
  } catch (error) {
    if (error instanceof Refused) return refuse(error.reasons)
    throw error
  }
}

function refuse(reasons: readonly Reason[]): Acceptance {
  return { kind: 'refused', status: statusOf(reasons), reasons }
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString()
}
