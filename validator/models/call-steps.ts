import { readJsonText } from '../../sandbox/bounded-json.ts'
import type { Answered, RecordedCall } from '../../sandbox/gateway/calls.ts'
import { readWhole, type Said, StreamReader } from '../../sandbox/gateway/completion.ts'
import { toUsd } from '../../sandbox/gateway/money.ts'

/** One call of a model as a step of a trajectory (ATIF v1.7), without its number. */
export interface CallStep {
  readonly timestamp: string
  readonly source: 'agent'
  readonly message: string
  readonly model_name: string
  readonly reasoning_content?: string
  readonly tool_calls?: readonly object[]
  readonly observation?: object
  readonly llm_call_count: number
  readonly metrics?: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cached_tokens: number
    readonly cost_usd: number
  }
  readonly extra?: object
}

const MOST_TEXT = 100_000

/** The calls of an attempt as the gateway saw them, each with what the agent told the model of its tools' results later on. */
export function buildCallSteps(calls: readonly RecordedCall[]): CallStep[] {
  const results = findResults(calls)
  return calls
    .filter(({ asked }) => asked.endpoint === 'chat')
    .map(({ asked, outcome }) => {
      const head = { timestamp: asked.at, source: 'agent', model_name: asked.model } as const
      if (outcome === undefined || outcome.kind === 'refused')
        return {
          ...head,
          message: outcome === undefined ? 'No answer: the harness ended' : `No answer: ${outcome.message}`,
          llm_call_count: 1,
          extra: { refused: outcome?.code ?? 'crashed' },
        }
      const said = saidOf(outcome)
      const called = said.calls.filter(({ id }) => results.has(id))
      return {
        ...head,
        message: said.text.slice(0, MOST_TEXT),
        ...(said.reasoning === '' ? {} : { reasoning_content: said.reasoning.slice(0, MOST_TEXT) }),
        ...(said.calls.length === 0 ? {} : { tool_calls: said.calls.map(toolCallOf) }),
        ...(called.length === 0
          ? {}
          : {
              observation: {
                results: called.map(({ id }) => ({
                  source_call_id: id,
                  content: results.get(id)!.slice(0, MOST_TEXT),
                })),
              },
            }),
        llm_call_count: 1,
        metrics: {
          prompt_tokens: outcome.tokens.input,
          completion_tokens: outcome.tokens.output,
          cached_tokens: outcome.tokens.cached,
          cost_usd: toUsd(outcome.usd),
        },
        extra: {
          provider: outcome.provider,
          seconds: outcome.milliseconds.all / 1000,
          ...(outcome.ending === 'whole' ? {} : { ending: outcome.ending }),
          ...(outcome.misses.length === 0 ? {} : { misses: outcome.misses.length }),
        },
      }
    })
}

/** What a model said, whole or in pieces. */
export function saidOf({ answer }: Answered): Said {
  if ('body' in answer) return readWhole(answer.body)
  const reader = new StreamReader()
  for (const data of answer.events) reader.add(data)
  return reader.said
}

/** By the id of a call: ids of models are not unique over an attempt, so the first result that follows counts. */
function findResults(calls: readonly RecordedCall[]): Map<string, string> {
  const results = new Map<string, string>()
  for (const { asked } of calls) {
    const { messages } = asked.body
    if (!Array.isArray(messages)) continue
    for (const message of messages as { role?: string; tool_call_id?: string; content?: unknown }[]) {
      if (message.role !== 'tool' || message.tool_call_id === undefined) continue
      if (!results.has(message.tool_call_id)) results.set(message.tool_call_id, textOf(message.content))
    }
  }
  return results
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => String((part as { text?: unknown }).text ?? '')).join('')
}

function toolCallOf(call: Said['calls'][number]): object {
  const text = call.arguments.slice(0, MOST_TEXT)
  const args = text.length === call.arguments.length ? readJsonText(text) : undefined
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args)
  return {
    tool_call_id: call.id,
    function_name: call.name,
    arguments: isObject ? args : { text },
  }
}
