import type { Call } from './admit.ts'
import type { Answered, Miss } from './calls.ts'
import { readWhole, type Said, StreamReader, tokensOf, writtenOf } from './completion.ts'
import type { Reservation } from './ledger.ts'
import { costOf, fromUsd, type Tokens, toUsd } from './money.ts'
import { errorIn, type Route } from './relay.ts'
import type { Session } from './session.ts'
import { Usage } from './wire.ts'

/** A call that a provider answers. */
export interface Metered {
  readonly id: number
  readonly call: Call
  readonly route: Route
  readonly misses: readonly Miss[]
  readonly reservation: Reservation
  /** When it began, and how long the first byte took, in milliseconds. */
  readonly start: number
  readonly first: number
  /** Aborts when nobody waits for the answer any more. */
  readonly left: AbortSignal
}

/** What a provider says that a call cost may differ so much from what we make of it before it is noted. */
const TOLERATED = 0.05
/** The last event of a stream that its provider did not end: why is in the record. */
export const BROKEN = JSON.stringify({
  error: { message: 'The provider broke off', type: 'server_error', code: 'provider-failed' },
})

/** Settles one call and writes down what came back and what it came to. */
export class Meter {
  readonly #session: Session
  readonly #about: Metered

  constructor(session: Session, about: Metered) {
    this.#session = session
    this.#about = about
  }

  async whole(body: Readonly<Record<string, unknown>>): Promise<{
    readonly kind: 'whole'
    readonly said: Said
    readonly body: Readonly<Record<string, unknown>>
  }> {
    const said = readWhole(body)
    const usage = Usage.safeParse(body.usage).data
    const { tokens, isCounted } = await this.#tokens(usage, writtenOf(said))
    const usd = this.#close({ answer: { body }, ending: 'whole', tokens, isCounted, billed: usage?.cost })
    return { kind: 'whole', said, body: { ...body, usage: sayUsage(body.usage, tokens, usd) } }
  }

  /** The events as the agent gets them: with what the call came to if it asked for that, and never without its end on record. */
  async *stream(events: AsyncIterable<string>): AsyncGenerator<string> {
    const { call, left, route } = this.#about
    const reader = new StreamReader()
    const kept: string[] = []
    let ending: Answered['ending'] = 'left'
    const breaks: Miss[] = []
    let isTold = false
    let usd = 0
    let tokens: Tokens | undefined
    try {
      for await (const data of events) {
        kept.push(data)
        if (errorIn(data) !== undefined) {
          ending = 'broken'
          break
        }
        const passed = this.#pass(reader, data)
        isTold ||= passed?.isUsage === true
        if (passed?.data !== undefined) yield passed.data
      }
      if (ending !== 'broken') ending = 'whole'
    } catch (error) {
      ending = left.aborted ? 'left' : 'broken'
      if (!left.aborted && !isBreak(error)) throw error
      if (!left.aborted)
        breaks.push({ provider: route.provider.name, how: 'broken', message: (error as Error).message })
    } finally {
      const counted = await this.#tokens(reader.usage, reader.written)
      tokens = counted.tokens
      const { isCounted } = counted
      const billed = reader.usage?.cost
      usd = this.#close({ answer: { events: kept }, ending, tokens, isCounted, billed }, breaks)
    }
    if (ending === 'broken') yield BROKEN
    else if (call.wantsUsage && !isTold) yield sayUsageChunk(call.model, tokens, usd)
  }

  /** An event of the provider as the agent gets it, if at all. */
  #pass(reader: StreamReader, data: string): { data: string | undefined; isUsage: boolean } | undefined {
    return passEvent(reader, data, this.#about.call.wantsUsage, tokens => ({
      tokens,
      usd: this.#usdOf(tokens, reader.usage?.cost),
    }))
  }

  async #tokens(usage: Usage | undefined, written: string): Promise<{ tokens: Tokens; isCounted: boolean }> {
    const said = tokensOf(usage)
    if (said !== undefined) return { tokens: said, isCounted: false }
    const { counter } = this.#session.context
    const { body, inputBound } = this.#about.call
    const [input, output] = await Promise.all([
      counter.count(JSON.stringify(body.messages ?? body.input)),
      counter.count(written),
    ])
    const tokens = { input: Math.min(input.tokens, inputBound), cached: 0, output: output.tokens }
    return { tokens, isCounted: true }
  }

  /** The dearer of what our table and the provider's bill come to. */
  #usdOf(tokens: Tokens, billed: number | null | undefined): number {
    return Math.max(costOf(this.#about.route.price, tokens), fromUsd(billed ?? 0))
  }

  #close(
    outcome: Pick<Answered, 'answer' | 'ending' | 'tokens' | 'isCounted'> & {
      billed: number | null | undefined
    },
    breaks: readonly Miss[] = [],
  ): number {
    const { id, route, misses, reservation, start, first } = this.#about
    const { billed, tokens, ...rest } = outcome
    const usd = this.#usdOf(tokens, billed)
    const ours = costOf(route.price, tokens)
    const reported = billed === null || billed === undefined ? undefined : fromUsd(billed)
    const isOdd = reported !== undefined && Math.abs(reported - ours) > Math.max(1, TOLERATED * ours)
    reservation.settle({ usd, tokens })
    this.#session.calls.answered({
      ...{ kind: 'answered', id, at: new Date().toISOString(), provider: route.provider.name },
      ...{ ...rest, tokens, usd, misses: [...misses, ...breaks] },
      ...(isOdd ? { reported } : {}),
      milliseconds: { first: round(first), all: round(performance.now() - start) },
    })
    return usd
  }
}

/**
 * An event of a stream as the agent gets it, whether it comes from a provider or from a record: what it says of usage is told if the
 * agent asked for it, else left out, and the whole event with it if nothing else is in it.
 *
 * @param charge - what is told, for what the stream says that it used
 * @returns undefined for what is no event
 */
export function passEvent(
  reader: StreamReader,
  data: string,
  wantsUsage: boolean,
  charge: (tokens: Tokens) => { readonly tokens: Tokens; readonly usd: number },
): { readonly data: string | undefined; readonly isUsage: boolean } | undefined {
  const chunk = reader.add(data)
  if (chunk === undefined) return undefined
  const { usage, ...rest } = chunk
  const said = usage === undefined || usage === null ? undefined : tokensOf(reader.usage)
  if (said === undefined) return { data, isUsage: false }
  if (wantsUsage) {
    const { tokens, usd } = charge(said)
    return { data: JSON.stringify({ ...chunk, usage: sayUsage(usage, tokens, usd) }), isUsage: true }
  }
  const isEmpty = !Array.isArray(chunk.choices) || chunk.choices.length === 0
  return { data: isEmpty ? undefined : JSON.stringify(rest), isUsage: false }
}

/** What a call came to, as OpenAI says it, and in dollars as OpenRouter does. */
export function sayUsage(raw: unknown, { input, cached, output }: Tokens, usd: number): object {
  return {
    ...(typeof raw === 'object' ? raw : {}),
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    cost: toUsd(usd),
  }
}

export function sayUsageChunk(model: string, tokens: Tokens, usd: number): string {
  return JSON.stringify({
    ...{ id: 'usage', object: 'chat.completion.chunk', created: 0, model, choices: [] },
    usage: sayUsage(undefined, tokens, usd),
  })
}

function isBreak(error: unknown): boolean {
  return error instanceof Error && ['BrokenStream', 'AbortError', 'TimeoutError'].includes(error.name)
}

function round(milliseconds: number): number {
  return Math.round(10 * milliseconds) / 10
}
