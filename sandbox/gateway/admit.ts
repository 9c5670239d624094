import type { Policy } from './policy.ts'
import { type Refused, refuse } from './refusal.ts'
import { type ChatRequest, type EmbeddingRequest, parseChat, parseEmbedding } from './wire.ts'

/** A call that the policy allows, in the form in which it is asked of providers. */
export interface Call {
  readonly kind: 'admitted'
  readonly endpoint: 'chat' | 'embeddings'
  readonly model: string
  /** Everything but model, streaming and the most tokens of output. */
  readonly body: Readonly<Record<string, unknown>>
  readonly stream: boolean
  /** The answer says what the call came to: always in one piece, in a stream if the agent asks for it. */
  readonly wantsUsage: boolean
  /** More tokens than this the prompt cannot have. */
  readonly inputBound: number
  /** Tokens of output that one choice may have, and whether the agent itself said so. */
  readonly output: { readonly tokens: number; readonly isAsked: boolean }
  readonly choices: number
}

/** What chat templates add to a message, and to a call with tools, at most. */
const TEMPLATE_TOKENS = 64
const TOOL_TOKENS = 1024
const MOST_NAMES = 12

/** Holds a request for a chat against what its environment allows. */
export function admitChat(policy: Policy, raw: unknown): Call | Refused {
  const parsed = parseChat(raw)
  if (parsed.kind === 'mistaken') return refuse('bad-request', parsed.message, { param: parsed.param })
  const request = parsed.value
  const barred = policy.without.find(name => given(request).includes(name))
  if (barred !== undefined)
    return refuse(
      'bad-request',
      `Cannot take the parameter "${barred}": this environment does not allow it`,
      {
        param: barred,
      },
    )
  const named = [...list(request.model), ...(request.models ?? [])]
  const model = chooseModel(policy, policy.models, named)
  if (typeof model !== 'string') return model
  const { models: _models, model: _model, stream, stream_options, max_tokens, ...rest } = request
  const { max_completion_tokens, seed, n, ...passed } = rest
  const asked = max_completion_tokens ?? max_tokens ?? undefined
  const wanted = seed ?? policy.seed
  const body = {
    ...withoutNothing(passed),
    ...(wanted === undefined ? {} : { seed: wanted }),
    ...(typeof n === 'number' && n > 1 ? { n } : {}),
  }
  return {
    kind: 'admitted',
    endpoint: 'chat',
    model,
    body,
    stream: stream === true,
    wantsUsage: stream !== true || stream_options?.include_usage === true,
    inputBound: boundOf(body, request.messages.length, request.tools?.length ?? 0),
    output: {
      tokens: Math.min(asked ?? policy.outputTokens, policy.outputTokens),
      isAsked: asked !== undefined,
    },
    choices: n ?? 1,
  }
}

/** Holds a request for embeddings against what its environment allows. */
export function admitEmbedding(policy: Policy, raw: unknown): Call | Refused {
  const parsed = parseEmbedding(raw)
  if (parsed.kind === 'mistaken') return refuse('bad-request', parsed.message, { param: parsed.param })
  const { model: named, ...passed } = parsed.value
  const model = chooseModel(policy, policy.embeddings, list(named))
  if (typeof model !== 'string') return model
  const body = withoutNothing(passed)
  const inputs = Array.isArray(parsed.value.input) ? parsed.value.input.length : 1
  return {
    ...{ kind: 'admitted', endpoint: 'embeddings', model, body, stream: false, wantsUsage: true },
    inputBound: boundOf(body, inputs, 0),
    output: { tokens: 0, isAsked: true },
    choices: 1,
  }
}

function chooseModel(
  { others }: Policy,
  allowed: readonly string[],
  named: readonly string[],
): string | Refused {
  const [first] = allowed
  if (first === undefined) return refuse('no-such-model', 'This run offers no model for that')
  if (named.length === 0) return first
  const model = named.find(name => allowed.includes(name))
  if (model !== undefined) return model
  if (others === 'first') return first
  const said = named[0]!.slice(0, 200)
  return refuse('no-such-model', `Cannot ask "${said}": this run offers ${sayNames(allowed)}`, {
    param: 'model',
  })
}

/** A provider may have hundreds. */
function sayNames(names: readonly string[]): string {
  const left = names.length - MOST_NAMES
  return [...names.slice(0, MOST_NAMES), ...(left > 0 ? [`${left} more: GET /v1/models`] : [])].join(', ')
}

/**
 * No tokeniser in use makes more tokens of a text than it has bytes, so that this needs none: they take seconds for
 * texts that were made for it.
 */
function boundOf(body: object, messages: number, tools: number): number {
  const bytes = Buffer.byteLength(JSON.stringify(body))
  return bytes + TEMPLATE_TOKENS * messages + (tools > 0 ? TOOL_TOKENS : 0)
}

function given(request: ChatRequest | EmbeddingRequest): string[] {
  return Object.entries(request).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [key],
  )
}

function withoutNothing(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null))
}

function list(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [value]
}
