import type { Call } from './admit.ts'
import type { Answered } from './calls.ts'
import { readWhole, StreamReader } from './completion.ts'
import type { Exchange } from './exchange.ts'
import { BROKEN, passEvent, sayUsage, sayUsageChunk } from './meter.ts'
import { type Refused, refuse } from './refusal.ts'
import { errorIn } from './relay.ts'
import type { Session } from './session.ts'

/** The same call as when it was recorded: the same answer at the same price, and nobody is asked. */
export function repeat(session: Session, id: number, call: Call): Exchange {
  const replayed = session.replay!.answer(call)
  if (replayed.kind === 'diverged') {
    const { call: number, where, recorded, asked } = replayed.divergence
    const reason = refuse(
      'diverged',
      `The record has no answer to call ${number}: it differs at ${where}: recorded ${JSON.stringify(recorded)}, asked ${JSON.stringify(asked)}`,
    )
    session.refused(id, reason)
    return reason
  }
  const { outcome, isAlike } = replayed
  if (isAlike) session.countAlike()
  if (outcome.kind === 'refused') {
    const reason = refuse('provider-failed', outcome.message, { status: outcome.status })
    session.refused(id, { ...reason, code: outcome.code as Refused['code'] })
    return reason
  }
  const charge = { usd: outcome.usd, tokens: outcome.tokens }
  const reservation = session.reserve(id, {
    usd: charge.usd,
    tokens: charge.tokens.input + charge.tokens.output,
  })
  if (reservation.kind === 'refused') {
    session.refused(id, reservation)
    return reservation
  }
  session.calls.asked(id, call, new Date().toISOString())
  reservation.settle(charge)
  session.calls.answered({ ...outcome, id, at: new Date().toISOString() })
  if ('body' in outcome.answer) {
    const { body } = outcome.answer
    return {
      kind: 'whole',
      said: readWhole(body),
      body: { ...body, usage: sayUsage(body.usage, charge.tokens, charge.usd) },
    }
  }
  return { kind: 'stream', events: repeatStream(call, outcome.answer.events, outcome) }
}

async function* repeatStream(
  call: Call,
  events: readonly string[],
  { usd, tokens, ending }: Pick<Answered, 'usd' | 'tokens' | 'ending'>,
): AsyncGenerator<string> {
  let told = false
  const reader = new StreamReader()
  for (const data of events) {
    if (errorIn(data) !== undefined) break
    const passed = passEvent(reader, data, call.wantsUsage, () => ({ tokens, usd }))
    told ||= passed?.isUsage === true
    if (passed?.data !== undefined) yield passed.data
  }
  if (ending === 'broken') yield BROKEN
  else if (call.wantsUsage && !told) yield sayUsageChunk(call.model, tokens, usd)
}
