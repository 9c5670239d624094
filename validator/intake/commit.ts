import { createHash } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Acceptance, AcceptContext } from '../accept.ts'
import type { Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { commits, nonces } from '../store/schema.ts'
import type { SubmissionMessage } from './envelope.ts'
import { CommitEnvelope } from './envelope.ts'
import type { Precedence } from './precedence.ts'
import { type Reason, statusOf } from './reason.ts'
import { isSigned } from './signature.ts'

/** A hash that was laid down, with its place in the line. */
export type Committed =
  | { readonly kind: 'committed'; readonly hash: string; readonly precedence: Precedence }
  | Extract<Acceptance, { kind: 'refused' }>

/** A commit that is not revealed within so many blocks counts nothing: about a day. */
export const REVEAL_BLOCKS = 7200
const MOST_AHEAD_SECONDS = 15 * 60

/**
 * Lays down the hash of an agent that is shown later: so nobody who sees the bytes can say to have been first. The same hash once
 * more keeps its first place.
 */
export async function commit(context: AcceptContext, raw: unknown): Promise<Committed> {
  const parsed = CommitEnvelope.safeParse(raw)
  if (!parsed.success) return refuse('form', z.prettifyError(parsed.error).split('\n').join('; '))
  const { message, signature } = parsed.data
  const seconds = context.now().getTime() / 1000
  if (message.expires <= seconds || message.expires > seconds + MOST_AHEAD_SECONDS)
    return refuse(
      'expired',
      `It must be good for some time, and for ${MOST_AHEAD_SECONDS / 60} minutes at most: sign anew`,
    )
  const { identity } = context
  const other = (['network', 'netuid', 'validator'] as const).find(key => message[key] !== identity[key])
  if (other !== undefined)
    return refuse(
      'other-validator',
      `It was signed for ${other} ${message[other]}; this is ${identity[other]}`,
    )
  if ((await context.chain.neuron(identity.netuid, message.miner)) === undefined)
    return refuse(
      'not-registered',
      `The hotkey ${message.miner} is not registered on subnet ${identity.netuid}`,
    )
  if (!(await isSigned(message.miner, message, signature)))
    return refuse('signature', 'The signature is not that of this hotkey over this message')
  const { number: block } = await context.chain.head()
  return await context.database.db.transaction(async tx => {
    const [known] = await tx.select().from(commits).where(eq(commits.hash, message.hash))
    if (known !== undefined)
      return known.hotkey === message.miner
        ? { kind: 'committed', hash: known.hash, precedence: known }
        : refuse('commit', 'Somebody else committed to this hash: take another salt')
    const { rowCount } = await tx
      .insert(nonces)
      .values({ hotkey: message.miner, nonce: message.nonce, expires: new Date(message.expires * 1000) })
      .onConflictDoNothing()
    if (rowCount === 0) return refuse('replayed', `The nonce ${message.nonce} was used before: sign anew`)
    const precedence = { block, index: await nextIndex(tx), hotkey: message.miner }
    const { rowCount: isNew } = await tx
      .insert(commits)
      .values({ hash: message.hash, ...precedence })
      .onConflictDoNothing()
    if (isNew === 0)
      return refuse('commit', 'Somebody else committed to this hash at the same time: try again')
    await tell(tx, { kind: 'committed', body: { hash: message.hash, block } })
    return { kind: 'committed', hash: message.hash, precedence }
  })
}

/** The place of a submission: that of its commit if it reveals one, else that of its arrival. */
export async function takePrecedence(
  tx: Transaction,
  message: SubmissionMessage,
  submission: string,
  block: number,
): Promise<Precedence | { readonly reasons: readonly Reason[] }> {
  if (message.salt === undefined) return { block, index: await nextIndex(tx), hotkey: message.miner }
  const hash = commitHash(message.salt, message.digest)
  const [found] = await tx
    .update(commits)
    .set({ submission })
    .where(and(eq(commits.hash, hash), eq(commits.hotkey, message.miner), isNull(commits.submission)))
    .returning()
  if (found === undefined)
    return {
      reasons: [
        {
          code: 'commit',
          message: `This hotkey has no open commit to ${hash}: leave out the salt, or commit first`,
        },
      ],
    }
  if (block - found.block > REVEAL_BLOCKS)
    return {
      reasons: [
        {
          code: 'commit',
          message: `The commit of block ${found.block} is older than ${REVEAL_BLOCKS} blocks: leave out the salt, or commit anew`,
        },
      ],
    }
  return { block: found.block, index: found.index, hotkey: found.hotkey }
}

/** SHA-256 of salt and digest, both as bytes; in hex. */
export function commitHash(salt: string, digest: string): string {
  return createHash('sha256')
    .update(Buffer.from(salt, 'hex'))
    .update(Buffer.from(digest, 'hex'))
    .digest('hex')
}

/** Commits and arrivals stand in one line. */
async function nextIndex(tx: Transaction): Promise<number> {
  const { rows } = await tx.execute<{ next: number }>(sql`select nextval('line')::int as next`)
  return rows[0]!.next
}

function refuse(code: Reason['code'], message: string): Extract<Committed, { kind: 'refused' }> {
  const reasons = [{ code, message }]
  return { kind: 'refused', status: statusOf(reasons), reasons }
}
