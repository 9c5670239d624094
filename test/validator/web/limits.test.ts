import { EventEmitter } from 'node:events'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { limitRate, limitStreams } from '../../../validator/web/limits.ts'

/** A request of somebody at an address; `outgoing` is what ends with it. */
function from(remoteAddress: string) {
  const outgoing = new EventEmitter()
  return {
    outgoing,
    env: { outgoing, incoming: { socket: { remoteAddress, remotePort: 1, remoteFamily: 'IPv4' } } },
  }
}

function appWith(limit: ReturnType<typeof limitRate>) {
  const app = new Hono()
  app.use(limit)
  app.all('/', c => c.text('served'))
  return async (address: string, method = 'GET') => {
    const { outgoing, env } = from(address)
    return { status: (await app.request('/', { method }, env)).status, outgoing }
  }
}

async function statuses(count: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  return (await Promise.all(Array.from({ length: count }, ask))).map(({ status }) => status)
}

test('who hands in too often is refused, his neighbour is not, and this machine never', async () => {
  const ask = appWith(limitRate())

  expect(new Set(await statuses(600, () => ask('192.0.2.1', 'POST')))).toEqual(new Set([200]))
  expect((await ask('192.0.2.1', 'POST')).status).toBe(429)
  expect((await ask('::ffff:192.0.2.1', 'POST')).status).toBe(429)
  expect((await ask('192.0.2.1', 'GET')).status).toBe(200)
  expect((await ask('192.0.2.2', 'POST')).status).toBe(200)
  expect(new Set(await statuses(700, () => ask('127.0.0.1', 'POST')))).toEqual(new Set([200]))
})

test('one network of version 6 is one caller, however many addresses it has', async () => {
  const ask = appWith(limitRate())
  let number = 0

  await statuses(600, () => ask(`2001:db8:0:7::${(++number).toString(16)}`, 'POST'))
  expect((await ask('2001:db8::7:1:2:3:4', 'POST')).status).toBe(429)
  expect((await ask('2001:db8:0:8::1', 'POST')).status).toBe(200)
})

test('an address has so many streams at once, and a new one for each that it closes', async () => {
  const ask = appWith(limitStreams())
  const { outgoing } = await ask('192.0.2.1')
  await statuses(49, () => ask('192.0.2.1'))

  expect((await ask('192.0.2.1')).status).toBe(429)
  expect((await ask('192.0.2.2')).status).toBe(200)
  outgoing.emit('close')
  expect((await ask('192.0.2.1')).status).toBe(200)
  expect((await ask('192.0.2.1')).status).toBe(429)
})

test('streams of everybody together have an end as well', async () => {
  const ask = appWith(limitStreams())

  expect(new Set(await statuses(5000, () => ask('127.0.0.1')))).toEqual(new Set([200]))
  expect((await ask('127.0.0.1')).status).toBe(503)
})
