import { and, eq, inArray, sql } from 'drizzle-orm'
import { type References, referenceLines, type SolvedPatch } from '../copies/patches.ts'
import { readSolution } from '../draws/task-packs.ts'
import { BlobError } from '../store/blob-error.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Drizzle } from '../store/database.ts'
import { attempts, receipts, tasks } from '../store/schema.ts'

/** A task that a submission solved, and the blob of what it did. */
export interface Solved {
  readonly submission: string
  readonly task: string
  readonly patch: string
}

/** What submissions solved, once for each task, the earliest attempt at it; only at some tasks if these are said. */
export async function findSolved(
  db: Drizzle,
  ids: readonly string[],
  only?: readonly string[],
): Promise<Solved[]> {
  if (ids.length === 0 || only?.length === 0) return []
  const patch = sql<string | null>`${receipts.body} ->> 'patch'`
  const rows = await db
    .selectDistinctOn([attempts.submission, attempts.task], {
      ...{ submission: attempts.submission, task: attempts.task, patch },
    })
    .from(attempts)
    .innerJoin(receipts, and(eq(receipts.attempt, attempts.id), eq(receipts.kind, 'verdict')))
    .where(
      and(
        inArray(attempts.submission, [...ids]),
        eq(attempts.state, 'judged'),
        eq(attempts.verdict, 'solved'),
        sql`${patch} is not null`,
        only === undefined ? undefined : inArray(attempts.task, [...only]),
      ),
    )
    .orderBy(attempts.submission, attempts.task, attempts.planned, attempts.id)
  return rows.map(row => ({ ...row, patch: row.patch! }))
}

/** The diffs themselves. What is lost, or was removed as old, is left out. */
export async function readPatches(
  blobs: Pick<Blobs, 'get'>,
  solved: readonly Solved[],
): Promise<SolvedPatch[]> {
  const read: SolvedPatch[] = []
  for (const { task, patch } of solved) {
    const diff = await getKept(blobs, patch)
    if (diff !== undefined) read.push({ task, diff: diff.toString('utf8') })
  }
  return read
}

/** Lines of the reference solutions of tasks; tasks without one are left out. */
export async function readReferences(
  db: Drizzle,
  blobs: Pick<Blobs, 'get'>,
  wanted: readonly string[],
): Promise<References> {
  const references = new Map<string, ReadonlySet<string>>()
  if (wanted.length === 0) return references
  const rows = await db
    .select({ digest: tasks.digest, pack: tasks.pack })
    .from(tasks)
    .where(inArray(tasks.digest, [...wanted]))
  for (const { digest, pack } of rows) {
    const bytes = await getKept(blobs, pack)
    const texts = bytes === undefined ? [] : await readSolution(bytes)
    if (texts.length > 0) references.set(digest, referenceLines(texts))
  }
  return references
}

async function getKept(blobs: Pick<Blobs, 'get'>, digest: string): Promise<Buffer | undefined> {
  try {
    return await blobs.get(digest)
  } catch (error) {
    if (error instanceof BlobError && (error.code === 'missing' || error.code === 'corrupt')) return undefined
    throw error
  }
}
