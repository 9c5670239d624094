import { z } from 'zod'

/** What agents send, as OpenAI's chat completions have it; of messages only what every provider understands is kept. */
const Part = z.object({ type: z.literal('text'), text: z.string() })
const Content = z.union([z.string(), z.array(Part)])
const ToolCall = z.object({
  id: z.string().max(200),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string().max(200), arguments: z.string() }),
})

export const Message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content: Content, name: z.string().optional() }),
  z.object({
    role: z.literal('assistant'),
    content: Content.nullish(),
    name: z.string().optional(),
    tool_calls: z.array(ToolCall).max(256).nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
  }),
  z.object({ role: z.literal('tool'), content: Content, tool_call_id: z.string().max(200) }),
])
export type Message = z.infer<typeof Message>

const Tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().min(1).max(200),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.boolean().nullish(),
  }),
})

const Fraction = z.number().min(0).max(1)

/** Parameters of a chat call. Whatever is not here is refused, since nobody knows what it costs or where it leads. */
export const ChatParameters = {
  model: z.string().max(200).optional(),
  /** Ridges and OpenRouter take several; the first that is allowed is asked. */
  models: z.array(z.string().max(200)).max(20).optional(),
  messages: z.array(Message).min(1).max(10_000),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: Fraction.nullish(),
  top_k: z.int().nonnegative().nullish(),
  min_p: Fraction.nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(Tool).max(512).nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  repetition_penalty: z.number().min(0).max(2).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  n: z.int().min(1).max(8).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  seed: z.int().nullish(),
  reasoning_effort: z.string().max(20).nullish(),
  reasoning: z
    .strictObject({
      effort: z.string().max(20).optional(),
      max_tokens: z.int().positive().optional(),
      exclude: z.boolean().optional(),
      enabled: z.boolean().optional(),
    })
    .nullish(),
} as const
const ChatRequest = z.object(ChatParameters)
export type ChatRequest = z.infer<typeof ChatRequest>

export const EmbeddingParameters = {
  model: z.string().max(200).optional(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  dimensions: z.int().positive().nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
} as const
const EmbeddingRequest = z.object(EmbeddingParameters)
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>

/** Sent along by usual clients, without any bearing on the answer: taken, and not passed on. */
const IGNORED = [
  'user',
  'store',
  'metadata',
  'usage',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
]

export type Parsed<Value> =
  | { readonly kind: 'parsed'; readonly value: Value }
  | { readonly kind: 'mistaken'; readonly message: string; readonly param: string }

export function parseChat(raw: unknown): Parsed<ChatRequest> {
  return parse(raw, ChatRequest)
}

export function parseEmbedding(raw: unknown): Parsed<EmbeddingRequest> {
  return parse(raw, EmbeddingRequest)
}

function parse<Value>(
  raw: unknown,
  schema: z.ZodType<Value> & { readonly shape: Readonly<Record<string, unknown>> },
): Parsed<Value> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { kind: 'mistaken', message: 'The body is not a JSON object', param: '' }
  const unknown = Object.keys(raw).find(key => !Object.hasOwn(schema.shape, key) && !IGNORED.includes(key))
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).join(', ')
    const param = unknown.slice(0, 100)
    return { kind: 'mistaken', message: `Cannot take the parameter "${param}": there are ${known}`, param }
  }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return { kind: 'parsed', value: parsed.data }
  const [issue] = parsed.error.issues
  const param = issue?.path.join('.') ?? ''
  return {
    kind: 'mistaken',
    message: `Cannot take "${param}": ${issue?.message ?? 'not as it should be'}`,
    param,
  }
}

/** What providers say that a call came to; only what is needed, since each says something else as well. */
const Count = z.int().nonnegative().max(1e9).nullish().catch(undefined)
export const Usage = z.looseObject({
  prompt_tokens: Count,
  completion_tokens: Count,
  prompt_tokens_details: z.looseObject({ cached_tokens: Count }).nullish().catch(undefined),
  /** In US dollars; OpenRouter says it. */
  cost: z.number().nonnegative().max(1e6).nullish().catch(undefined),
})
export type Usage = z.infer<typeof Usage>
