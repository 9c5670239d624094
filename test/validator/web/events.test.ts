import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newestEvent, tell } from '../../../validator/store/events.ts'
import { openClient } from '../../../validator/web/client.ts'
import { openService, type Service } from '../../support/service.ts'

let service: Service
beforeAll(async () => {
  service = await openService()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

const [ONE, OTHER] = ['1'.repeat(24), '2'.repeat(24)]

async function happen(submission: string, count: number, body: Record<string, unknown> = {}): Promise<void> {
  const { db } = service.intake.database
  await db.transaction(async tx => {
    for (let number = 0; number < count; number++)
      await tell(tx, { kind: 'test', submission, body: { count: number, ...body } })
  })
}

/** Reads a stream until it has so many events, or ends. */
async function listen(query: string, headers: Record<string, string>, count: number): Promise<string[]> {
  const leave = new AbortController()
  const response = await fetch(`${service.url}/v1/events${query}`, { headers, signal: leave.signal })
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk)
    if (text.split('\n\n').filter(part => part.includes('id:')).length >= count) break
  }
  leave.abort()
  return text.split('\n\n').filter(Boolean)
}

const idsOf = (messages: readonly string[]) =>
  messages.map(message => Number(/^id: (\d+)$/m.exec(message)?.[1])).filter(id => id > 0)

test('a listener that comes back misses nothing and hears nothing twice, past any page', async () => {
  await happen(ONE, 1200)
  const first = idsOf(await listen(`?submission=${ONE}`, {}, 700))
  await happen(ONE, 5)
  const rest = idsOf(await listen(`?submission=${ONE}`, { 'last-event-id': String(first[699]) }, 505))

  const heard = [...first.slice(0, 700), ...rest]
  expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other))
  expect(heard).toHaveLength(1205)
})

test('of a submission only its own; names of tasks, machines and our own sentences never', async () => {
  const { db } = service.intake.database
  const last = await newestEvent(db)
  const hearing = listen(`?submission=${OTHER}`, {}, 2)
  await happen(ONE, 3)
  await happen(OTHER, 2, { task: 'org/secret', detail: 'image of org/secret', worker: 'secret-host' })
  const own = await hearing

  expect(idsOf(own)).toEqual([last + 4, last + 5])
  expect(own.join()).not.toContain('secret')
  expect(own.at(-1)).toContain('"count":1')
})

test('who knows more than there is starts with what is new', async () => {
  const hearing = listen('', { 'last-event-id': '999999999999999' }, 1)
  const { database } = service.intake
  await expect.poll(() => countListeners()).toBeGreaterThan(0)
  await happen(ONE, 1)

  expect(idsOf(await hearing)).toEqual([await newestEvent(database.db)])
})

test('who asks and does not read is let go, and costs no more memory than what may wait for him', async () => {
  await expect.poll(() => countListeners()).toBe(0)
  const { hostname, port } = new URL(service.url)
  const socket = net.connect(Number(port), hostname)
  socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.pause()
  await expect.poll(() => countListeners()).toBe(1)
  const agent = 'x'.repeat(4000)
  for (let round = 0; round < 8; round++) await happen(ONE, 1000, { agent })

  await expect.poll(() => countListeners(), { timeout: 10_000 }).toBe(0)
  socket.destroy()
})

test('a client is told that the process goes, and takes up where it was at the next', async () => {
  const heard: string[] = []
  const leave = new AbortController()
  const following = (async () => {
    for await (const { kind } of openClient(service.url).follow(OTHER, leave.signal)) {
      heard.push(kind)
      if (kind === 'bye') leave.abort()
    }
  })()
  await expect.poll(() => heard).toEqual(['hello', 'test', 'test'])
  service.stop()

  await following
  expect(heard.at(-1)).toBe('bye')
})

async function countListeners(): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text()
  return Number(/^arete_listeners (\d+)$/m.exec(text)?.[1] ?? 0)
}
