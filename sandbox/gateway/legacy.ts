import { z } from 'zod'
import { readJsonText } from '../bounded-json.ts'
import type { Said } from './completion.ts'

/** How Ridges' gateway asked and answered; see its paths in `paths.ts`. */
const Tool = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        type: z.string(),
        description: z.string().default(''),
        required: z.boolean().default(false),
      }),
    )
    .default([]),
})
const Request = z.looseObject({
  model: z.string().nullish(),
  temperature: z.number().nullish(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tool_mode: z.enum(['none', 'auto', 'required']).nullish(),
  tools: z.array(Tool).nullish(),
})
const Embedding = z.looseObject({ model: z.string().nullish(), input: z.unknown() })

/** A call of Ridges' form in OpenAI's; whatever is wrong with it is found when that is read. */
export function fromRidges(raw: unknown): unknown {
  const parsed = Request.safeParse(raw)
  if (!parsed.success) return raw
  const { model, temperature, messages, tool_mode, tools } = parsed.data
  return {
    ...(model ? { model } : {}),
    ...(typeof temperature === 'number' ? { temperature } : {}),
    messages,
    ...(tools && tools.length > 0 && tool_mode !== 'none'
      ? { tools: tools.map(toolOf), tool_choice: tool_mode ?? 'auto' }
      : {}),
  }
}

export function embeddingFromRidges(raw: unknown): unknown {
  const parsed = Embedding.safeParse(raw)
  if (!parsed.success) return raw
  const { model, input } = parsed.data
  return { ...(model ? { model } : {}), input }
}

/** What a model said, in Ridges' form: arguments as a list of names and values. */
export function toRidges({ text, calls }: Said): object {
  return {
    content: text,
    tool_calls: calls.map(call => ({
      name: call.name,
      arguments: Object.entries(argumentsOf(call.arguments)).map(([name, value]) => ({ name, value })),
    })),
  }
}

/** The first vector of an answer in OpenAI's form. */
export function vectorOf(body: Readonly<Record<string, unknown>>): unknown {
  const [first] = Array.isArray(body.data) ? body.data : []
  return (first as { embedding?: unknown } | undefined)?.embedding ?? []
}

function toolOf({ name, description, parameters }: z.infer<typeof Tool>): object {
  return {
    type: 'function',
    function: {
      name,
      description,
      parameters: {
        type: 'object',
        properties: Object.fromEntries(
          parameters.map(one => [one.name, { type: one.type, description: one.description }]),
        ),
        required: parameters.filter(one => one.required).map(one => one.name),
      },
    },
  }
}

function argumentsOf(text: string): object {
  const value = readJsonText(text)
  return typeof value === 'object' && value !== null ? value : {}
}
