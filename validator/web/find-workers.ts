import { desc, ne, sql } from 'drizzle-orm'
import type { WorkersPage } from '../pages/workers.ts'
import { listStranded } from '../stages/steer.ts'
import { workers } from '../store/schema.ts'
import type { WebContext } from './context.ts'

interface Counted extends Record<string, unknown> {
  readonly worker: string
  readonly holding: number
  readonly judged: number
}

/** Workers that were not gone when last looked, with what each does and did. */
export async function findWorkers({ intake, jobs }: WebContext): Promise<WorkersPage> {
  const { database } = intake
  const { db } = database
  const rows = await db.select().from(workers).where(ne(workers.state, 'gone')).orderBy(desc(workers.started))
  const { rows: counts } = await db.execute<Counted>(sql`
    select worker, (count(*) filter (where state in ('working', 'verifying')))::int as holding,
      (count(*) filter (where state = 'judged'))::int as judged
    from attempts where worker is not null group by worker`)
  const { rows: faults } = await db.execute<{ worker: string; count: number }>(
    sql`select worker, count(*)::int as count from faults group by worker`,
  )
  const { rows: states } = await db.execute<{ state: string; count: number }>(
    sql`select state, count(*)::int as count from attempts group by state order by state`,
  )
  const stranded = await listStranded({ database, jobs })
  return {
    workers: rows.map(({ started: _, seen, labels, phases, ...row }) => {
      const own = counts.find(({ worker }) => worker === row.id)
      return {
        ...row,
        ...{ labels: [...labels], phases: [...phases], seen: seen.toISOString() },
        ...{ holding: own?.holding ?? 0, judged: own?.judged ?? 0 },
        faults: faults.find(({ worker }) => worker === row.id)?.count ?? 0,
      }
    }),
    stranded: stranded.map(({ queue, count }) => ({ queue, count })),
    attempts: states.map(({ state, count }) => ({ state, count })),
  }
}
