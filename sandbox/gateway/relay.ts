import { setTimeout as sleep } from 'node:timers/promises'
import type { Miss } from './calls.ts'
import type { Price } from './money.ts'
import { type Ask, BrokenStream, type ModelProvider, type Reply } from './provider.ts'
import { type Refused, refuse } from './refusal.ts'

/** One provider that has a model, under which name, at which price. */
export interface Route {
  readonly provider: ModelProvider
  readonly model: string
  readonly price: Price
}

export type Relayed =
  | {
      readonly kind: 'answered'
      readonly route: Route
      readonly misses: readonly Miss[]
      readonly reply: Reply & { kind: 'whole' | 'stream' }
    }
  | { readonly kind: 'missed'; readonly misses: readonly Miss[]; readonly refused: Refused }

interface RelayOptions extends Retry {
  readonly signal: AbortSignal
  /** Of one try, until the first byte of its answer. */
  readonly firstByteSeconds: number
}

/** How what passes is tried again. */
export interface Retry {
  /** Of one provider. */
  readonly tries?: number
  /** Between 0 and 1. */
  readonly random?: () => number
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

const TRIES = 3
const FIRST_WAIT_MILLISECONDS = 250
const MOST_WAIT_MILLISECONDS = 20_000

/**
 * Asks providers in their order until one answers. What passes is tried again, after a random part of a time that doubles;
 * once the first byte of an answer is here, nothing is tried again, since the agent may have read it. A provider that takes no
 * seed is asked once more without it.
 *
 * @throws the signal's reason
 */
export async function relay(
  routes: readonly Route[],
  ask: Omit<Ask, 'body'> & { readonly body: Readonly<Record<string, unknown>> },
  options: RelayOptions,
): Promise<Relayed> {
  const { tries = TRIES, random = Math.random, wait = pause, signal } = options
  const misses: Miss[] = []
  for (const route of routes) {
    let body: Ask['body'] = { model: route.model, ...ask.body }
    for (let number = 1; number <= tries; number += 1) {
      let reply = await tryOnce(route, { ...ask, body }, options)
      signal.throwIfAborted()
      if (wantsNoSeed(reply, body)) {
        misses.push({ provider: route.provider.name, how: 'seed', message: reply.message })
        const { seed: _seed, ...seedless } = body
        body = seedless
        reply = await tryOnce(route, { ...ask, body }, options)
        signal.throwIfAborted()
      }
      if (reply.kind === 'whole' || reply.kind === 'stream') return { kind: 'answered', route, misses, reply }
      if (reply.kind === 'refused') {
        const message = `The provider refused the call: ${reply.message}`
        return { kind: 'missed', misses, refused: refuse('bad-request', message, { status: reply.status }) }
      }
      misses.push({ provider: route.provider.name, how: reply.how, message: reply.message })
      if (reply.how === 'denied' || number === tries) break
      const most = Math.min(MOST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** (number - 1))
      // A provider that says when to come again is better left for the next one if that is long.
      const asked = 1000 * (reply.retryAfter ?? 0)
      if (asked > MOST_WAIT_MILLISECONDS) break
      await wait(asked + random() * most, signal)
    }
  }
  return { kind: 'missed', misses, refused: nobody(misses) }
}

/** A seed is a wish: it must not keep a call from being answered where nobody knows of seeds. */
function wantsNoSeed(reply: Reply, body: Ask['body']): reply is Reply & { kind: 'refused' } {
  return body.seed !== undefined && reply.kind === 'refused' && /\bseed\b/i.test(reply.message)
}

/** A stream counts as answered with its first event: until then it can be tried again. */
async function tryOnce(route: Route, ask: Ask, options: RelayOptions): Promise<Reply> {
  const { signal, firstByteSeconds } = options
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), 1000 * firstByteSeconds)
  const name = route.provider.name
  try {
    const reply = await route.provider.ask(ask, AbortSignal.any([signal, late.signal]))
    if (reply.kind !== 'stream') return reply
    const events = reply.events[Symbol.asyncIterator]()
    const first = await events.next()
    if (first.done) return { kind: 'failed', how: 'broken', message: `${name} sent an empty stream` }
    const error = errorIn(first.value)
    if (error === undefined) return { kind: 'stream', events: resume(first.value, events) }
    await events.return?.()
    return { kind: 'failed', how: 'broken', message: `${name}: ${error}` }
  } catch (error) {
    signal.throwIfAborted()
    if (late.signal.aborted)
      return { kind: 'failed', how: 'silent', message: `${name} did not answer within ${firstByteSeconds} s` }
    if (error instanceof BrokenStream) return { kind: 'failed', how: 'broken', message: error.message }
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function* resume(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** What an event says went wrong, as OpenRouter and vLLM send it in the midst of streams. */
export function errorIn(data: string): string | undefined {
  if (!data.includes('"error"')) return undefined
  try {
    const { error } = JSON.parse(data) as { error?: { message?: unknown } | string | null }
    if (error === undefined || error === null) return undefined
    const message = typeof error === 'string' ? error : error.message
    return typeof message === 'string' ? message.slice(0, 300) : 'an error without a message'
  } catch {
    return undefined
  }
}

/** What providers say goes to the record; the agent learns only what it can act on. */
function nobody(all: readonly Miss[]): Refused {
  const misses = all.filter(({ how }) => how !== 'seed')
  if (misses.every(({ how }) => how === 'busy'))
    return refuse('too-many', 'All providers of this model are busy: ask again later', { retryAfter: 5 })
  if (misses.every(({ how }) => how === 'silent'))
    return refuse('provider-silent', 'No provider of this model answered in time')
  return refuse('provider-failed', 'No provider of this model could answer; it is not your doing')
}

function pause(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  return sleep(milliseconds, undefined, { signal })
}
