import { randomBytes } from 'node:crypto'
import { and, eq, ne, sql } from 'drizzle-orm'
import type { Offer } from '../queue/needs.ts'
import type { Database, Drizzle } from '../store/database.ts'
import { workers } from '../store/schema.ts'

/** Who a worker says it is. */
export interface WorkerIdentity extends Offer {
  /** Told apart from every other process, also one of the same machine. */
  readonly id: string
  /** Its machine, for the operator alone. */
  readonly host: string
  readonly version: string
}

/** A worker says so often that it is there. */
export const SIGN_SECONDS = 5
/** Who was not heard of for so long is gone. */
export const GONE_SECONDS = 20

export const WORKER_NAME = /^[a-z0-9-]{1,30}$/

/** What everybody may call a worker: its name, which an operator may choose, tells nothing of its machine. */
export function newWorkerId(name = 'worker'): string {
  return `${name}-${randomBytes(3).toString('hex')}`
}

/** Makes a worker known, or known again. */
export async function announce({ db }: Pick<Database, 'db'>, worker: WorkerIdentity): Promise<void> {
  const { id, ...about } = worker
  const row = { ...about, state: 'working' as const, started: sql`now()`, seen: sql`now()` }
  await db
    .insert(workers)
    .values({ id, ...row })
    .onConflictDoUpdate({ target: workers.id, set: row })
}

/**
 * A sign of life. Whoever gives one marks those who have given none for long.
 *
 * @returns how it stands in the records: an operator may have told it to drain
 */
export async function giveSign(
  { db }: Pick<Database, 'db'>,
  id: string,
  state: 'working' | 'draining',
): Promise<'working' | 'draining' | 'gone' | undefined> {
  const kept = sql`case when ${workers.state} = 'draining' then 'draining' else ${state} end`
  const [row] = await db
    .update(workers)
    .set({ state: kept as never, seen: sql`now()` })
    .where(eq(workers.id, id))
    .returning()
  await markGone(db)
  return row?.state
}

export async function leave({ db }: Pick<Database, 'db'>, id: string): Promise<void> {
  await db.update(workers).set({ state: 'gone' }).where(eq(workers.id, id))
}

/** Also for the validator itself, which may be the only one left. */
export async function markGone(db: Drizzle): Promise<void> {
  await db
    .update(workers)
    .set({ state: 'gone' })
    .where(
      and(ne(workers.state, 'gone'), sql`${workers.seen} < now() - make_interval(secs => ${GONE_SECONDS})`),
    )
}

/** Workers that take jobs now. */
export async function listOffers(db: Drizzle): Promise<(Offer & { readonly id: string })[]> {
  return await db
    .select({
      id: workers.id,
      cpus: workers.cpus,
      memoryMegabytes: workers.memoryMegabytes,
      labels: workers.labels,
      engine: workers.engine,
      phases: workers.phases,
    })
    .from(workers)
    .where(
      and(
        eq(workers.state, 'working'),
        sql`${workers.seen} > now() - make_interval(secs => ${GONE_SECONDS})`,
      ),
    )
}
