import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import autocannon from 'autocannon'
import type { AcceptContext } from '../../validator/accept.ts'
import { type Database, openDatabase } from '../../validator/store/database.ts'
import { tell } from '../../validator/store/events.ts'
import { envelopeOf, idlePack, NOW, signerNamed } from '../support/miner.ts'
import { startProcess } from '../support/process.ts'
import { measureHour } from './hour.ts'
import { buildLine, type Line } from './measure.ts'
import { fill } from './store.ts'

const MINERS = 20
const CALLERS = 16
const EVENTS = 100
/** Small, so that garbage is not taken for a leak: with room it is left lying. */
const HEAP = '--max-old-space-size=256'

export interface ServiceSize {
  readonly submissions: number
  readonly receipts: number
  readonly listeners: number
  /** How long readers read. */
  readonly seconds: number
  /** Of an hour, while whose traffic memory is watched. */
  readonly hour: number
}

/** What a validator answers a second, with many verdicts in it; it has a process of its own, callers share the machine with it. */
export async function measureService(size: ServiceSize): Promise<Line[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-bench-service-'))
  fs.chmodSync(folder, 0o755)
  const database = await openDatabase({ folder: path.join(folder, 'database') })
  try {
    await fill(database, size.receipts)
    const service = startProcess(SERVICE, {
      env: { URL: database.url, MINERS: String(MINERS), NODE_OPTIONS: HEAP },
    })
    try {
      await service.line('ready')
      const [url, tidy] = service.said().split('ready ')[1]!.trim().split(' ') as [string, string]
      const accepted = await submissionRate(url, size.submissions)
      const board = await read(`${url}/v1/board`, size.seconds)
      const heard = await hear({ url, database }, size.listeners, EVENTS)
      const hour = await measureHour(
        {
          ...{ url, database, miners: MINERS },
          memory: async () => (await (await fetch(tidy)).json()) as NodeJS.MemoryUsage,
          hear: async (listeners, events) => {
            const { share } = await hear({ url, database }, listeners, events)
            if (share < 1) throw new Error(`${Math.round(share * 100)} % of the listeners heard everything`)
          },
        },
        size.hour,
      )
      return [
        buildLine('service.accepted-16', accepted, '1/s'),
        buildLine(`service.board-${size.receipts}.p50`, board.latency.p50, 'ms'),
        buildLine(`service.board-${size.receipts}.p99`, board.latency.p99, 'ms'),
        buildLine(`service.board-${size.receipts}`, board.requests.average, '1/s'),
        buildLine(`service.listeners-${size.listeners}.heard`, heard.share * 100, '%'),
        buildLine(`service.listeners-${size.listeners}`, heard.milliseconds, 'ms'),
        ...hour,
      ]
    } finally {
      await service.kill()
      await untilQuiet(database)
    }
  } finally {
    await database[Symbol.asyncDispose]()
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** What the killed process asked for is still counted for a while. */
async function untilQuiet({ pool }: Database): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      `select count(*)::int as others from pg_stat_activity where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    if (rows[0].others === 0) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const SERVICE = `
  import http from 'node:http'
  import { setFlagsFromString } from 'node:v8'
  import { runInNewContext } from 'node:vm'
  import { openDatabase } from '#/validator/store/database.ts'
  import { openService } from '#/test/support/service.ts'
  import { FREE } from '#/validator/intake/payment.ts'
  import { signerNamed } from '#/test/support/miner.ts'
  const database = await openDatabase({ url: process.env.URL, folder: '/nowhere' })
  const names = Array.from({ length: Number(process.env.MINERS) }, (_, index) => 'miner ' + index)
  const miners = await Promise.all(names.map(async name => ({ hotkey: await signerNamed(name) })))
  const rates = { hours: 24, hotkey: 1e6, coldkey: 1e6, commits: 1e6 }
  const rules = { rates, payment: FREE }
  const { url } = await openService({ database, miners, logLevel: 'warn', withJobs: true, intake: { rules } })
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  const tidy = http.createServer((_, outgoing) => {
    gc()
    outgoing.end(JSON.stringify(process.memoryUsage()))
  })
  await new Promise(resolve => tidy.listen(0, '127.0.0.1', resolve))
  console.log('ready ' + url + ' http://127.0.0.1:' + tidy.address().port)
`

/** Signed submissions that are taken a second, over connections that stay open. */
async function submissionRate(url: string, count: number): Promise<number> {
  const miners = await Promise.all(
    Array.from({ length: MINERS }, (_, index) => signerNamed(`miner ${index}`)),
  )
  const info = (await (await fetch(`${url}/v1/info`)).json()) as AcceptContext['identity']
  const { network, netuid, validator } = info
  const context = { identity: { network, netuid, validator }, now: () => NOW } as AcceptContext
  const requests = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const body = await idlePack(`number ${index}`)
      const envelope = await envelopeOf(context, miners[index % MINERS]!, body)
      return {
        body: new Uint8Array(body),
        header: Buffer.from(JSON.stringify(envelope)).toString('base64url'),
      }
    }),
  )
  const left = requests.values()
  const agent = new http.Agent({ keepAlive: true })
  const start = performance.now()
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (const { body, header } of left) {
        const status = await post(`${url}/v1/submissions`, {
          agent,
          body,
          headers: { 'arete-envelope': header },
        })
        if (status !== 201) throw new Error(`A submission was answered with ${status}`)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  return count / seconds
}

/** As cheap as it gets: callers share the machine with whom they measure. @returns the status */
async function post(
  url: string,
  { body, ...options }: { agent: http.Agent; headers: http.OutgoingHttpHeaders; body: Uint8Array },
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const request = http.request(url, { ...options, method: 'POST' }, response => {
      response.resume().on('end', () => resolve(response.statusCode!))
    })
    request.on('error', reject).end(body)
  })
}

async function read(url: string, seconds: number) {
  const result = await autocannon({ url, connections: 10, duration: seconds })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were refusals, ${result.errors} failed`)
  return result
}

/** How many of the listeners hear all that happens, and how long after the last event the last one hears it. */
async function hear(
  { url, database }: { readonly url: string; readonly database: Database },
  listeners: number,
  events: number,
): Promise<{ share: number; milliseconds: number }> {
  const agent = new http.Agent({ maxSockets: Number.POSITIVE_INFINITY })
  let heard = 0
  let last = 0
  let ready = 0
  const happen = (kind: string) => database.db.transaction(tx => tell(tx, { kind }))
  const requests = await Promise.all(
    Array.from({ length: listeners }, async () => {
      const request = http.get(`${url}/v1/events`, { agent })
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject)
      })
      let count = 0
      let tail = ''
      let isReady = false
      await new Promise<void>(resolve => {
        response.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('event: hello')) resolve()
          if (!isReady && text.includes('event: probe')) {
            isReady = true
            ready++
          }
          // One may come in two pieces.
          const parts = (tail + text).split('event: bench')
          tail = parts.at(-1)!.slice(1 - 'event: bench'.length)
          count += parts.length - 1
          if (count === events) {
            heard++
            last = performance.now()
          }
        })
      })
      response.on('error', () => {})
      return request.on('error', () => {})
    }),
  )
  // Those that were greeted last are still to be put among the listeners.
  for (; ready < listeners; await new Promise(resolve => setTimeout(resolve, 200))) await happen('probe')
  for (let event = 0; event < events; event++) await happen('bench')
  const told = performance.now()
  while (heard < listeners && performance.now() - told < 60_000)
    await new Promise(resolve => setTimeout(resolve, 10))
  for (const request of requests) request.destroy()
  return { share: heard / listeners, milliseconds: Math.max(0, last - told) }
}
