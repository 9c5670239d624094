import { desc, isNotNull } from 'drizzle-orm'
import type { Standings } from '../scoring/season/standings.ts'
import type { Drizzle } from '../store/database.ts'
import { settlements } from '../store/schema.ts'

/** What follows from the newest window that was settled with somebody in it; undefined before the first. */
export async function findNewestSettlement(
  db: Drizzle,
): Promise<{ readonly window: number; readonly standings: Standings } | undefined> {
  const [newest] = await db
    .select({ window: settlements.window, standings: settlements.standings })
    .from(settlements)
    .where(isNotNull(settlements.standings))
    .orderBy(desc(settlements.window))
    .limit(1)
  return newest && { window: newest.window, standings: newest.standings! }
}
