import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { buildLine, type Line, median } from './measure.ts'

interface Stats {
  readonly peak: number
  readonly now: number
  readonly cpu: { readonly user: number; readonly system: number }
}

const PIECES = 60
const PAUSE = 50
const MEGABYTE = 2 ** 20

/**
 * What the gateway adds until the first byte of an answer, how it bears many streams at once, and what memory it takes for them. Provider,
 * gateway and client are processes of their own on the same machine.
 */
export async function measureGateway({
  calls,
  streams,
}: {
  calls: number
  streams: number
}): Promise<Line[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-bench-'))
  const provider = start('gateway-provider.ts', [])
  try {
    const { port } = await heard<{ port: number }>(provider)
    const direct: http.RequestOptions = { host: '127.0.0.1', port }
    const gateway = start('gateway-process.ts', [`http://127.0.0.1:${port}/v1`, folder])
    try {
      const { sockets } = await heard<{ sockets: string[] }>(gateway)
      const through = sockets.map((socketPath): http.RequestOptions => ({ socketPath }))
      const latency = await measureLatency(direct, through[0]!, calls)
      const idle = await ask(gateway)
      const clock = performance.now()
      const together = await Promise.all(
        Array.from({ length: streams }, (_, index) =>
          stream(through[index % through.length]!, { pieces: PIECES, pause: PAUSE }),
        ),
      )
      const seconds = (performance.now() - clock) / 1000
      const busy = await ask(gateway)
      const whole = together.filter(one => one.isWhole)
      const pace = (PIECES - 1) * PAUSE
      const late = together.map(one => one.all - one.first - pace)
      const cpu = busy.cpu.user + busy.cpu.system - idle.cpu.user - idle.cpu.system
      return [
        buildLine('gateway.first-byte', latency.through, 'ms', latency.direct),
        buildLine('gateway.added', latency.added, 'ms'),
        buildLine('gateway.added.p99', latency.worst, 'ms'),
        buildLine('gateway.streams', whole.length, 'count'),
        buildLine('gateway.streams.events', (whole.length * (PIECES + 2)) / seconds, '1/s'),
        buildLine('gateway.streams.first-byte', median(together.map(one => one.first)), 'ms'),
        buildLine('gateway.streams.late', median(late), 'ms'),
        buildLine('gateway.streams.cpu', cpu / 1000 / seconds / 10, '%'),
        buildLine('gateway.memory.idle', idle.now / MEGABYTE, 'MB'),
        buildLine('gateway.memory.streams', busy.peak / MEGABYTE, 'MB'),
        buildLine('gateway.memory.stream', (busy.peak - idle.now) / MEGABYTE / streams, 'MB'),
      ]
    } finally {
      await end(gateway)
    }
  } finally {
    await end(provider)
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** One after the other, in turns, so that a slow moment of the machine hits both. */
async function measureLatency(direct: http.RequestOptions, through: http.RequestOptions, calls: number) {
  const bare: number[] = []
  const ours: number[] = []
  for (let call = 0; call < calls + 20; call += 1) {
    const one = await stream(direct, { pieces: 1, pause: 1000 })
    const other = await stream(through, { pieces: 1, pause: 1000 })
    // The first ones warm up.
    if (call < 20) continue
    bare.push(one.first)
    ours.push(other.first)
  }
  const added = ours.map((value, index) => value - bare[index]!).toSorted((one, other) => one - other)
  return {
    direct: median(bare),
    through: median(ours),
    added: median(added),
    worst: added[Math.floor(0.99 * added.length)]!,
  }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Milliseconds from the request until the first and the last byte of the answer's events. */
function stream(
  where: http.RequestOptions,
  want: { pieces: number; pause: number },
): Promise<{ first: number; all: number; isWhole: boolean }> {
  const body = JSON.stringify({
    ...{ model: 'model', stream: true, stream_options: { include_usage: true } },
    messages: [{ role: 'user', content: JSON.stringify(want) }],
  })
  const clock = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = http.request({ ...where, agent, method: 'POST', path: '/v1/chat/completions', headers })
    sent.on('error', reject)
    sent.on('response', response => {
      let first = 0
      let tail = ''
      let events = 0
      response.on('data', (chunk: Buffer) => {
        if (first === 0) first = performance.now() - clock
        const text = chunk.toString()
        events += text.split('data: ').length - 1
        tail = (tail + text).slice(-40)
      })
      response.on('error', reject)
      response.on('end', () => {
        const isWhole = tail.includes('[DONE]') && events === want.pieces + 3
        resolve({ first, all: performance.now() - clock, isWhole })
      })
    })
    sent.end(body)
  })
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(path.join(import.meta.dirname, file), args, {
    execArgv: ['--import', import.meta.resolve('tsx')],
  })
}

async function heard<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message]
  return message
}

async function ask(child: ChildProcess): Promise<Stats> {
  const answer = heard<Stats>(child)
  child.send('stats')
  return await answer
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
