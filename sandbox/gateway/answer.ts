import type http from 'node:http'
import { readJson } from '../bounded-json.ts'
import { admitChat, admitEmbedding, type Call } from './admit.ts'
import { type Exchange, exchange } from './exchange.ts'
import { embeddingFromRidges, fromRidges, toRidges, vectorOf } from './legacy.ts'
import { toUsd } from './money.ts'
import { type Form, findTarget, sayPaths } from './paths.ts'
import { Pieces } from './pieces.ts'
import { errorBody, type Refused, refuse } from './refusal.ts'
import type { Retry } from './relay.ts'
import type { Session } from './session.ts'

const BODY_MILLISECONDS = 60_000

/** Answers one HTTP request of an agent. It never throws for what the agent or a provider does. */
export async function answerRequest(
  session: Session,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  retry: Retry = {},
): Promise<void> {
  response.on('error', () => {})
  const target = findTarget(request.method ?? 'GET', request.url ?? '/')
  switch (target.kind) {
    case 'chat':
    case 'embeddings':
      return await answerCall(session, { endpoint: target.kind, form: target.form }, request, response, retry)
    case 'models':
      return send(response, 200, listModels(session, session.policy.models, target.form))
    case 'embedding-models':
      return send(response, 200, listModels(session, session.policy.embeddings, target.form))
    case 'usage':
      return send(response, 200, session.usage)
    case 'key':
      return send(response, 200, sayKey(session))
    case 'health':
      return send(response, 200, { status: 'ok' })
    case 'wrong-method':
      return sendRefusal(response, refuse('wrong-method', `Cannot ${request.method} ${request.url}`))
    case 'unknown':
      return sendRefusal(
        response,
        refuse('no-such-path', `There is no ${String(request.url).slice(0, 200)} here, but ${sayPaths()}`),
      )
  }
}

async function answerCall(
  session: Session,
  { endpoint, form }: { endpoint: 'chat' | 'embeddings'; form: Form },
  request: http.IncomingMessage,
  response: http.ServerResponse,
  retry: Retry,
): Promise<void> {
  const bytes = await readBody(request, session)
  if (bytes === undefined) {
    response.destroy()
    return
  }
  // What of the body was not read stands in the way of another request.
  if ('kind' in bytes) response.setHeader('connection', 'close')
  else session.inspect(bytes)
  const call = 'kind' in bytes ? bytes : admit(session, endpoint, form, bytes)
  if (call.kind === 'refused') {
    session.refused(session.nextId(), call)
    return sendRefusal(response, call, form)
  }
  const left = new AbortController()
  response.on('close', () => left.abort())
  const outcome = await exchange(session, call, left.signal, retry)
  switch (outcome.kind) {
    case 'refused':
      return sendRefusal(response, outcome, form)
    case 'whole':
      return send(response, 200, inForm(outcome, endpoint, form))
    case 'stream':
      await sendStream(response, outcome.events)
      // A clean end would say that the answer was whole.
      if (session.signal.aborted) response.destroy()
      else if (!response.destroyed) response.end('data: [DONE]\n\n')
      return
  }
}

function admit(session: Session, endpoint: Call['endpoint'], form: Form, bytes: Buffer): Call | Refused {
  const raw = readJson(bytes)
  if (raw === undefined) return refuse('bad-request', 'The body is not JSON, or nested too deeply')
  if (endpoint === 'chat') return admitChat(session.policy, form === 'openai' ? raw : fromRidges(raw))
  return admitEmbedding(session.policy, form === 'openai' ? raw : embeddingFromRidges(raw))
}

function inForm(
  { body, said }: Exchange & { kind: 'whole' },
  endpoint: Call['endpoint'],
  form: Form,
): unknown {
  if (form === 'openai') return body
  if (endpoint === 'embeddings') return form === 'ridges' ? { embedding: vectorOf(body) } : vectorOf(body)
  return form === 'ridges' ? toRidges(said) : said.text
}

/** Events as they come; who reads slowly is waited for, and who has left ends the call. */
async function sendStream(response: http.ServerResponse, events: AsyncGenerator<string>): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let goOn = (): void => {}
  response.on('drain', () => goOn())
  response.on('close', () => goOn())
  for await (const data of events) {
    if (response.destroyed || response.write(`data: ${data}\n\n`)) continue
    await new Promise<void>(resolve => {
      goOn = resolve
    })
  }
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Agents of Ridges' first gateways know 429 for a budget that is spent, and read `detail`. */
function sendRefusal(response: http.ServerResponse, refused: Refused, form: Form = 'openai'): void {
  const isOld = form !== 'openai'
  const status = isOld && refused.status === 402 ? 429 : refused.status
  if (refused.retryAfter !== undefined) response.setHeader('retry-after', String(refused.retryAfter))
  send(response, status, isOld ? { detail: refused.message } : errorBody(refused))
}

/** @returns undefined if it does not come whole in time */
async function readBody(
  request: http.IncomingMessage,
  { policy, room, signal }: Session,
): Promise<Buffer | Refused | undefined> {
  const { requestBytes } = policy
  const tooLarge = refuse('too-large', `Cannot take this request: ${requestBytes} bytes may be`)
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > requestBytes) return tooLarge
  const refused = room.check(declared)
  if (refused !== undefined) return refused
  const pieces = new Pieces()
  const late = setTimeout(() => request.destroy(), BODY_MILLISECONDS)
  const stop = (): void => void request.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    // Whoever is refused in the midst of it shall still read why.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (pieces.length + piece.length > requestBytes) return tooLarge
      const refused = room.take(piece.length)
      if (refused !== undefined) return refused
      pieces.add(piece)
    }
    return pieces.join()
  } catch {
    return undefined
  } finally {
    room.give(pieces.length)
    clearTimeout(late)
    signal.removeEventListener('abort', stop)
  }
}

function listModels(session: Session, names: readonly string[], form: 'openai' | 'ridges'): unknown {
  const priced = names.map(name => ({ name, price: session.context.catalog.routes(name)[0]?.price }))
  if (form === 'ridges')
    return priced.map(({ name, price }) => ({
      ...{ name, external_name: name, max_input_tokens: session.policy.requestBytes },
      cost_usd_per_million_input_tokens: toUsd(price?.input ?? 0),
      cost_usd_per_million_output_tokens: toUsd(price?.output ?? 0),
    }))
  const perToken = (micro: number): string => (micro / 1e12).toFixed(12).replace(/\.?0+$/, '')
  return {
    object: 'list',
    data: priced.map(({ name, price }) => ({
      ...{ id: name, object: 'model', created: 0, owned_by: 'arete' },
      ...(price && { pricing: { prompt: perToken(price.input), completion: perToken(price.output) } }),
    })),
  }
}

/** What OpenRouter says of a key, which agents read as their budget. */
function sayKey(session: Session): object {
  const { spent } = session.report
  const { usd: limit } = session.policy
  const usage = toUsd(spent.usd)
  return {
    data: {
      label: 'arete',
      usage,
      limit,
      limit_remaining: toUsd(session.ledger.left.usd),
      is_free_tier: false,
    },
  }
}
