import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Database } from './database.ts'
import { CHANNEL, newestEvent, PAGE, readEvents, type StoredEvent } from './events.ts'

type Source = Pick<Database, 'url' | 'db'>
type Listener = (batch: readonly StoredEvent[]) => void

/** A message is lost with its connection, or with a process that was killed before it sent it: one looks again after so long. */
const LOOK_AGAIN = 1000
const RECONNECT = 200

/** What hears for all listeners of a database: one connection. */
interface Hub {
  /** Id up to which listeners have been told. */
  last: number
  readonly listeners: Set<Listener>
  readonly stop: AbortController
}

const hubs = new WeakMap<Database['db'], Promise<Hub>>()

export interface ListenOptions {
  /** The id to start from; the newest at the start if not given. */
  readonly after?: number | undefined
  /** Of one submission only. */
  readonly submission?: string | undefined
}

/**
 * Tells every event after an id as it is committed, each once and in order, until the signal aborts. All listeners of a process
 * share one connection; one that is lost is made anew, and what was missed is told then.
 *
 * @param onEvents - must not throw
 */
export async function listenEvents(
  source: Source,
  onEvents: Listener,
  signal: AbortSignal,
  { after, submission }: ListenOptions = {},
): Promise<void> {
  if (signal.aborted) return
  let last = after ?? (await newestEvent(source.db))
  const listener: Listener = batch => {
    const isWanted = (event: StoredEvent) => submission === undefined || event.submission === submission
    const unheard = batch.filter(event => event.id > last && isWanted(event))
    if (unheard.length === 0 || signal.aborted) return
    last = unheard.at(-1)!.id
    onEvents(unheard)
  }
  const of = submission === undefined ? {} : { submission }
  const catchUp = async (upTo: number): Promise<void> => {
    for (let page = last < upTo ? PAGE : 0; page === PAGE && !signal.aborted; ) {
      const batch = await readEvents(source.db, { after: last, ...of })
      listener(batch)
      page = batch.length
    }
  }
  const { hub, leave } = await join(source, listener, catchUp)
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  leave()
  closeIdle(source, hub)
}

/** Hears from the hub at once, and keeps that back until all before it was read. */
async function join(
  source: Source,
  listener: Listener,
  catchUp: (upTo: number) => Promise<void>,
): Promise<{ readonly hub: Hub; readonly leave: () => void }> {
  const hub = await hubOf(source)
  // Nothing is awaited since, so that it cannot be closed in between.
  if (hub.stop.signal.aborted) return await join(source, listener, catchUp)
  let kept: StoredEvent[] | undefined = []
  const tell: Listener = batch => {
    if (kept === undefined) listener(batch)
    else kept.push(...batch)
  }
  const leave = (): void => void hub.listeners.delete(tell)
  hub.listeners.add(tell)
  try {
    await catchUp(hub.last)
  } catch (error) {
    leave()
    closeIdle(source, hub)
    throw error
  }
  const missed = kept
  kept = undefined
  listener(missed)
  return { hub, leave }
}

function hubOf(source: Source): Promise<Hub> {
  const known = hubs.get(source.db)
  if (known !== undefined) return known
  const opening = openHub(source)
  hubs.set(source.db, opening)
  opening.catch(() => hubs.delete(source.db))
  return opening
}

function closeIdle(source: Source, hub: Hub): void {
  if (hub.listeners.size > 0 || hub.stop.signal.aborted) return
  hubs.delete(source.db)
  hub.stop.abort()
}

async function openHub(source: Source): Promise<Hub> {
  const hub: Hub = {
    last: await newestEvent(source.db),
    listeners: new Set(),
    stop: new AbortController(),
  }
  void hear(source, hub)
  return hub
}

/** Until the hub is stopped. */
async function hear(source: Source, hub: Hub): Promise<void> {
  while (!hub.stop.signal.aborted)
    try {
      await hearOnce(source, hub)
    } catch {
      // The pool tells of it; here there is nothing to do but to try again.
      await sleep(RECONNECT, undefined, { signal: hub.stop.signal }).catch(() => {})
    }
}

/** As long as one connection lasts. */
async function hearOnce({ url, db }: Source, hub: Hub): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'arete events', keepAlive: true })
  const bell = makeBell()
  let isLost = false
  const lose = (): void => {
    isLost = true
    bell.ring()
  }
  client.on('notification', bell.ring)
  client.on('error', lose)
  client.on('end', lose)
  hub.stop.signal.addEventListener('abort', bell.ring)
  try {
    await client.connect()
    await client.query(`listen ${CHANNEL}`)
    while (!hub.stop.signal.aborted && !isLost) {
      bell.reset()
      await tellNew(db, hub)
      await bell.wait(LOOK_AGAIN)
    }
  } finally {
    hub.stop.signal.removeEventListener('abort', bell.ring)
    await client.end().catch(() => {})
  }
}

async function tellNew(db: Database['db'], hub: Hub): Promise<void> {
  for (;;) {
    const batch = await readEvents(db, { after: hub.last })
    if (batch.length === 0) return
    hub.last = batch.at(-1)!.id
    for (const listener of hub.listeners) listener(batch)
    if (batch.length < PAGE) return
  }
}

/** Rung before somebody waits, it does not let him wait. */
function makeBell() {
  let isRung = false
  let wake = (): void => {}
  return {
    ring: (): void => {
      isRung = true
      wake()
    },
    reset: (): void => {
      isRung = false
    },
    wait: async (milliseconds: number): Promise<void> => {
      if (isRung) return
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      wake = () => {}
    },
  }
}
