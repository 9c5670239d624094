import { lt, sql } from 'drizzle-orm'
import { forgetNonces } from '../intake/nonces.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { listUnreferenced } from '../store/referenced.ts'
import { workers } from '../store/schema.ts'

/** What nobody needs any more, or would be removed. */
export interface Pruned {
  /** Of attempts whose lease was lost, and of agents that were refused at the last moment. */
  readonly blobs: readonly string[]
  /** Processes that have been gone for long. */
  readonly workers: readonly string[]
  readonly nonces: number
}

/** A blob is kept before the row that speaks of it: in between may be an attempt's last minutes, never a day. */
const BLOB_HOURS = 24
const WORKER_DAYS = 7

/** Removes what nobody needs any more. With `isDry` nothing is removed, only counted. */
export async function prune(
  { database, blobs }: { readonly database: Pick<Database, 'db' | 'pool'>; readonly blobs: Blobs },
  { isDry = false, now = Date.now() }: { readonly isDry?: boolean; readonly now?: number } = {},
): Promise<Pruned> {
  const removed: string[] = []
  const before = new Date(now - BLOB_HOURS * 3_600_000)
  for (const digest of await listUnreferenced(database.pool, blobs.list()))
    if (await blobs.removeOld(digest, before, isDry)) removed.push(digest)
  const gone = lt(workers.seen, sql`now() - make_interval(days => ${WORKER_DAYS})`)
  const rows = isDry
    ? await database.db.select({ id: workers.id }).from(workers).where(gone)
    : await database.db.delete(workers).where(gone).returning({ id: workers.id })
  return { blobs: removed, workers: rows.map(({ id }) => id), nonces: await forgetNonces(database.db, isDry) }
}
