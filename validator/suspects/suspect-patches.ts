import { and, asc, desc, eq, inArray, isNull, ne, sql } from 'drizzle-orm'
import { Fingerprint } from '../copies/fingerprint.ts'
import { VERSION } from '../copies/limits.ts'
import { LEAST_TASKS } from '../copies/patches.ts'
import { type Entry, judgePair, type Suspicion } from '../copies/suspects.ts'
import { comparePrecedence } from '../intake/precedence.ts'
import { findChampion } from '../stages/champion.ts'
import type { Drizzle, Transaction } from '../store/database.ts'
import { attempts, fingerprints, submissions, suspicions } from '../store/schema.ts'
import { WAITS_FOR_COMPARISON } from './origin.ts'
import { findSolved, readPatches, readReferences } from './solved-patches.ts'
import { LOCK, type SuspectContext, writeDown } from './suspect.ts'

/** Earlier submissions that one is compared with: the champion, and who solved most of the same tasks. */
const MOST_OTHERS = 32
/** Tasks that are compared. */
const MOST_TASKS = 300

/** Empty: it has nothing in common with any other. */
const NO_PRINT: Fingerprint = emptyPrint()

/**
 * Compares what a submission did with what earlier ones did at the same tasks, before its duel: an agent that was written anew in
 * another language still acts like the one that it was made of. The earliest that it looks like becomes its origin, unless it has an
 * earlier one.
 *
 * @returns the submission; undefined if none waits for it
 */
export async function comparePatchesNext(context: SuspectContext): Promise<string | undefined> {
  const { db } = context.database
  const [next] = await db
    .select({ id: submissions.id, role: submissions.role })
    .from(submissions)
    .innerJoin(suspicions, eq(suspicions.submission, submissions.id))
    .where(
      and(
        isNull(suspicions.patched),
        eq(submissions.state, 'working'),
        sql`${submissions.reasons} @> ${JSON.stringify([{ code: WAITS_FOR_COMPARISON }])}::jsonb`,
      ),
    )
    .orderBy(asc(submissions.block), asc(submissions.index), asc(submissions.id))
    .limit(1)
  if (next === undefined || context.signal?.aborted) return undefined
  const found = next.role === 'miner' ? await findAlike(context, next.id) : undefined
  await db.transaction(async tx => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    await keep(tx, context, next.id, found)
  })
  return next.id
}

interface Found {
  readonly suspicion: Suspicion
  readonly origin: Entry
}

/** The earliest that it acts like. */
async function findAlike(
  { database: { db }, ...context }: SuspectContext,
  id: string,
): Promise<Found | undefined> {
  const own = (await findSolved(db, [id])).slice(0, MOST_TASKS)
  const tasks = own.map(({ task }) => task)
  if (tasks.length < LEAST_TASKS) return undefined
  const others = await findOthers(db, id, tasks)
  if (others.length === 0) return undefined
  const references = await readReferences(db, context.blobs, tasks)
  const common = await context.common()
  const [entry] = await readEntries(db, [id])
  const mine = { ...entry!, patches: await readPatches(context.blobs, own) }
  const earlier = await readEntries(db, others)
  for (const other of earlier.toSorted(comparePrecedence)) {
    const patches = await readPatches(context.blobs, await findSolved(db, [other.id], tasks))
    const suspicion = judgePair(
      mine,
      { ...other, patches },
      {
        ...{ quantiles: context.quantiles, common, references },
      },
    )
    if (suspicion !== undefined) return { suspicion, origin: other }
  }
  return undefined
}

/** Who was earlier and solved enough of the same tasks. */
async function findOthers(db: Drizzle, id: string, tasks: readonly string[]): Promise<string[]> {
  const champion = (await findChampion(db))?.id ?? ''
  const order = sql`(${submissions.block}, ${submissions.index}, ${submissions.hotkey} collate "C")`
  const solved = sql<number>`count(distinct ${attempts.task})`
  const rows = await db
    .select({ id: submissions.id })
    .from(submissions)
    .innerJoin(attempts, eq(attempts.submission, submissions.id))
    .where(
      and(
        ne(submissions.id, id),
        eq(attempts.state, 'judged'),
        eq(attempts.verdict, 'solved'),
        inArray(attempts.task, [...tasks]),
        sql`${order} < (select s.block, s.index, s.hotkey collate "C" from submissions s where s.id = ${id})`,
      ),
    )
    .groupBy(submissions.id)
    .having(sql`${solved} >= ${LEAST_TASKS}`)
    .orderBy(desc(sql`${submissions.id} = ${champion}`), desc(solved), asc(submissions.id))
    .limit(MOST_OTHERS)
  return rows.map(row => row.id)
}

/** An agent that could not be read is known by what it did. */
async function readEntries(db: Drizzle, ids: readonly string[]): Promise<Entry[]> {
  const rows = await db
    .select({
      ...{
        id: submissions.id,
        block: submissions.block,
        index: submissions.index,
        hotkey: submissions.hotkey,
      },
      print: fingerprints.print,
    })
    .from(submissions)
    .leftJoin(fingerprints, eq(fingerprints.digest, submissions.digest))
    .where(inArray(submissions.id, [...ids]))
  return rows.map(({ print, ...row }) => {
    const parsed = Fingerprint.safeParse(print)
    return { ...row, fingerprint: parsed.success ? parsed.data : NO_PRINT }
  })
}

async function keep(
  tx: Transaction,
  context: SuspectContext,
  id: string,
  found: Found | undefined,
): Promise<void> {
  const [own] = await tx
    .select({ id: submissions.id, cluster: submissions.cluster, origin: suspicions.origin })
    .from(submissions)
    .innerJoin(suspicions, eq(suspicions.submission, submissions.id))
    .where(eq(submissions.id, id))
  const [known] =
    own!.origin === null ? [] : await tx.select().from(submissions).where(eq(submissions.id, own!.origin))
  if (found !== undefined && (known === undefined || comparePrecedence(found.origin, known) < 0))
    await writeDown(tx, context, own!, found.origin, found.suspicion)
  await tx.update(suspicions).set({ patched: sql`now()` }).where(eq(suspicions.submission, id))
  await context.jobs.sendAdvances(tx, [id])
}

function emptyPrint(): Fingerprint {
  const nothing = { hashes: [], below: 0 }
  return {
    ...{ version: VERSION, normal: '0'.repeat(64) },
    ...{ functions: nothing, grams: nothing, pieces: nothing, prompts: nothing },
    counts: { files: 0, characters: 0, tokens: 0, clipped: 0 },
  }
}
