import { z } from 'zod'
import { type Price, priceOf } from './money.ts'
import type { Ask, Listed } from './provider.ts'

export const PROVIDER_KINDS = ['chutes', 'openrouter', 'targon', 'compatible'] as const
export type ProviderKind = (typeof PROVIDER_KINDS)[number]

/** Wherein providers differ that all speak OpenAI's form. */
export interface Quirks {
  readonly url: string | undefined
  /** Where embeddings are had, if elsewhere. */
  readonly embeddingsUrl?: string
  /** The list of models names embedding models elsewhere. */
  readonly embeddingModelsPath?: string
  readonly headers: Readonly<Record<string, string>>
  readonly shape: (ask: Ask) => Readonly<Record<string, unknown>>
  /** In what a list of models says prices. */
  readonly priceUnit: 'token' | 'million'
}

export function quirksOf(kind: ProviderKind): Quirks {
  switch (kind) {
    case 'chutes':
      return {
        url: 'https://llm.chutes.ai/v1',
        embeddingsUrl: 'https://embed.chutes.ai/v1',
        headers: {},
        shape: withUsage,
        priceUnit: 'million',
      }
    case 'openrouter':
      return {
        url: 'https://openrouter.ai/api/v1',
        embeddingModelsPath: '/embeddings/models',
        headers: { 'x-title': 'Arete' },
        // It says what a call cost only if asked, and passes on to whoever keeps prompts unless forbidden.
        shape: ask => ({
          ...withUsage(ask),
          usage: { include: true },
          provider: { data_collection: 'deny', allow_fallbacks: true },
        }),
        priceUnit: 'token',
      }
    case 'targon':
      return { url: 'https://api.targon.com/v1', headers: {}, shape: withUsage, priceUnit: 'token' }
    case 'compatible':
      return { url: undefined, headers: {}, shape: withUsage, priceUnit: 'token' }
  }
}

/** A stream says what it came to only if asked. */
function withUsage({ body, stream, endpoint }: Ask): Readonly<Record<string, unknown>> {
  if (endpoint === 'embeddings') return body
  return stream
    ? { ...body, stream: true, stream_options: { include_usage: true } }
    : { ...body, stream: false }
}

const Dollars = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?(e-?\d+)?$/i)
      .transform(Number),
  ])
  .refine(value => value >= 0 && value < 1000)
const Model = z.looseObject({
  id: z.string().min(1).max(300),
  pricing: z
    .looseObject({
      prompt: Dollars,
      completion: Dollars.default(0),
      input_cache_read: Dollars.optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  output_modalities: z.array(z.string()).optional().catch(undefined),
  architecture: z
    .looseObject({ output_modalities: z.array(z.string()) })
    .optional()
    .catch(undefined),
})
const List = z.looseObject({ data: z.array(z.unknown()).max(100_000) })

/** The models of a provider's list; entries that say something else are left out. */
export function readList(raw: unknown, unit: Quirks['priceUnit']): Listed[] {
  const list = List.safeParse(raw)
  if (!list.success) return []
  return list.data.data.flatMap(entry => {
    const model = Model.safeParse(entry)
    if (!model.success) return []
    const { id, pricing, output_modalities, architecture } = model.data
    const out = output_modalities ?? architecture?.output_modalities ?? []
    return [
      { id, price: readPrice(pricing, unit), isEmbedding: out.some(one => one.startsWith('embedding')) },
    ]
  })
}

function readPrice(pricing: z.infer<typeof Model>['pricing'], unit: Quirks['priceUnit']): Price | undefined {
  if (pricing === undefined) return undefined
  const factor = unit === 'token' ? 1e6 : 1
  const { prompt, completion, input_cache_read: cached } = pricing
  return priceOf({
    input: prompt * factor,
    output: completion * factor,
    cached: cached === undefined ? undefined : cached * factor,
  })
}
