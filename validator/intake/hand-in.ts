import { z } from 'zod'
import type { CommitEnvelope, Envelope } from './envelope.ts'
import { UnreachableError } from './errors.ts'
import { ValidatorInfo } from './info.ts'

const Refusal = z.object({
  reasons: z.array(z.object({ code: z.string().max(100), message: z.string().max(4000) })).min(1),
})
/** A refusal, as a miner sees it. */
export type Refused = { readonly kind: 'refused'; readonly status: number } & z.infer<typeof Refusal>

const Precedence = z.object({ block: z.int(), index: z.int(), hotkey: z.string().max(64) })
const HandedIn = z.object({
  id: z.string().regex(/^[0-9a-f]{24}$/),
  place: z.int(),
  precedence: Precedence,
  isNew: z.boolean(),
})
export type HandedIn = { readonly kind: 'accepted' } & z.infer<typeof HandedIn>
const LaidDown = z.object({ hash: z.string().max(64), precedence: Precedence })
export type LaidDown = { readonly kind: 'committed' } & z.infer<typeof LaidDown>

const SECONDS = 60
const TRIES = 3
const MOST_BYTES = 2 ** 20

/** @throws UnreachableError */
export async function askInfo(url: string): Promise<ValidatorInfo> {
  const { body } = await ask(url, '/v1/info', {})
  return read(ValidatorInfo, body, url)
}

/** Lays down a hash before the agent is shown. @throws UnreachableError */
export async function layDown(url: string, envelope: CommitEnvelope): Promise<LaidDown | Refused> {
  const { ok, status, body } = await ask(url, '/v1/commits', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(envelope),
  })
  return ok ? { kind: 'committed', ...read(LaidDown, body, url) } : refusal(status, body, url)
}

/** Hands in an agent. The same once more gives the same answer, so a lost one is asked for again. @throws UnreachableError */
export async function handIn(
  url: string,
  envelope: Envelope,
  bytes: Buffer,
  modelKey?: Buffer,
): Promise<HandedIn | Refused> {
  const { ok, status, body } = await ask(url, '/v1/submissions', {
    method: 'POST',
    headers: {
      'content-type': 'application/gzip',
      'arete-envelope': Buffer.from(JSON.stringify(envelope)).toString('base64url'),
      ...(modelKey === undefined ? {} : { 'arete-model-key': modelKey.toString('base64url') }),
    },
    body: new Uint8Array(bytes),
  })
  return ok ? { kind: 'accepted', ...read(HandedIn, body, url) } : refusal(status, body, url)
}

/** The envelope of a submission, as it comes in the header `Arete-Envelope`; undefined if there is no JSON in it. */
export function readEnvelopeHeader(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly body: unknown
}

/** Everything that is asked may be asked again: what is signed is known by its nonce. */
async function ask(url: string, path: string, request: RequestInit): Promise<Answer> {
  for (let number = 1; ; number++) {
    try {
      const response = await fetch(new URL(path, url), {
        ...request,
        redirect: 'error',
        signal: AbortSignal.timeout(SECONDS * 1000),
      })
      const text = await readText(response)
      return { ok: response.ok, status: response.status, body: parseJson(text) }
    } catch (error) {
      const cause = (error as Error).cause as (Error & { code?: string }) | undefined
      const isLost = cause?.code === 'ECONNRESET' || cause?.code === 'UND_ERR_SOCKET'
      if (isLost && number < TRIES) continue
      throw new UnreachableError(url, cause?.code ?? cause?.message ?? (error as Error).message, {
        cause: error,
      })
    }
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    total += chunk.length
    if (total > MOST_BYTES) throw new Error(`its answer has more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read<T>(schema: z.ZodType<T>, body: unknown, url: string): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new UnreachableError(
    url,
    `it answers otherwise than a validator (${path.join('.') || 'all'}: ${message})`,
  )
}

function refusal(status: number, body: unknown, url: string): Refused {
  const parsed = Refusal.safeParse(body)
  if (parsed.success) return { kind: 'refused', status, ...parsed.data }
  throw new UnreachableError(url, `it answered ${status} without a reason`)
}
