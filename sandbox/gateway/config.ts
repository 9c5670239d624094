import { z } from 'zod'
import { withoutSlashes } from '../slashes.ts'
import { type Price, priceOf } from './money.ts'
import { type Policies, Policy } from './policy.ts'
import { PROVIDER_KINDS } from './quirks.ts'
import { KEY_VARIABLES } from './sealed-key.ts'

/** The file or the variables say something that cannot be meant; the message says what. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
}

const Dollars = z.number().nonnegative().max(1000)
/** In US dollars for a million tokens, as providers print it. */
const WrittenPrice = z.strictObject({
  input: Dollars,
  cached: Dollars.optional(),
  output: Dollars.default(0),
})

const Provider = z
  .strictObject({
    /** How it is called in records; its kind if absent. */
    name: z.string().min(1).max(40).optional(),
    kind: z.enum([...PROVIDER_KINDS, 'script']),
    url: z.url({ protocol: /^https?$/ }).optional(),
    /** Name of the environment variable that holds the key: files are read by more people than a key is for. */
    key: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .optional(),
    /** What it calls models that agents ask for under other names. */
    models: z.record(z.string(), z.string()).default({}),
    /** Of all models that have no other. */
    price: WrittenPrice.optional(),
    /** Answers of a scripted model. */
    file: z.string().optional(),
  })
  .refine(one => one.kind !== 'compatible' || one.url !== undefined, 'kind "compatible" needs a url')
  .refine(one => one.kind !== 'script' || one.file !== undefined, 'kind "script" needs a file')
export type ProviderConfig = z.infer<typeof Provider>

/** `gateway.toml`: where models are had, in the order in which providers are asked, and what agents may do with them. */
const GatewayFile = z.strictObject({
  providers: z.array(Provider).min(1).max(20),
  policy: z.record(z.string(), z.unknown()).default({}),
  environments: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  prices: z.record(z.string(), WrittenPrice).default({}),
})

export interface GatewayConfig {
  readonly providers: readonly ProviderConfig[]
  readonly policies: Policies
  readonly prices: Readonly<Record<string, Price>>
  /** For people: where this was found. */
  readonly from: string
}

/** @throws GatewayError that names the first mistake */
export function parseConfig(raw: unknown, from: string): GatewayConfig {
  const parsed = GatewayFile.safeParse(raw)
  if (!parsed.success) throw mistake(from, parsed.error)
  const { providers, policy, environments, prices } = parsed.data
  const policyOf = (own: object, where: string): Policy => {
    const one = Policy.safeParse({ ...policy, ...own })
    if (one.success) return one.data
    throw mistake(`${from}: ${where}`, one.error)
  }
  return {
    providers,
    from,
    policies: {
      base: policyOf({}, 'policy'),
      environments: Object.fromEntries(
        Object.entries(environments).map(([name, own]) => [name, policyOf(own, `environments.${name}`)]),
      ),
    },
    prices: Object.fromEntries(Object.entries(prices).map(([name, price]) => [name, priceOf(price)])),
  }
}

/**
 * What one variable suffices for: `ARETE_MODEL_URL` (a server that speaks OpenAI's form, with `ARETE_MODEL_KEY` if it wants one),
 * `ARETE_MODEL_SCRIPT` (a file of answers), or the key of a provider. Undefined if none is there.
 *
 * @throws GatewayError if the URL is none
 */
export function configOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): GatewayConfig | undefined {
  const providers: unknown[] = []
  const found: string[] = []
  if (env.ARETE_MODEL_SCRIPT) {
    found.push('ARETE_MODEL_SCRIPT')
    providers.push({ kind: 'script', file: env.ARETE_MODEL_SCRIPT })
  }
  if (env.ARETE_MODEL_URL) {
    found.push('ARETE_MODEL_URL')
    const url = withVersion(env.ARETE_MODEL_URL)
    const key = env.ARETE_MODEL_KEY ? { key: 'ARETE_MODEL_KEY' } : {}
    const price = isNear(url) ? { price: { input: 0, output: 0 } } : {}
    providers.push({ kind: 'compatible', name: 'ARETE_MODEL_URL', url, ...key, ...price })
  }
  for (const [variable, kind] of Object.entries(KEY_VARIABLES)) {
    if (!env[variable]) continue
    found.push(variable)
    providers.push({ kind, key: variable, models: namesAt(kind) })
  }
  if (providers.length === 0) return undefined
  return parseConfig({ providers }, found.join(', '))
}

/** Names by which agents know models wherever they run, and what providers call them. */
const NAMES: Readonly<Record<string, Readonly<Partial<Record<'chutes' | 'openrouter' | 'targon', string>>>>> =
  {
    'Qwen/Qwen3-Coder-Next': { chutes: 'Qwen/Qwen3-Coder-Next-TEE', openrouter: 'qwen/qwen3-coder-next' },
    'zai-org/GLM-4.7': { chutes: 'zai-org/GLM-4.7-TEE', openrouter: 'z-ai/glm-4.7' },
    'moonshotai/Kimi-K2.5': {
      chutes: 'moonshotai/Kimi-K2.5-TEE',
      openrouter: 'moonshotai/kimi-k2.5',
      targon: 'moonshotai/Kimi-K2.5',
    },
    'MiniMaxAI/MiniMax-M2.5': { chutes: 'MiniMaxAI/MiniMax-M2.5-TEE', openrouter: 'minimax/minimax-m2.5' },
    'deepseek-ai/DeepSeek-R1-0528': {
      chutes: 'deepseek-ai/DeepSeek-R1-0528-TEE',
      openrouter: 'deepseek/deepseek-r1-0528',
    },
    'Qwen/Qwen3-Embedding-8B': {
      chutes: 'Qwen/Qwen3-Embedding-8B',
      openrouter: 'qwen/qwen3-embedding-8b',
      targon: 'Qwen/Qwen3-Embedding-8B',
    },
  }

/** What a provider calls models that agents know by other names. */
export function namesAt(kind: 'chutes' | 'openrouter' | 'targon'): Record<string, string> {
  return Object.fromEntries(
    Object.entries(NAMES).flatMap(([name, ids]) => (ids[kind] === undefined ? [] : [[name, ids[kind]]])),
  )
}

/** People write the address of a server as they know it, with `/v1` or without. */
function withVersion(url: string): string {
  const bare = withoutSlashes(url).replace(/\/chat\/completions$/, '')
  return /\/v\d+$/.test(bare) ? bare : `${bare}/v1`
}

/** A server on this machine or in its own network sends no bills. */
function isNear(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])|\.(local|internal)$/.test(host)
}

function mistake(from: string, error: z.ZodError): GatewayError {
  const [issue] = error.issues
  const where = issue?.path.join('.') ?? ''
  return new GatewayError(
    `Cannot use ${from}: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'not as it should be'}`,
  )
}
