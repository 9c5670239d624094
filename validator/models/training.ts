import type { RecordedCall } from '../../sandbox/gateway/calls.ts'
import { messageOf } from '../../sandbox/gateway/completion.ts'
import { saidOf } from './call-steps.ts'

/** Whose words these are, and what may be done with them. */
export interface Provenance {
  readonly task: string
  readonly taskDigest: string
  readonly environment: string
  readonly agent: string
  readonly version: string
  /** SPDX expression of what the agent's author allows; null if nothing was said. */
  readonly license: string | null
  /** Whether the author agrees that models learn from it. */
  readonly consent: boolean
  readonly verdict: 'solved'
  /** How far the verdict can be trusted. */
  readonly level: string | null
  readonly patchDigest: string | null
}

/** One conversation in the usual form for fine-tuning: messages with tool calls, the tools, and where it comes from. */
export interface Chat {
  readonly messages: readonly object[]
  readonly tools?: unknown
  readonly metadata: Provenance & { readonly model: string; readonly calls: number }
}

/**
 * The conversations of one attempt, each once and whole. Calls that only go on with an earlier one belong to the same; where an
 * agent leaves out or rewrites what was said before, another begins.
 */
export function buildChats(calls: readonly RecordedCall[], from: Provenance): Chat[] {
  const talks: { texts: readonly string[]; call: RecordedCall; count: number }[] = []
  for (const call of calls) {
    const { asked, outcome } = call
    if (asked.endpoint !== 'chat' || outcome?.kind !== 'answered' || outcome.ending !== 'whole') continue
    const { messages } = asked.body
    const texts = (Array.isArray(messages) ? messages : []).map(message => JSON.stringify(message))
    const before = talks.findLastIndex(one => startsWith(texts, one.texts))
    const count = before < 0 ? 1 : talks[before]!.count + 1
    if (before >= 0) talks.splice(before, 1)
    talks.push({ texts, call, count })
  }
  return talks.map(({ call: { asked, outcome }, count }) => {
    const { messages, tools } = asked.body
    const said = outcome?.kind === 'answered' ? saidOf(outcome) : undefined
    return {
      messages: [...(messages as object[]), ...(said === undefined ? [] : [messageOf(said)])],
      ...(tools === undefined ? {} : { tools }),
      metadata: { ...from, model: asked.model, calls: count },
    }
  })
}

function startsWith(texts: readonly string[], beginning: readonly string[]): boolean {
  return texts.length > beginning.length && beginning.every((text, index) => text === texts[index])
}
