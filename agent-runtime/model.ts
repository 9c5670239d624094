import { setTimeout as sleep } from 'node:timers/promises'
import type { MeteredBudget, Usage } from './budget.ts'
import type { CompleteOptions, Completion, Message, Model, ToolCall } from './contract.ts'

export interface ModelOptions {
  /** The gateway without `/v1/chat/completions`; `undefined` when the run offers no model. */
  readonly url: string | undefined
  readonly token: string | undefined
  /** Asked when a call names none; `undefined` leaves the choice to the gateway. */
  readonly model: string | undefined
  /** Charged with every answer, also with one that turns out to be unusable. */
  readonly budget: MeteredBudget
  readonly signal: AbortSignal
  readonly fetch?: typeof globalThis.fetch
  /** Waits between two tries. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * `unavailable`: the run offers no model. `money`: the gateway says that it is spent. `refused`: the
 * request is at fault. `failed`: gateway or provider broke, three times. `malformed`: no chat completion.
 */
export type ModelErrorCode = 'unavailable' | 'money' | 'refused' | 'failed' | 'malformed'

export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly code: ModelErrorCode
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined

  constructor(code: ModelErrorCode, message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options)
    this.code = code
    this.status = options.status
  }
}

/**
 * Opens the way to an OpenAI-compatible gateway. `complete` gives the first choice: its text, which is
 * empty when the model wrote none, and the tools that it calls; `chat` gives the text alone. Failures that pass (429, 5xx, a broken connection) are tried three times.
 *
 * Both reject with `ModelError`, or with the reason of `signal` once that has fired.
 */
export function openModel(options: ModelOptions): Model {
  const { url, token, budget, signal, fetch = globalThis.fetch, wait = pause } = options
  if (!url) {
    const message = 'Cannot ask a model: this run offers none; look at model.available before you ask'
    const reject = () => Promise.reject(new ModelError('unavailable', message))
    return { available: false, chat: reject, complete: reject }
  }
  const endpoint = `${url.replace(/\/+$/, '')}/v1/chat/completions`
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  }

  async function complete(messages: readonly Message[], asked: CompleteOptions = {}): Promise<Completion> {
    const model = asked.model ?? options.model
    const body = JSON.stringify({
      model,
      messages: messages.map(toWire),
      temperature: asked.temperature,
      max_tokens: asked.maxTokens,
      tools: asked.tools?.map(tool => ({ type: 'function', function: tool })),
      tool_choice: asked.toolChoice,
    })
    const name = model === undefined ? 'the default model' : `model "${model}"`

    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const reply = await post(body)
      signal.throwIfAborted()
      if (reply.kind === 'answered' && reply.status < 300) {
        const completion = parseCompletion(reply.text)
        budget.add({ steps: 1, ...completion.usage })
        const { text, toolCalls } = completion
        if (text !== undefined) return { content: text, toolCalls }
        throw new ModelError(
          'malformed',
          `Cannot ask ${name}: ${endpoint} sent no chat completion: ${excerpt(reply.text)}`,
          { status: reply.status },
        )
      }
      const error = buildError(reply, name, endpoint)
      const seconds = reply.retryAfter ?? attempt ** 2
      if (error.code !== 'failed' || attempt === 3 || seconds >= budget.secondsLeft()) throw error
      await wait(seconds * 1000, signal)
    }
  }

  async function post(body: string): Promise<Reply> {
    try {
      const response = await fetch(endpoint, { method: 'POST', headers, body, signal })
      const retryAfter = parseSeconds(response.headers.get('retry-after'))
      return { kind: 'answered', status: response.status, text: await response.text(), retryAfter }
    } catch (cause) {
      return { kind: 'unreachable', cause, retryAfter: undefined }
    }
  }

  return {
    available: true,
    complete,
    chat: async (messages, asked) => (await complete(messages, asked)).content,
  }
}

type Reply =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly text: string
      readonly retryAfter: number | undefined
    }
  | { readonly kind: 'unreachable'; readonly cause: unknown; readonly retryAfter: undefined }

function pause(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  return sleep(milliseconds, undefined, { signal })
}

function parseSeconds(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined
}

/** Reads a completion as far as it goes: tokens are paid for even when there is no text. */
export function parseCompletion(body: string): {
  text: string | undefined
  toolCalls: readonly ToolCall[]
  usage: Partial<Usage>
} {
  const root = parseJson(body)
  const usage = field(root, 'usage')
  const choices = field(root, 'choices')
  const message = Array.isArray(choices) ? field(choices[0], 'message') : undefined
  const content = field(message, 'content')
  return {
    text: typeof content === 'string' ? content : isRecord(message) ? '' : undefined,
    toolCalls: parseCalls(field(message, 'tool_calls')),
    usage: {
      inputTokens: amount(field(usage, 'prompt_tokens')),
      outputTokens: amount(field(usage, 'completion_tokens')),
      usd: amount(field(usage, 'cost')),
    },
  }
}

/** Calls that name a tool; some models send none, or halves. */
function parseCalls(calls: unknown): ToolCall[] {
  return (Array.isArray(calls) ? calls : []).flatMap((call, index) => {
    const called = field(call, 'function')
    const [id, name, args] = [field(call, 'id'), field(called, 'name'), field(called, 'arguments')]
    if (typeof name !== 'string') return []
    return [
      {
        id: typeof id === 'string' && id !== '' ? id : `call_${index}`,
        name,
        arguments: typeof args === 'string' ? args : '{}',
      },
    ]
  })
}

/** A message as OpenAI has it. */
function toWire({ role, content, toolCalls, toolCallId }: Message): object {
  return {
    role,
    content,
    ...(toolCalls === undefined || toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
            id,
            type: 'function',
            function: { name, arguments: args },
          })),
        }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}

function buildError(reply: Reply, name: string, endpoint: string): ModelError {
  if (reply.kind === 'unreachable') {
    const { cause } = reply
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const detail = inner instanceof Error ? inner.message : String(inner)
    return new ModelError(
      'failed',
      `Cannot ask ${name}: ${endpoint} is out of reach (${detail}); see that the gateway is running`,
      { cause },
    )
  }
  const { status, text } = reply
  const { code, advice } = judge(status)
  return new ModelError(
    code,
    `Cannot ask ${name}: gateway answered ${status} (${excerpt(text)}); ${advice}`,
    {
      status,
    },
  )
}

function judge(status: number): { readonly code: ModelErrorCode; readonly advice: string } {
  if (status === 401 || status === 403)
    return { code: 'refused', advice: 'this token may not ask for this model' }
  if (status === 402)
    return { code: 'money', advice: 'the money of this attempt is spent, finish with what you have' }
  if (status === 404) return { code: 'refused', advice: 'ask for a model that the run offers' }
  if (status === 413) return { code: 'refused', advice: 'send shorter messages' }
  if (status === 408 || status === 429) return { code: 'failed', advice: 'ask again later or less often' }
  if (status >= 500) return { code: 'failed', advice: 'gateway or provider broke, ask again later' }
  return { code: 'refused', advice: 'change messages or options' }
}

/** The gateway's own words if it used the usual form, else the beginning of the body. */
function excerpt(body: string): string {
  const message = field(field(parseJson(body), 'error'), 'message')
  const text = (typeof message === 'string' ? message : body).replace(/\s+/g, ' ').trim()
  return text === '' ? 'no reason given' : text.slice(0, 200)
}
