import { readJsonText } from '../bounded-json.ts'
import type { Tokens } from './money.ts'
import { Usage } from './wire.ts'

/** What a model said, whichever way it came. */
export interface Said {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
}

/** The first choice of an answer that came in one piece. */
export function readWhole(body: Readonly<Record<string, unknown>>): Said {
  const [choice] = listOf(body.choices)
  const message = recordOf(recordOf(choice).message)
  return {
    text: textOf(message.content),
    reasoning: textOf(message.reasoning_content ?? message.reasoning),
    calls: listOf(message.tool_calls).map(one => {
      const { id, function: called } = recordOf(one)
      const { name, arguments: args } = recordOf(called)
      return { id: textOf(id), name: textOf(name), arguments: textOf(args) }
    }),
  }
}

/** Puts the first choice of a stream together, event by event, and notes what it came to. */
export class StreamReader {
  #text: string[] = []
  #reasoning: string[] = []
  #others: string[] = []
  readonly #calls = new Map<number, { id: string; name: string; arguments: string[] }>()
  usage: Usage | undefined
  /** Why the first choice ended, if it said so. */
  finish: string | undefined

  /** @returns the event as it is passed on: parsed, or undefined if it is no JSON object */
  add(data: string): Readonly<Record<string, unknown>> | undefined {
    const chunk = parse(data)
    if (chunk === undefined) return undefined
    const usage = Usage.safeParse(chunk.usage)
    if (usage.success) this.usage = usage.data
    for (const one of listOf(chunk.choices)) {
      const choice = recordOf(one)
      const delta = recordOf(choice.delta)
      if (choice.index === undefined || choice.index === 0) {
        this.#addDelta(delta)
        if (typeof choice.finish_reason === 'string') this.finish = choice.finish_reason
      } else this.#others.push(textOf(delta.content))
    }
    return chunk
  }

  get said(): Said {
    return {
      text: this.#text.join(''),
      reasoning: this.#reasoning.join(''),
      calls: [...this.#calls.values()].map(one => ({ ...one, arguments: one.arguments.join('') })),
    }
  }

  /** All that was written, of all choices, for whoever counts tokens. */
  get written(): string {
    return [writtenOf(this.said), ...this.#others].join('')
  }

  #addDelta(delta: Readonly<Record<string, unknown>>): void {
    this.#text.push(textOf(delta.content))
    this.#reasoning.push(textOf(delta.reasoning_content ?? delta.reasoning))
    for (const [place, one] of listOf(delta.tool_calls).entries()) {
      const { index = place, id, function: called } = recordOf(one)
      const key = typeof index === 'number' ? index : place
      const call = this.#calls.get(key) ?? { id: '', name: '', arguments: [] }
      const { name, arguments: args } = recordOf(called)
      call.id ||= textOf(id)
      call.name ||= textOf(name)
      call.arguments.push(textOf(args))
      this.#calls.set(key, call)
    }
  }
}

/** The message of an assistant who said this, as agents and training get it. */
export function messageOf({ text, reasoning, calls }: Said): object {
  return {
    role: 'assistant',
    content: text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, arguments: args }) => ({
            id,
            type: 'function',
            function: { name, arguments: args },
          })),
        }),
  }
}

export function writtenOf({ text, reasoning, calls }: Said): string {
  return [text, reasoning, ...calls.map(one => one.name + one.arguments)].join('')
}

/** What a provider says that a call came to, if it says it. */
export function tokensOf(usage: Usage | undefined): Tokens | undefined {
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage ?? {}
  if (typeof input !== 'number') return undefined
  return { input, cached: Math.min(input, details?.cached_tokens ?? 0), output: output ?? 0 }
}

/** JSON of an event, undefined for what is none. */
function parse(data: string): Readonly<Record<string, unknown>> | undefined {
  const value = readJsonText(data)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
