import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderKind } from '../../sandbox/gateway/quirks.ts'

/** How the server answers one request. */
export type Behaviour =
  | {
      readonly kind: 'answer'
      readonly text?: string
      readonly usage?: object | null
      readonly pieces?: number
    }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly message?: string
      readonly retryAfter?: number
    }
  /** Status 200 and an error inside, as OpenRouter does it. */
  | { readonly kind: 'error-within'; readonly code: number }
  /** Breaks off after so many events, or in the midst of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** An error as an event after so many others. */
  | { readonly kind: 'error-event'; readonly after: number; readonly message?: string }
  /** Words and two calls of tools, in pieces: a stream, also to those who want none. */
  | { readonly kind: 'tools' }
  | { readonly kind: 'silence' }
  /** The first events of a stream, and then nothing more. */
  | { readonly kind: 'endless' }
  /** A stream with these bytes in it, each piece of them for itself; `hangs`: without an end. */
  | { readonly kind: 'bytes'; readonly pieces: () => Iterable<string | Buffer>; readonly hangs?: boolean }
  /** More bytes than anybody asked for. */
  | { readonly kind: 'flood'; readonly bytes: number }

export interface ModelServer extends AsyncDisposable {
  /** With the version: what a provider is configured with. */
  readonly url: string
  readonly requests: {
    readonly line: string
    readonly headers: http.IncomingHttpHeaders
    readonly body: Body
  }[]
  /** Requests whose client went away before the answer was over. */
  readonly left: () => number
}

interface Body {
  readonly model?: string
  readonly messages?: readonly { readonly role: string; readonly content: string }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly usage?: { readonly include?: boolean }
  readonly input?: string | readonly string[]
  readonly [key: string]: unknown
}

export const KEY = 'the-secret-key'
export const PRICES = { input: 0.5, output: 2 }

/** Pieces of two calls, mixed: only the first of each has its name. */
const TOOL_DELTAS = [
  { role: 'assistant', content: 'I look.' },
  {
    tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'read', arguments: '' } }],
  },
  { tool_calls: [{ index: 0, function: { arguments: '{"path":' } }] },
  {
    tool_calls: [{ index: 1, id: 'call_b', type: 'function', function: { name: 'run', arguments: '{"com' } }],
  },
  { tool_calls: [{ index: 0, function: { arguments: '"a.py"}' } }] },
  { tool_calls: [{ index: 1, function: { arguments: 'mand":"ls"}' } }] },
]

