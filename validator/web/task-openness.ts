import { sql } from 'drizzle-orm'
import type { WebContext } from './context.ts'
import { opennessNow } from './openness.ts'

/** Which tasks everybody may know by now: those whose every draw is of a window that is over. */
export async function openTasks(context: WebContext): Promise<(digest: string) => boolean> {
  const openness = await opennessNow(context)
  const { rows } = await context.intake.database.db.execute<{ digest: string; window: number }>(
    sql`select jsonb_array_elements_text(tasks) as digest, max("window")::int as window from draws group by 1`,
  )
  const windows = new Map(rows.map(({ digest, window }) => [digest, window]))
  return digest => {
    const window = windows.get(digest)
    return window !== undefined && openness(window).kind === 'open'
  }
}
