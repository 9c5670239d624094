import type { Call } from './admit.ts'
import type { Miss } from './calls.ts'
import { messageOf, type Said, StreamReader } from './completion.ts'
import { Meter } from './meter.ts'
import { affordableOutput, costOf, dearer, type Price, toUsd } from './money.ts'
import { type Refused, refuse } from './refusal.ts'
import { errorIn, type Retry, relay } from './relay.ts'
import { repeat } from './repeat.ts'
import type { Session } from './session.ts'

export type Exchange =
  | Refused
  | { readonly kind: 'whole'; readonly body: Readonly<Record<string, unknown>>; readonly said: Said }
  /** Data of events as the agent gets them. What the call came to is settled when the iteration ends, however it ends. */
  | { readonly kind: 'stream'; readonly events: AsyncGenerator<string> }

/** Fewer tokens of output are worth no call. */
const LEAST_OUTPUT = 64

/**
 * One call, from what the agent asked to what it gets: money is reserved, the call written down, providers asked in their order,
 * and what it came to settled and written down.
 *
 * @param signal - aborts when the agent does not wait any more
 */
export async function exchange(
  session: Session,
  call: Call,
  signal: AbortSignal,
  options: Retry = {},
): Promise<Exchange> {
  const id = session.nextId()
  const refused = (reason: Refused, misses: readonly Miss[] = []): Refused => {
    session.refused(id, reason, [...misses])
    return reason
  }
  if (session.signal.aborted) return refuse('out-of-order', 'The attempt is over')
  if (session.replay !== undefined) return await inForm(repeat(session, id, call), call)
  const { policy } = session
  const routes = session.context.catalog.routes(call.model)
  if (routes.length === 0)
    return refused(
      refuse('no-such-model', `Cannot ask "${call.model}": no provider has it now`, { param: 'model' }),
    )
  const price = routes.map(route => route.price).reduce(dearer)
  const output = chooseOutput(session, call, price)
  if (typeof output !== 'number') return refused(output)
  const reservation = session.reserve(id, wantOf(call, output, price))
  if (reservation.kind === 'refused') return refused(reservation)
  const start = performance.now()
  session.calls.asked(id, call, new Date().toISOString())
  const deadline = AbortSignal.timeout(1000 * policy.callSeconds)
  const ending = AbortSignal.any([session.signal, signal, deadline])
  const body = call.endpoint === 'chat' ? { ...call.body, max_tokens: output } : call.body
  try {
    const { endpoint, stream } = call
    const relayed = await relay(
      routes,
      { endpoint, body, stream, answerBytes: policy.answerBytes },
      { ...options, signal: ending, firstByteSeconds: policy.firstByteSeconds },
    )
    if (relayed.kind === 'missed') {
      // Providers were asked: what costs nothing may not be asked for ever.
      reservation.settle({ usd: 0, tokens: { input: 0, cached: 0, output: 0 } })
      return refused(relayed.refused, relayed.misses)
    }
    const { route, misses, reply } = relayed
    const first = performance.now() - start
    const left = AbortSignal.any([session.signal, signal])
    const meter = new Meter(session, { id, call, route, misses, reservation, start, first, left })
    if (reply.kind === 'whole') return await meter.whole(reply.body)
    return await inForm({ kind: 'stream', events: meter.stream(reply.events) }, call)
  } catch (error) {
    // Nobody knows whether the provider answers still: then it counts as if it had, with all that it might have come to.
    if (!ending.aborted) {
      reservation.drop()
      throw error
    }
    reservation.settle({
      usd: wantOf(call, output, price).usd,
      tokens: { input: call.inputBound, cached: 0, output: 0 },
    })
    return refused(
      deadline.aborted
        ? refuse('provider-silent', `No answer within ${policy.callSeconds} s`)
        : refuse('out-of-order', 'Nobody waits for the answer'),
    )
  }
}

function wantOf({ inputBound: input, choices }: Call, output: number, price: Price) {
  const tokens = { input, cached: 0, output: output * choices }
  // A cached token may cost more than another where a provider is odd.
  const usd = Math.max(costOf(price, tokens), costOf(price, { ...tokens, cached: input }))
  return { usd, tokens: input + tokens.output }
}

/** How many tokens of output are asked for: what the agent said, or what policy and budget allow. */
function chooseOutput(session: Session, call: Call, price: Price): number | Refused {
  if (call.endpoint === 'embeddings') return 0
  const { tokens, isAsked } = call.output
  if (isAsked) return tokens
  const { usd, tokens: left } = session.ledger.left
  const dear = { ...price, input: Math.max(price.input, price.cached ?? 0) }
  const affordable = affordableOutput(dear, call.inputBound, usd) / call.choices
  const most = Math.floor(Math.min(tokens, affordable, (left - call.inputBound) / call.choices))
  if (most >= LEAST_OUTPUT) return most
  return refuse(
    'budget',
    `Cannot make this call: $${toUsd(usd)} and ${left} tokens are left, too little for its ${call.inputBound} bytes and an answer`,
  )
}

/** Some providers send a stream to those who want none. */
async function inForm(got: Exchange, { stream }: Call): Promise<Exchange> {
  return got.kind === 'stream' && !stream ? await joinStream(got.events) : got
}

async function joinStream(events: AsyncGenerator<string>): Promise<Exchange> {
  const reader = new StreamReader()
  let first: Readonly<Record<string, unknown>> | undefined
  for await (const data of events) {
    const wrong = errorIn(data)
    if (wrong !== undefined) return refuse('provider-failed', wrong)
    const event = reader.add(data)
    first ??= event
  }
  const { said } = reader
  const message = messageOf(said)
  const finish_reason = reader.finish ?? (said.calls.length === 0 ? 'stop' : 'tool_calls')
  const { id, created, model } = first ?? {}
  const choices = [{ index: 0, message, finish_reason }]
  return {
    kind: 'whole',
    said,
    body: { id, object: 'chat.completion', created, model, choices, usage: reader.usage },
  }
}
