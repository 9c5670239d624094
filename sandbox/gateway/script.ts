import fs from 'node:fs'
import { z } from 'zod'
import type { Ask, Listed, ModelProvider, Reply } from './provider.ts'

/** One answer of a scripted model. */
const Turn = z.strictObject({
  content: z.string().optional(),
  tool_calls: z
    .array(z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .optional(),
  /** Taken only if the last message has this in it; else the next turn that fits. */
  when: z.string().optional(),
})
export type Turn = z.infer<typeof Turn>

/** Answers in their order: the first to a conversation without any, and so on. Prices in dollars for a million tokens. */
export const Script = z.strictObject({
  model: z.string().default('scripted'),
  turns: z.array(Turn).min(1),
  price: z.strictObject({ input: z.number(), output: z.number() }).default({ input: 1, output: 2 }),
})
export type Script = z.infer<typeof Script>

/** @throws SyntaxError, z.ZodError or the file system's error for what is no script */
export function readScript(file: string): Script {
  return Script.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
}

/**
 * A model without a model: it answers from a script, and counts four characters a token. Which answer is due follows from the
 * conversation alone, so that the same conversation always gets the same answer.
 */
export class ScriptProvider implements ModelProvider {
  readonly name = 'script'
  readonly #script: Script

  constructor(script: Script) {
    this.#script = script
  }

  async list(): Promise<readonly Listed[]> {
    return [{ id: this.#script.model, price: undefined, isEmbedding: false }]
  }

  async ask({ endpoint, body, stream }: Ask): Promise<Reply> {
    const prompt = Math.ceil(JSON.stringify(body.messages ?? body.input).length / 4)
    const model = this.#script.model
    if (endpoint === 'embeddings') {
      const inputs = Array.isArray(body.input) ? body.input : [body.input]
      const data = inputs.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: vectorOf(String(text)),
      }))
      return {
        kind: 'whole',
        body: { object: 'list', model, data, usage: { prompt_tokens: prompt, total_tokens: prompt } },
      }
    }
    const turn = chooseTurn(this.#script.turns, body.messages as readonly Said[])
    const message = messageOf(turn)
    const completion = Math.ceil(JSON.stringify(message).length / 4)
    const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    const finish_reason = message.tool_calls === undefined ? 'stop' : 'tool_calls'
    const common = { id: 'chatcmpl-script', created: 0, model }
    if (!stream) {
      const choices = [{ index: 0, message, finish_reason }]
      return { kind: 'whole', body: { ...common, object: 'chat.completion', choices, usage } }
    }
    const chunk = (more: object): string =>
      JSON.stringify({ ...common, object: 'chat.completion.chunk', ...more })
    const delta = {
      ...message,
      ...(message.tool_calls && { tool_calls: message.tool_calls.map((one, index) => ({ index, ...one })) }),
    }
    return {
      kind: 'stream',
      events: listed([
        chunk({ choices: [{ index: 0, delta, finish_reason: null }] }),
        chunk({ choices: [{ index: 0, delta: {}, finish_reason }] }),
        chunk({ choices: [], usage }),
      ]),
    }
  }
}

interface Said {
  readonly role: string
  readonly content?: unknown
}

/** Counted by the answers that were given before; what comes after the last turn repeats it. */
function chooseTurn(turns: readonly Turn[], messages: readonly Said[]): Turn {
  const answered = messages.filter(({ role }) => role === 'assistant').length
  const last = JSON.stringify(messages.at(-1)?.content ?? '')
  const rest = turns.slice(Math.min(answered, turns.length - 1))
  return rest.find(({ when }) => when === undefined || last.includes(when)) ?? turns.at(-1)!
}

function messageOf({ content, tool_calls }: Turn) {
  return {
    role: 'assistant',
    content: content ?? '',
    ...(tool_calls === undefined
      ? {}
      : {
          tool_calls: tool_calls.map((call, index) => ({
            id: `call_${index}`,
            type: 'function',
            function: { name: call.name, arguments: JSON.stringify(call.arguments) },
          })),
        }),
  }
}

/** Eight numbers that follow from a text. */
function vectorOf(text: string): number[] {
  const vector = Array.from({ length: 8 }, () => 0)
  for (let at = 0; at < text.length; at += 1) vector[at % 8]! += text.charCodeAt(at) / 1000
  return vector
}

async function* listed(events: readonly string[]): AsyncGenerator<string> {
  yield* events
}
