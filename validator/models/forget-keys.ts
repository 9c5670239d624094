import { sql } from 'drizzle-orm'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { listUnreferenced } from '../store/referenced.ts'

/** Whatever ended longer ago has been looked at often enough. */
const LOOK_BACK_DAYS = 30

/**
 * Removes the sealed keys of submissions that nobody works on any more. What anything else is known by the same digest stays: a miner
 * may have sent whatever he likes as his key.
 *
 * @returns how many
 */
export async function forgetKeys({
  database,
  blobs,
}: {
  readonly database: Pick<Database, 'db' | 'pool'>
  readonly blobs: Pick<Blobs, 'removeOld'>
}): Promise<number> {
  const { rows } = await database.db.execute<{ digest: string }>(sql`
    select distinct envelope -> 'message' ->> 'modelKey' as digest from submissions
    where envelope -> 'message' ->> 'modelKey' is not null and state not in ('queued', 'working')
      and changed > now() - make_interval(days => ${LOOK_BACK_DAYS})`)
  let removed = 0
  const now = new Date(Date.now() + 1000)
  const digests = rows.map(({ digest }) => digest)
  for (const digest of await listUnreferenced(database.pool, digests))
    if (await blobs.removeOld(digest, now)) removed += 1
  return removed
}
