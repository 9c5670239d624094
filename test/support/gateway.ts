import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { readCalls } from '../../sandbox/gateway/calls.ts'
import { parseConfig } from '../../sandbox/gateway/config.ts'
import { openGateway } from '../../sandbox/gateway/gateway.ts'
import type { Markers } from '../../sandbox/gateway/markers.ts'
import type { ProviderKind } from '../../sandbox/gateway/quirks.ts'
import { Replay } from '../../sandbox/gateway/replay.ts'
import { openSpending } from '../../sandbox/gateway/spending.ts'
import { makeFolder } from './folder.ts'
import { type Behaviour, KEY, openModelServer } from './model-server.ts'

export interface Opened {
  readonly session: Awaited<ReturnType<typeof openGateway>>['gateway'] extends {
    open: (...args: never[]) => infer S
  }
    ? S
    : never
  readonly send: (method: string, path: string, body?: unknown) => Promise<Answer>
  readonly chat: (more?: object) => Promise<Answer>
  readonly servers: Awaited<ReturnType<typeof openModelServer>>[]
  readonly calls: () => ReturnType<typeof readCalls>
  readonly text: () => string
  readonly spending: string
  readonly socket: string
  /** Takes a connection as that of a sandbox. */
  readonly accept: (channel: Duplex) => void
  readonly another: (options?: { agent?: string; replay?: string; environment?: string }) => Promise<Opened>
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any
  /** Data of events. */
  readonly events: readonly string[]
}

export const HELLO = [{ role: 'user', content: 'Hello' }]

/** A gateway in front of scripted providers, with one session that a socket leads to; all of it gone when the test is over. */
export async function useGateway(options: {
  readonly providers?: readonly { kind?: ProviderKind; behaviours?: readonly Behaviour[] }[]
  readonly policy?: object
  readonly environments?: object
  readonly markers?: Markers
  readonly prices?: object
}): Promise<Opened> {
  const servers = await Promise.all(
    (options.providers ?? [{}]).map(({ kind = 'openrouter', behaviours = [] }) =>
      openModelServer(kind, behaviours),
    ),
  )
  const folder = makeFolder({})
  const spendingFile = path.join(folder, 'spending.jsonl')
  const config = parseConfig(
    {
      providers: servers.map(({ url }, index) => {
        const kind = options.providers?.[index]?.kind ?? 'openrouter'
        return {
          kind,
          name: `${kind}-${index}`,
          url,
          key: 'KEY',
          models: {
            model: kind === 'chutes' ? 'org/Model-TEE' : kind === 'targon' ? 'org/Model' : 'org/model',
          },
        }
      }),
      policy: { models: ['model'], embeddings: ['org/vectors'], ...options.policy },
      ...(options.environments && { environments: options.environments }),
      prices: options.prices ?? { model: { input: 0.5, output: 2 } },
    },
    'test',
  )
  const spending = openSpending(spendingFile)
  const opened = await openGateway(config, {
    env: { KEY },
    signal: new AbortController().signal,
    spending,
    ...(options.markers && { markers: options.markers }),
    retry: { wait: async () => {}, random: () => 0 },
  })
  onTestFinished(async () => {
    await opened[Symbol.asyncDispose]()
    spending[Symbol.dispose]()
    for (const server of servers) await server[Symbol.asyncDispose]()
  })
  let count = 0
  const open = async (
    more: { agent?: string; replay?: string; environment?: string } = {},
  ): Promise<Opened> => {
    const number = ++count
    const file = path.join(folder, `calls-${number}.jsonl`)
    const session = opened.gateway.open(more.environment ?? 'env', {
      ...{ attempt: `attempt-${number}`, agent: more.agent ?? 'agent', task: 'task', file },
      ...(more.replay !== undefined && { replay: new Replay(readCalls(more.replay)) }),
    })
    onTestFinished(async () => void (await session.end()))
    const socket = path.join(folder, `${number}.sock`)
    await opened.gateway.listen(session, { path: socket })
    const send: Opened['send'] = (method, where, body) => request(socket, method, where, body)
    const text = () => fs.readFileSync(file, 'utf8')
    return {
      accept: channel => opened.gateway.accept(channel, session),
      ...{ session, send, servers, socket, text, spending: spendingFile, another: open },
      chat: more => send('POST', '/v1/chat/completions', { messages: HELLO, ...more }),
      calls: () => readCalls(text()),
    }
  }
  return await open()
}

export function request(socket: string, method: string, where: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      socketPath: socket,
      method,
      path: where,
      headers: { 'content-type': 'application/json' },
    })
    sent.on('error', reject)
    sent.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const events = text.split('\n\n').flatMap(one => (one.startsWith('data: ') ? [one.slice(6)] : []))
        const isJson = String(response.headers['content-type']).startsWith('application/json')
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text,
          events,
          json: isJson ? JSON.parse(text) : undefined,
        })
      })
    })
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
}
