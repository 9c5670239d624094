import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Drizzle, Transaction } from './database.ts'
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

/** What is told of through `LISTEN`, without a word: listeners read what is new. */
export const CHANNEL = 'arete_events'
const LOCK = 0x61726576
/** As many as are read at once. */
export const PAGE = 500

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
  const [row] = await db.select({ id: sql`coalesce(max(${events.id}), 0)`.mapWith(Number) }).from(events)
  return row!.id
}
