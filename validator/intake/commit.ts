import { and, count, eq, gt, isNull, min, sql } from 'drizzle-orm'
import type { Acceptance, AcceptContext } from '../accept.ts'
import type { Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { commits } from '../store/schema.ts'
import { findMismatches, notRegistered } from './checks.ts'
import { commitHash, REVEAL_BLOCKS } from './commit-hash.ts'
import { CommitEnvelope, type SubmissionMessage } from './envelope.ts'
import { takeNonce } from './nonces.ts'
import type { Precedence } from './precedence.ts'
import { formReasons, type Reason, statusOf } from './reason.ts'
import { checkBans, checkOpen, judgeRate, readFacts } from './rules.ts'
import { isSigned } from './signature.ts'

/** Commits and arrivals stand in one line. */
export const NEXT_INDEX = sql<number>`nextval('line')::int`

/** A hash that was laid down, with its place in the line. */
export type Committed =
  | { readonly kind: 'committed'; readonly hash: string; readonly precedence: Precedence }
  | Extract<Acceptance, { kind: 'refused' }>

/**
 * Lays down the hash of an agent that is shown later: so nobody who sees the bytes can say to have been first. The same hash once
 * more keeps its first place.
 */
export async function commit(context: AcceptContext, raw: unknown): Promise<Committed> {
  const parsed = CommitEnvelope.safeParse(raw)
  if (!parsed.success) return refuse(formReasons(parsed.error))
  const { message, signature } = parsed.data
  const { identity, chain, database, rules, now } = context
  const wrong = findMismatches(identity, message, now())
  if (wrong.length > 0) return refuse(wrong)
  const { hash, miner: hotkey } = message
  const neuron = await chain.neuron(identity.netuid, hotkey)
  if (neuron === undefined) return refuse([notRegistered(identity, hotkey)])
  if (!(await isSigned(hotkey, message, signature)))
    return refuse([
      { code: 'signature', message: 'The signature is not that of this hotkey over this message' },
    ])
  const { number: block } = await chain.head()
  return await database.db.transaction(async tx => {
    // One at a time for a hotkey: its commits are counted.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${hotkey}, 2))`)
    const [known] = await tx
      .select()
      .from(commits)
      .where(and(eq(commits.hash, hash), eq(commits.hotkey, hotkey)))
    if (known !== undefined)
      return { kind: 'committed', hash, precedence: { block: known.block, index: known.index, hotkey } }
    const facts = await readFacts(tx, { hotkey, coldkey: neuron.coldkey }, rules.rates)
    const reasons = [
      ...checkOpen(facts),
      ...checkBans(facts, { hotkey }),
      ...(await checkRate(tx, hotkey, rules.rates)),
    ]
    if (reasons.length > 0) return refuse(reasons)
    if (!(await takeNonce(tx, message)))
      return refuse([{ code: 'replayed', message: `The nonce ${message.nonce} was used before: sign anew` }])
    const [laid] = await tx
      .insert(commits)
      .values({ hash, block, index: NEXT_INDEX, hotkey })
      .returning({ block: commits.block, index: commits.index, hotkey: commits.hotkey })
    await tell(tx, { kind: 'committed', body: { hash, hotkey, block } })
    return { kind: 'committed', hash, precedence: laid! }
  })
}

/** A commit as a chain has it: the index is that of its extrinsic. */
export interface ChainCommit extends Precedence {
  readonly hash: string
}

/**
 * Takes commits that were laid down on a chain. Whoever committed there and here has the earlier place; what was revealed stays as
 * it is.
 */
export async function addChainCommits(tx: Transaction, found: readonly ChainCommit[]): Promise<void> {
  for (const { hash, hotkey, block, index } of found)
    await tx
      .insert(commits)
      .values({ hash, hotkey, block, index })
      .onConflictDoUpdate({
        target: [commits.hash, commits.hotkey],
        set: { block, index },
        setWhere: sql`${commits.submission} is null and (${commits.block}, ${commits.index}) > (excluded.block, excluded.index)`,
      })
}

/** The place of a submission: that of its commit if it reveals one, else that of its arrival, whose index is given when it is stored. */
export async function takePrecedence(
  tx: Transaction,
  { salt, digest, miner: hotkey }: SubmissionMessage,
  submission: string,
  block: number,
): Promise<
  { readonly block: number; readonly index: number | undefined } | { readonly reasons: readonly Reason[] }
> {
  if (salt === undefined) return { block, index: undefined }
  const hash = commitHash(salt, digest, hotkey)
  const [found] = await tx
    .update(commits)
    .set({ submission })
    .where(and(eq(commits.hash, hash), eq(commits.hotkey, hotkey), isNull(commits.submission)))
    .returning()
  if (found === undefined)
    return noCommit(`This hotkey has no open commit to ${hash}: leave out the salt, or commit first`)
  if (block - found.block > REVEAL_BLOCKS)
    return noCommit(
      `The commit of block ${found.block} is older than ${REVEAL_BLOCKS} blocks: leave out the salt, or commit anew`,
    )
  return { block: found.block, index: found.index }
}

async function checkRate(
  tx: Transaction,
  hotkey: string,
  { hours, commits: most }: AcceptContext['rules']['rates'],
): Promise<Reason[]> {
  const since = sql`now() - make_interval(hours => ${hours})`
  const [row] = await tx
    .select({ number: count(), first: sql<string | null>`${min(commits.received)}` })
    .from(commits)
    .where(and(eq(commits.hotkey, hotkey), gt(commits.received, since)))
  return judgeRate('This hotkey', 'committed', row!, most, hours)
}

function noCommit(message: string): { reasons: Reason[] } {
  return { reasons: [{ code: 'commit', message }] }
}

function refuse(reasons: readonly Reason[]): Extract<Committed, { kind: 'refused' }> {
  return { kind: 'refused', status: statusOf(reasons), reasons }
}
