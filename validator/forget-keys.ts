import { sql } from 'drizzle-orm'
import type { Blobs } from './store/blobs.ts'
import type { Database } from './store/database.ts'

/** Whatever ended longer ago has been looked at often enough. */
const LOOK_BACK_DAYS = 30

/** Removes the sealed keys of submissions that nobody works on any more. @returns how many */
export async function forgetKeys({
  database,
  blobs,
}: {
  readonly database: Pick<Database, 'db'>
  readonly blobs: Pick<Blobs, 'removeOld'>
}): Promise<number> {
  const { rows } = await database.db.execute<{ digest: string }>(sql`
    select distinct envelope -> 'message' ->> 'modelKey' as digest from submissions
    where envelope -> 'message' ->> 'modelKey' is not null and state not in ('queued', 'working')
      and changed > now() - make_interval(days => ${LOOK_BACK_DAYS})
    except select envelope -> 'message' ->> 'modelKey' from submissions where state in ('queued', 'working')`)
  let removed = 0
  const now = new Date(Date.now() + 1000)
  for (const { digest } of rows) if (await blobs.removeOld(digest, now)) removed += 1
  return removed
}
