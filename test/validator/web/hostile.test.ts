import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept } from '../../../validator/accept.ts'
import { commits, events, nonces, submissions } from '../../../validator/store/schema.ts'
import { Refusal } from '../../../validator/web/answers.ts'
import { hostileRequests } from '../../support/hostile.ts'
import { envelopeOf, idlePack, signerNamed } from '../../support/miner.ts'
import { type Reply, sendRaw } from '../../support/raw-request.ts'
import { openService, type Service } from '../../support/service.ts'

let service: Service
beforeAll(async () => {
  service = await openService({
    patience: { requestTimeout: 1500, headersTimeout: 1000, connectionsCheckingInterval: 100 },
  })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

async function countStored(): Promise<number> {
  const { db } = service.intake.database
  const rows = await Promise.all([submissions, nonces, events, commits].map(table => db.$count(table)))
  const files = fs.readdirSync(path.join(service.folder, 'blobs'), { recursive: true, withFileTypes: true })
  return rows.reduce((sum, one) => sum + one, 0) + files.filter(entry => entry.isFile()).length
}

/** What is wrong with an answer; undefined if nothing is. */
function faultOf(reply: Reply, isWhole: boolean): string | undefined {
  switch (reply.kind) {
    case 'hung':
      return 'no answer, and no end'
    case 'closed':
      return isWhole ? 'the connection ended without an answer' : undefined
    case 'answer': {
      const { status, body } = reply
      if (status < 400) return status >= 200 ? undefined : `status ${status}`
      if (status >= 500) return `status ${status}: ${body}`
      return body === '' || Refusal.safeParse(parse(body)).success
        ? undefined
        : `status ${status} without a reason: ${body}`
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const BATCH = 100
/** So many requests of every kind; more by hand. */
const REQUESTS = Number(process.env.ARETE_FUZZ_REQUESTS ?? 10_000)

test(`${REQUESTS} hostile requests: each is refused with a reason, nothing is stored, and nothing breaks`, async () => {
  const bytes = await idlePack('taken')
  const taken = await envelopeOf(service.intake, await signerNamed('ann'), bytes)
  expect(await accept(service.intake, { envelope: taken, bytes })).toMatchObject({ kind: 'accepted' })
  const requests = await hostileRequests(service.intake, taken.message)
  const before = await countStored()

  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: BATCH, maxLength: BATCH }), async batch => {
      const replies = await Promise.all(batch.map(one => sendRaw(service.url, one.bytes, !one.isWhole)))
      const faults = replies.flatMap((reply, index) => {
        const { what, isWhole } = batch[index]!
        const fault = faultOf(reply, isWhole)
        return fault === undefined ? [] : [`${what}: ${fault}`]
      })
      const failed = service.logged.filter(({ level }) => level === 'error')
      expect({ faults, failed }).toEqual({ faults: [], failed: [] })
      expect(await countStored()).toBe(before)
    }),
    { numRuns: REQUESTS / BATCH, endOnFailure: true },
  )
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
}, 300_000)

test('a body without end is refused as soon as it is too large', async () => {
  const before = await countStored()
  const head =
    'POST /v1/submissions HTTP/1.1\r\nhost: x\r\narete-envelope: e30\r\ntransfer-encoding: chunked\r\n\r\n'
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  const reply = await sendRaw(service.url, Buffer.from(head + chunk.repeat(40)))

  expect(reply).toMatchObject({ kind: 'answer', status: 413 })
  expect(await countStored()).toBe(before)
})

test.each([
  { what: 'headers', sent: 'GET /v1/board HTTP/1.1\r\nhost: x\r\na:', more: 'a' },
  {
    what: 'a body',
    sent: 'POST /v1/submissions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n',
    more: 'x',
  },
])('who sends $what byte by byte is cut off, however long he goes on', async ({ sent, more }) => {
  const { hostname, port } = new URL(service.url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(sent)
  const dripping = setInterval(() => socket.write(more), 50)
  let text = ''
  socket.on('data', data => {
    text += data
  })
  await new Promise(resolve => socket.once('close', resolve))
  clearInterval(dripping)

  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(text).toContain('"code":"slow"')
})

test('five hundred who only hold the line keep nobody else from being served', async () => {
  const { hostname, port } = new URL(service.url)
  const holders = Array.from({ length: 500 }, () => net.connect(Number(port), hostname))
  for (const holder of holders) holder.on('error', () => {}).write('POST /v1/submissions HTTP/1.1\r\n')
  const served = await fetch(`${service.url}/v1/info`)

  expect(served.status).toBe(200)
  for (const holder of holders) holder.destroy()
})
