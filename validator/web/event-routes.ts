import type { HttpBindings } from '@hono/node-server'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { findChampion } from '../stages/champion.ts'
import { newestEvent, PAGE, readEvents, type StoredEvent } from '../store/events.ts'
import { type ListenOptions, listenEvents } from '../store/listen.ts'
import { Id, refusals } from './answers.ts'
import type { WebContext } from './context.ts'
import { isAtOnce } from './openness.ts'
import { together } from './together.ts'

const KEEP_ALIVE = 15_000
/** A listener that is so far behind is too slow: it is cut off, and comes back to where it was. */
const MOST_BEHIND = 5000

const events = createRoute({
  method: 'get',
  path: '/v1/events',
  summary: 'What happens, as it happens (server-sent events)',
  description:
    'Each message has an id; a client that comes back with `Last-Event-ID` misses none. Without it, it starts with what happens next, or with the first of a submission.',
  request: {
    query: z.object({ submission: Id.optional() }),
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: { description: 'A stream without end', content: { 'text/event-stream': { schema: z.string() } } },
    ...refusals(400, 429, 503),
  },
})

/** The way of everything that goes on. */
export function addEvents(app: OpenAPIHono, { intake, metrics, stopping, config }: WebContext): void {
  const { database } = intake
  const championNow = together(async () =>
    isAtOnce(config) ? undefined : (await findChampion(database.db))?.id,
  )
  app.openapi(events, c => {
    const { submission } = c.req.valid('query')
    const last = c.req.header('last-event-id')
    const start = last === undefined ? (submission === undefined ? undefined : 0) : Number(last)
    const of = submission === undefined ? {} : { submission }
    return streamSSE(c, async stream => {
      const gone = new AbortController()
      const signal = AbortSignal.any([gone.signal, stopping])
      stream.onAbort(() => gone.abort())
      metrics.listening(1)
      try {
        await stream.writeSSE({ data: '', event: 'hello', retry: 2000 })
        const newest = await newestEvent(database.db)
        // Who remembers more than there is, for instance from before a backup was restored, starts with what is new.
        let after = Math.min(start ?? newest, newest)
        for (let page = PAGE; page === PAGE && !signal.aborted; ) {
          const batch = await readEvents(database.db, { after, ...of })
          if (batch.length > 0) await stream.write(textsOf(batch, await championNow()))
          after = batch.at(-1)?.id ?? after
          page = batch.length
        }
        await tellNew(stream, { after, ...of }, signal, () => {
          gone.abort()
          ;(c.env as HttpBindings).outgoing.destroy()
        })
        if (stopping.aborted) await stream.writeSSE({ data: '', event: 'bye', retry: 1000 })
      } finally {
        gone.abort()
        metrics.listening(-1)
      }
    }) as never
  })

  /** What happens from now on, until the signal aborts. */
  async function tellNew(
    stream: SSEStreamingApi,
    from: ListenOptions,
    signal: AbortSignal,
    leave: () => void,
  ): Promise<void> {
    const waiting: StoredEvent[] = []
    let wake = (): void => {}
    const hear = (batch: readonly StoredEvent[]): void => {
      waiting.push(...batch)
      if (waiting.length > MOST_BEHIND) leave()
      wake()
    }
    const listening = listenEvents(database, hear, signal, from)
    listening.catch(leave)
    signal.addEventListener('abort', () => wake(), { once: true })
    while (!signal.aborted) {
      if (waiting.length > 0) {
        // What came while the last was on its way goes in one piece.
        await stream.write(textsOf(waiting.splice(0), await championNow()))
        continue
      }
      const isWoken = await new Promise<boolean>(resolve => {
        const timer = setTimeout(() => resolve(false), KEEP_ALIVE)
        wake = () => {
          clearTimeout(timer)
          resolve(true)
        }
      })
      if (!isWoken) await stream.write(': still here\n\n')
    }
    await listening.catch(() => {})
  }
}

/** All that is told of an event. Tasks are not named, and sentences of ours that may name them stay with us. */
const Told = z.object({
  ...{ agent: z.string(), state: z.string(), stage: z.string(), again: z.string() },
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  ...{ attempt: z.string(), environment: z.string(), place: z.int(), verdict: z.string().nullable() },
  ...{ reason: z.string(), whose: z.string(), attempts: z.array(z.string()), share: z.number() },
  ...{ hash: z.string(), hotkey: z.string(), block: z.int() },
  ...{ count: z.int(), last: z.int(), window: z.int(), scores: z.int() },
})

const texts = new WeakMap<StoredEvent, string>()

function textsOf(batch: readonly StoredEvent[], champion: string | undefined): string {
  return batch.map(event => textOf(event, event.submission === champion)).join('')
}

/** An event as it is sent: made once, however many listen. Nobody hears where a champion fails while it is one. */
function textOf(event: StoredEvent, isChampion: boolean): string {
  const known = texts.get(event)
  if (known !== undefined) return known
  const { id, at, kind, submission, body } = event
  const { verdict, reason, ...rest } = Told.partial().safeParse(body).data ?? {}
  const shown = isChampion && kind === 'attempt' ? rest : { ...rest, verdict, reason }
  const data = JSON.stringify({ at: at.toISOString(), submission, ...shown })
  const text = `event: ${kind}\ndata: ${data}\nid: ${id}\n\n`
  texts.set(event, text)
  return text
}
