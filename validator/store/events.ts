import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Drizzle, Transaction } from './database.ts'
import { events } from './schema.ts'

/** Something that happened, in the order in which it came to be known. */
export interface StoredEvent {
  /** Its place among all events. */
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

/** What is told of through `LISTEN`, without a word: listeners read what is new. */
export const CHANNEL = 'arete_events'
/** As many as are read at once. */
export const PAGE = 500

/** Of the advisory lock under which events get their places. */
const LOCK = 0x61726576

/** Writes down an event, as a part of what it tells of, and wakes listeners once that is committed. */
export async function tell(tx: Transaction, event: NewEvent): Promise<void> {
  await insertEvent(tx, event)
    .returning({ woken: sql`pg_notify(${CHANNEL}, '')` })
    .prepare('tell')
    .execute()
}

/** Writes down an event without a word to anybody: for those who commit hundreds a second, and wake listeners afterwards. */
export async function writeEvent(tx: Transaction, event: NewEvent): Promise<void> {
  await insertEvent(tx, event).prepare('write_event').execute()
}

function insertEvent(tx: Transaction, { kind, submission = '', body = {} }: NewEvent) {
  return tx.insert(events).values({ kind, submission, body })
}

/** With the end of the transaction; such transactions commit one after the other, in the whole server. */
export async function wakeListeners(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_notify(${CHANNEL}, '')`)
}

/**
 * Gives places to events that were committed and have none. One process at a time, and whoever is next sees what the one before gave:
 * so places become seen in their order, and who remembers the last one misses none. Nobody waits for it while he commits.
 */
export async function placeEvents(db: Drizzle): Promise<void> {
  const { rows } = await db.execute(sql`select exists (select from events where place is null) as some`)
  if (!rows[0]!.some) return
  await db.transaction(async tx => {
    // In a statement of its own: the next one has to see what was committed until the lock was free.
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    await tx.execute(sql`update events set place = given.place
      from (select id, (select coalesce(max(place), 0) from events) + row_number() over (order by id) as place
        from events where place is null) as given
      where events.id = given.id`)
  })
}

/** Events after an id, in order, with all that are committed by now; at most a page of them. */
export async function readEvents(
  db: Drizzle,
  { after, submission, limit = PAGE }: { after: number; submission?: string; limit?: number },
): Promise<StoredEvent[]> {
  await placeEvents(db)
  const { place, at, kind, body } = events
  return await db
    .select({ id: sql<number>`${place}`.mapWith(place), at, kind, submission: events.submission, body })
    .from(events)
    .where(and(gt(place, after), submission === undefined ? undefined : eq(events.submission, submission)))
    .orderBy(asc(place))
    .limit(limit)
}

/** The id of the newest event; 0 if there is none. */
export async function newestEvent(db: Drizzle): Promise<number> {
  await placeEvents(db)
  const [row] = await db.select({ id: sql`coalesce(max(${events.place}), 0)`.mapWith(Number) }).from(events)
  return row!.id
}
