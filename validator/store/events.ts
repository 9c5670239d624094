import { and, asc, eq, gt, sql } from 'drizzle-orm'
import pg from 'pg'
import type { Database, Drizzle, Transaction } from './database.ts'
import { events } from './schema.ts'

/** Something that happened, in the order in which it came to be known. */
export interface StoredEvent {
  readonly id: number
  readonly at: Date
  readonly kind: string
  readonly submission: string
  readonly body: unknown
}

export interface NewEvent {
  readonly kind: string
  /** A submission's id, if it is about one. */
  readonly submission?: string
  readonly body?: Readonly<Record<string, unknown>>
}

const CHANNEL = 'arete_events'
const LOCK = 0x61726576
const PAGE = 500
/** Missed notifications are found by looking, at the latest after so long. */
const LOOK_AGAIN = 5000

/**
 * Writes down an event, as a part of what it tells of. Until the transaction ends no other one can write events: so they become
 * seen in the order of their ids, and who remembers the last id misses none.
 */
export async function tell(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
  await tx.insert(events).values({
    kind: event.kind,
    submission: event.submission ?? '',
    body: event.body ?? {},
  })
  await tx.execute(sql`select pg_notify(${CHANNEL}, '')`)
}

/** Events after an id, in order; at most a page of them. */
export async function readEvents(
  db: Drizzle,
  { after, submission, limit = PAGE }: { after: number; submission?: string; limit?: number },
): Promise<StoredEvent[]> {
  return await db
    .select()
    .from(events)
    .where(
      and(gt(events.id, after), submission === undefined ? undefined : eq(events.submission, submission)),
    )
    .orderBy(asc(events.id))
    .limit(limit)
}

/** The id of the newest event; 0 if there is none. */
export async function newestEvent(db: Drizzle): Promise<number> {
  const [row] = await db.select({ id: sql<number>`coalesce(max(${events.id}), 0)::int` }).from(events)
  return row!.id
}

/**
 * Tells every event after an id as it is committed, each once and in order, until the signal aborts. A connection that is lost is
 * made anew, and what was missed is told then.
 *
 * @param after - the id to start from; the newest at the start if not given
 */
export async function listenEvents(
  { url, db }: Pick<Database, 'url' | 'db'>,
  onEvents: (batch: readonly StoredEvent[]) => void,
  signal: AbortSignal,
  after?: number,
): Promise<void> {
  let last = after ?? (await newestEvent(db))
  while (!signal.aborted) {
    try {
      await listenOnce()
    } catch {
      await pause(500, signal)
    }
  }

  async function listenOnce(): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: 'arete events' })
    let wake = (): void => {}
    let isLost = false
    let isTold = true
    const stir = (): void => {
      isTold = true
      wake()
    }
    client.on('notification', stir)
    client.on('error', () => {
      isLost = true
      stir()
    })
    client.on('end', () => {
      isLost = true
      stir()
    })
    signal.addEventListener('abort', stir, { once: true })
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      while (!signal.aborted && !isLost) {
        isTold = false
        for (let batch = await readEvents(db, { after: last }); batch.length > 0; ) {
          last = batch.at(-1)!.id
          onEvents(batch)
          batch = batch.length < PAGE ? [] : await readEvents(db, { after: last })
        }
        if (!isTold)
          await new Promise<void>(resolve => {
            const timer = setTimeout(resolve, LOOK_AGAIN)
            wake = () => {
              clearTimeout(timer)
              resolve()
            }
          })
      }
    } finally {
      signal.removeEventListener('abort', stir)
      client.removeAllListeners('notification')
      await client.end().catch(() => {})
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
