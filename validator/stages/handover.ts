import { sql } from 'drizzle-orm'
import type { Database } from '../store/database.ts'
import { wakeListeners } from '../store/events.ts'
import type { Jobs } from './jobs.ts'

interface Context {
  readonly database: Pick<Database, 'db'>
  readonly jobs: Pick<Jobs, 'sendAdvances'>
}

/** Hands over at once what was stored here; what a process left behind that was killed in between, after a second. */
export interface Handover extends AsyncDisposable {
  readonly ring: () => void
}

const MOST_AT_ONCE = 500
/** Milliseconds in which submissions come together: a single one hardly waits, many at once come in fewer pieces. */
const SOON = 5
const APART = 100
const LOOK_AGAIN = 1000

/**
 * Hands submissions that were stored over to the queue, many in one piece, and wakes listeners: were each to do this for itself, as a
 * part of its being stored, they would commit one after the other. Each is handed over once.
 *
 * @returns how many
 */
export async function handOver({ database, jobs }: Context): Promise<number> {
  return await database.db.transaction(async tx => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      with unsent as (select id from submissions where not sent limit ${MOST_AT_ONCE} for update skip locked)
      update submissions set sent = true from unsent where submissions.id = unsent.id returning submissions.id`)
    if (rows.length === 0) return 0
    await jobs.sendAdvances(
      tx,
      rows.map(({ id }) => id),
    )
    await wakeListeners(tx)
    return rows.length
  })
}

export function openHandover(context: Context, onError: (error: unknown) => void): Handover {
  let timer: NodeJS.Timeout | undefined
  let isRung = true
  let isClosed = false
  let last = Number.NEGATIVE_INFINITY
  let looking = Promise.resolve()
  const plan = (): void => {
    const soon = Math.max(SOON, last + APART - performance.now())
    timer = setTimeout(look, isRung ? soon : LOOK_AGAIN)
  }
  const look = (): void => {
    timer = undefined
    isRung = false
    last = performance.now()
    looking = handAllOver(context)
      .catch(onError)
      .then(() => (isClosed ? undefined : plan()))
  }
  plan()
  return {
    ring() {
      if (isRung || isClosed) return
      isRung = true
      if (timer === undefined) return
      clearTimeout(timer)
      plan()
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      clearTimeout(timer)
      await looking
    },
  }
}

async function handAllOver(context: Context): Promise<void> {
  while ((await handOver(context)) === MOST_AT_ONCE);
}
