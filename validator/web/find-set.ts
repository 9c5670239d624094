import { and, eq } from 'drizzle-orm'
import type { WeightsPage } from '../pages/weights.ts'
import type { Drizzle } from '../store/database.ts'
import { emissions } from '../store/schema.ts'

/** When the weights of a window were found on the chain; null if they are not there yet. */
export async function findSet(db: Drizzle, window: number | undefined): Promise<WeightsPage['set']> {
  if (window === undefined) return null
  const [row] = await db
    .select()
    .from(emissions)
    .where(and(eq(emissions.window, window), eq(emissions.state, 'confirmed')))
  return row === undefined ? null : { block: row.since ?? 0, at: row.changed.toISOString() }
}