/** A provider in the form of one of those that there are: the same answers, each in its own dialect. */
export async function openModelServer(
  kind: ProviderKind,
  behaviours: readonly Behaviour[] = [],
): Promise<ModelServer> {
  const requests: ModelServer['requests'] = []
  let left = 0
  let count = 0
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const body = (text === '' ? {} : JSON.parse(text)) as Body
    const path = (request.url ?? '').replace(/^\/v1/, '')
    requests.push({ line: `${request.method} ${path}`, headers: request.headers, body })
    response.on('close', () => {
      if (!response.writableFinished) left += 1
    })
    if (request.headers.authorization !== `Bearer ${KEY}`) return fail(response, kind, 401, 'who are you?')
    if (request.method === 'GET')
      return json(response, 200, path === '/models' ? listOf(kind) : embeddingList())
    if (path === '/embeddings') return json(response, 200, embeddings(body))
    const behaviour = behaviours[Math.min(count, behaviours.length - 1)] ?? { kind: 'answer' }
    count += 1
    answer(kind, body, behaviour, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    left: () => left,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(kind: ProviderKind, body: Body, behaviour: Behaviour, response: http.ServerResponse): void {
  switch (behaviour.kind) {
    case 'status':
      if (behaviour.retryAfter !== undefined) response.setHeader('retry-after', String(behaviour.retryAfter))
      fail(response, kind, behaviour.status, behaviour.message ?? 'not now')
      return
    case 'error-within':
      json(response, 200, { error: { code: behaviour.code, message: 'the provider behind is down' } })
      return
    case 'silence':
      return
    case 'bytes':
      void sendPieces(behaviour, response)
      return
    case 'tools':
      stream(kind, { ...body, stream: true, stream_options: { include_usage: true } }, behaviour, response)
      return
    case 'flood':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`{"choices":"${'x'.repeat(behaviour.bytes)}"}`)
      return
    case 'answer':
    case 'cut':
    case 'endless':
    case 'error-event':
      if (body.stream) stream(kind, body, behaviour, response)
      else whole(kind, body, behaviour, response)
      return
  }
}

function whole(kind: ProviderKind, body: Body, behaviour: Behaviour, response: http.ServerResponse): void {
  const { text = 'Hi there', usage = usageOf(kind, body) } = behaviour.kind === 'answer' ? behaviour : {}
  const message = { role: 'assistant', content: text }
  const content = {
    ...{ id: 'gen-1', object: 'chat.completion', created: 1, model: body.model },
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    ...(usage === null ? {} : { usage }),
  }
  if (behaviour.kind === 'answer') {
    json(response, 200, content)
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
  response.write('{"choices":', () => response.destroy())
}

function stream(kind: ProviderKind, body: Body, behaviour: Behaviour, response: http.ServerResponse): void {
  const {
    text = 'Hi there',
    pieces = 2,
    usage = usageOf(kind, body),
  } = behaviour.kind === 'answer' ? behaviour : {}
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const common = { id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: body.model }
  const event = (data: object): string => `data: ${JSON.stringify({ ...common, ...data })}\n\n`
  // OpenRouter keeps connections alive with comments while it waits.
  if (kind === 'openrouter') response.write(': OPENROUTER PROCESSING\n\n')
  const size = Math.ceil(text.length / pieces)
  const deltas = Array.from({ length: pieces }, (_, index) => text.slice(index * size, (index + 1) * size))
  const events = deltas.map((content, index) =>
    event({
      choices: [
        { index: 0, delta: index === 0 ? { role: 'assistant', content } : { content }, finish_reason: null },
      ],
    }),
  )
  const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  const asked = body.stream_options?.include_usage === true
  const told = asked && usage !== null ? [event({ choices: [], usage })] : []
  switch (behaviour.kind) {
    case 'tools':
      response.end(
        [
          ...TOOL_DELTAS.map(delta => event({ choices: [{ index: 0, delta, finish_reason: null }] })),
          event({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }),
          ...[...told, 'data: [DONE]\n\n'],
        ].join(''),
      )
      return
    case 'cut':
      response.write(events.slice(0, behaviour.after).join('') || ': nothing\n\n', () => response.destroy())
      return
    case 'endless':
      response.write(events.join(''))
      return
    case 'error-event':
      response.end(
        [
          ...events.slice(0, behaviour.after),
          event({ error: { code: 502, message: behaviour.message ?? 'overloaded' }, choices: [] }),
        ].join(''),
      )
      return
    default:
      response.end([...events, last, ...told, 'data: [DONE]\n\n'].join(''))
  }
}

async function sendPieces(
  { pieces, hangs = false }: Behaviour & { kind: 'bytes' },
  response: http.ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const piece of pieces()) {
    if (response.destroyed) return
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  if (!hangs) response.end()
}

/** A thousand tokens of prompt, two hundred of them read before, and fifty of answer. */
function usageOf(kind: ProviderKind, body: Body): object {
  const usage = { prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050 }
  const cached = { prompt_tokens_details: { cached_tokens: 200 } }
  // Only whoever asks is told what it cost.
  return kind === 'openrouter' && body.usage?.include
    ? { ...usage, ...cached, cost: 0.0006 }
    : { ...usage, ...cached }
}

function listOf(kind: ProviderKind): object {
  const { input, output } = PRICES
  const perToken = { prompt: String(input / 1e6), completion: String(output / 1e6) }
  const text = { input_modalities: ['text'], output_modalities: ['text'] }
  switch (kind) {
    case 'chutes':
      return {
        data: [
          {
            id: 'org/Model-TEE',
            ...text,
            context_length: 1000,
            pricing: { prompt: input, completion: output },
          },
        ],
      }
    case 'openrouter':
      return {
        data: [{ id: 'org/model', architecture: text, pricing: { ...perToken, image: '0' } }, 'nonsense'],
      }
    case 'targon':
      return {
        data: [
          { id: 'org/Model', ...text, pricing: perToken },
          {
            id: 'org/Vectors',
            output_modalities: ['embedding'],
            pricing: { prompt: '0.00000001', completion: '0' },
          },
        ],
      }
    case 'compatible':
      return { object: 'list', data: [{ id: 'org/model', object: 'model', owned_by: 'library' }] }
  }
}

function embeddingList(): object {
  return { data: [{ id: 'org/vectors', pricing: { prompt: '0.00000001', completion: '0' } }] }
}

function embeddings({ input, model }: Body): object {
  const inputs = Array.isArray(input) ? input : [input]
  const data = inputs.map((_, index) => ({ object: 'embedding', index, embedding: [1, index] }))
  return { object: 'list', model, data, usage: { prompt_tokens: 8, total_tokens: 8 } }
}

function fail(response: http.ServerResponse, kind: ProviderKind, status: number, message: string): void {
  const bodies = {
    chutes: { detail: message },
    openrouter: { error: { code: status, message } },
    targon: { error: message },
    compatible: { error: { message, type: 'error' } },
  }
  json(response, status, bodies[kind])
}

function json(response: http.ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
