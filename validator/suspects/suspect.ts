import { and, asc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm'
import { Fingerprint, without } from '../copies/fingerprint.ts'
import { VERSION } from '../copies/limits.ts'
import { type Entry, judgePair, type Quantiles, type Suspicion } from '../copies/suspects.ts'
import { unpackAgent } from '../intake/pack.ts'
import { comparePrecedence } from '../intake/precedence.ts'
import type { Role } from '../scoring/role.ts'
import type { Jobs } from '../stages/jobs.ts'
import { BlobError } from '../store/blob-error.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database, Transaction } from '../store/database.ts'
import { writeEvent } from '../store/events.ts'
import { fingerprints, submissions, suspicions } from '../store/schema.ts'
import type { Taken, takeFingerprints } from './fingerprinting.ts'

export interface SuspectContext {
  readonly database: Pick<Database, 'db'>
  readonly blobs: Pick<Blobs, 'get'>
  readonly jobs: Pick<Jobs, 'sendAdvances'>
  readonly quantiles: Quantiles
  /** Fingerprints of what everybody may build on; asked once there is something to be compared. */
  readonly common: () => Promise<readonly Fingerprint[]>
  readonly take: typeof takeFingerprints
  /** Ends what takes long. */
  readonly signal?: AbortSignal
}

/** Of the advisory lock under which submissions are compared. */
export const LOCK = 0x61726370
/** Read at once: a fingerprint has some ten kilobytes, and nobody else has his turn while they are compared. */
const PAGE = 40

/**
 * Compares the earliest submission that was not compared yet with all that were, and writes down whose copy it may be. It then shares
 * the origin's place in the queue. Later ones that look like it get it as their origin: what is found does not depend on who was
 * compared first.
 *
 * @returns the submission; undefined if there is none left
 */
export async function compareNext(context: SuspectContext): Promise<string | undefined> {
  const { db } = context.database
  const [next] = await db
    .select({ id: submissions.id, digest: submissions.digest })
    .from(submissions)
    .leftJoin(suspicions, eq(suspicions.submission, submissions.id))
    .where(isNull(suspicions.submission))
    .orderBy(asc(submissions.block), asc(submissions.index), sql`${submissions.hotkey} collate "C"`)
    .limit(1)
  if (next === undefined || context.signal?.aborted) return undefined
  const common = await context.common()
  await ensureFingerprint(context, next.digest)
  await db.transaction(tx => compareOne(tx, { ...context, common }, next.id))
  return next.id
}

async function ensureFingerprint(context: SuspectContext, digest: string): Promise<void> {
  const { db } = context.database
  const [known] = await db.select().from(fingerprints).where(eq(fingerprints.digest, digest))
  if (known !== undefined && (known.print === null || versionOf(known.print) === VERSION)) return
  const taken = await read(context, digest)
  const row =
    taken.kind === 'prints' ? { print: taken.prints[0]!, trouble: null } : { print: null, trouble: taken.why }
  await db
    .insert(fingerprints)
    .values({ digest, ...row })
    .onConflictDoUpdate({ target: fingerprints.digest, set: { ...row, made: sql`now()` } })
}

async function read({ blobs, take, signal }: SuspectContext, digest: string): Promise<Taken> {
  try {
    const unpacked = await unpackAgent(await blobs.get(digest))
    if ('reasons' in unpacked) return { kind: 'unreadable', why: unpacked.reasons[0]!.message }
    const files = unpacked.files.map(({ path, content }) => ({ path, text: content.toString('utf8') }))
    return await take([files], signal === undefined ? {} : { signal })
  } catch (error) {
    if (error instanceof BlobError && (error.code === 'missing' || error.code === 'corrupt'))
      return { kind: 'unreadable', why: `its bytes are ${error.code}` }
    throw error
  }
}

function versionOf(print: unknown): unknown {
  return (print as { version?: unknown }).version
}

interface Ready extends Omit<SuspectContext, 'common'> {
  readonly common: readonly Fingerprint[]
}

async function compareOne(tx: Transaction, context: Ready, id: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
  const [done] = await tx.select().from(suspicions).where(eq(suspicions.submission, id))
  if (done !== undefined) return
  const [own] = entriesOf(await selectPrints(tx).where(eq(submissions.id, id)), context.common)
  await tx.insert(suspicions).values({ submission: id })
  if (own === undefined) return
  let found: { readonly suspicion: Suspicion; readonly origin: Compared } | undefined
  for await (const other of comparedBefore(tx, context, id)) {
    const order = comparePrecedence(other, own)
    const isEarliest = found === undefined || comparePrecedence(other, found.origin) < 0
    if (order < 0 && own.role === 'miner' && isEarliest) {
      const suspicion = judgePair(own, other, { quantiles: context.quantiles })
      if (suspicion !== undefined) found = { suspicion, origin: other }
    }
    if (order > 0 && other.role === 'miner') await claim(tx, context, own, other)
  }
  if (found !== undefined) await writeDown(tx, context, own, found.origin, found.suspicion)
}

/** Somebody shows late what he committed early: whoever looks like it gets it as origin, unless he has an earlier one. */
async function claim(tx: Transaction, context: Ready, origin: Compared, later: Compared): Promise<void> {
  const [known] = await tx
    .select({ block: submissions.block, index: submissions.index, hotkey: submissions.hotkey })
    .from(suspicions)
    .innerJoin(submissions, eq(submissions.id, suspicions.origin))
    .where(eq(suspicions.submission, later.id))
  if (known !== undefined && comparePrecedence(known, origin) < 0) return
  const suspicion = judgePair(later, origin, { quantiles: context.quantiles })
  if (suspicion !== undefined) await writeDown(tx, context, later, origin, suspicion)
}

/** Says whose copy a submission may be; it then shares the origin's place in the queue. */
export async function writeDown(
  tx: Transaction,
  { jobs }: Pick<SuspectContext, 'jobs'>,
  own: Pick<Compared, 'id' | 'cluster'>,
  origin: Pick<Compared, 'id'>,
  { measures, quantile, reason }: Suspicion,
): Promise<void> {
  await tx
    .update(suspicions)
    .set({ origin: origin.id, measures, quantile, reason })
    .where(eq(suspicions.submission, own.id))
  await writeEvent(tx, { kind: 'suspect', submission: own.id, body: { origin: origin.id, reason } })
  const [now] = await tx
    .select({ cluster: submissions.cluster })
    .from(submissions)
    .where(eq(submissions.id, origin.id))
  const { cluster } = now!
  if (cluster === own.cluster) return
  await tx.update(submissions).set({ cluster }).where(eq(submissions.id, own.id))
  // Those whom it leaves behind may have waited for it.
  const waiting = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(and(inArray(submissions.cluster, [cluster, own.cluster]), eq(submissions.state, 'queued')))
  await jobs.sendAdvances(
    tx,
    waiting.map(({ id }) => id),
  )
}

/** A submission with what is left of its fingerprint without what is common. */
interface Compared extends Entry {
  readonly role: Role
  readonly cluster: string
}

async function* comparedBefore(tx: Transaction, { common }: Ready, id: string): AsyncGenerator<Compared> {
  for (let after = ''; ; ) {
    const page = await selectPrints(tx)
      .innerJoin(suspicions, eq(suspicions.submission, submissions.id))
      .where(and(gt(submissions.id, after), ne(submissions.id, id)))
      .orderBy(asc(submissions.id))
      .limit(PAGE)
    yield* entriesOf(page, common)
    if (page.length < PAGE) return
    after = page.at(-1)!.id
  }
}

function selectPrints(tx: Transaction) {
  return tx
    .select({
      ...{ id: submissions.id, role: submissions.role, cluster: submissions.cluster },
      ...{ block: submissions.block, index: submissions.index, hotkey: submissions.hotkey },
      print: fingerprints.print,
    })
    .from(submissions)
    .innerJoin(fingerprints, eq(fingerprints.digest, submissions.digest))
    .$dynamic()
}

type Row = Awaited<ReturnType<typeof selectPrints>>[number]

/** Fingerprints of another version say nothing about those of today. */
function entriesOf(rows: readonly Row[], common: readonly Fingerprint[]): Compared[] {
  return rows.flatMap(({ print, ...row }) => {
    const parsed = Fingerprint.safeParse(print)
    return parsed.success ? [{ ...row, fingerprint: without(parsed.data, common) }] : []
  })
}
