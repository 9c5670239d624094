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

/**
 * Writes down an event, as a part of what it tells of. It gets its id when the transaction commits, and those commit one after the
 * other (migration `places`): so events become seen in the order of their ids, and who remembers the last id misses none.
 */
export async function tell(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.insert(events).values({
    kind: event.kind,
    submission: event.submission ?? '',
    body: event.body ?? {},
  })
}

/** Events after an id, in order; at most a page of them. */
export async function readEvents(
  db: Drizzle,
  { after, submission, limit = PAGE }: { after: number; submission?: string; limit?: number },
): Promise<StoredEvent[]> {
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
  const [row] = await db.select({ id: sql`coalesce(max(${events.place}), 0)`.mapWith(Number) }).from(events)
  return row!.id
}
