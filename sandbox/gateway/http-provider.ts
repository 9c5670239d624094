import { createParser } from 'eventsource-parser'
import { Agent, request } from 'undici'
import { readJson, readJsonText } from '../bounded-json.ts'
import { withoutSlashes } from '../slashes.ts'
import { Pieces } from './pieces.ts'
import { type Ask, BrokenStream, type Listed, type ModelProvider, type Reply } from './provider.ts'
import { type ProviderKind, quirksOf, readList } from './quirks.ts'

export interface HttpProviderOptions {
  readonly name: string
  readonly kind: ProviderKind
  /** With the version, without a slash at the end: `https://…/v1`. Each kind but `compatible` has its own. Embeddings are asked there as well if it is given. */
  readonly url?: string | undefined
  readonly key?: string | undefined
}

const MOST_ERROR = 64 * 2 ** 10
const MOST_LIST = 32 * 2 ** 20

/** A provider that is reached by HTTP. Deadlines are the caller's: each call ends with its signal. */
export class HttpProvider implements ModelProvider, AsyncDisposable {
  readonly name: string
  readonly #options: HttpProviderOptions
  readonly #quirks: ReturnType<typeof quirksOf>
  readonly #url: string
  // Its own time limits would end long answers.
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: 1024, pipelining: 1 })

  constructor(options: HttpProviderOptions) {
    this.name = options.name
    this.#options = options
    this.#quirks = quirksOf(options.kind)
    const url = options.url ?? this.#quirks.url
    if (url === undefined) throw new Error(`The provider "${options.name}" needs a URL`)
    this.#url = withoutSlashes(url)
  }

  async list(signal: AbortSignal): Promise<readonly Listed[]> {
    const { embeddingModelsPath: more, priceUnit } = this.#quirks
    const paths = ['/models', ...(more === undefined ? [] : [more])]
    const lists = await Promise.all(
      paths.map(async path => {
        const { statusCode, body } = await this.#send('GET', `${this.#url}${path}`, undefined, signal)
        const bytes = await readUpTo(body, MOST_LIST)
        if (statusCode !== 200 || bytes === undefined)
          throw new Error(`${this.name} did not list its models: it answered ${statusCode}`)
        const models = readList(readJson(bytes), priceUnit)
        return path === more ? models.map(model => ({ ...model, isEmbedding: true })) : models
      }),
    )
    return lists.flat()
  }

  async ask(ask: Ask, signal: AbortSignal): Promise<Reply> {
    const { embeddingsUrl, shape } = this.#quirks
    const isChat = ask.endpoint === 'chat'
    const base = isChat || this.#options.url !== undefined ? this.#url : (embeddingsUrl ?? this.#url)
    const url = `${base}/${isChat ? 'chat/completions' : 'embeddings'}`
    let answer: Awaited<ReturnType<typeof request>>
    try {
      answer = await this.#send('POST', url, JSON.stringify(shape(ask)), signal)
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'failed', how: 'broken', message: `${this.name} is out of reach: ${messageOf(error)}` }
    }
    const { statusCode, headers, body } = answer
    if (statusCode !== 200) {
      const bytes = await readUpTo(body, MOST_ERROR).catch(() => undefined)
      return this.#judge(statusCode, messageIn(this.#textOf(bytes)), headers['retry-after'])
    }
    // Some answer with a stream to those who want none, and the other way round; the header says what it is.
    if (String(headers['content-type']).startsWith('text/event-stream'))
      return { kind: 'stream', events: this.#events(body, ask.answerBytes) }
    try {
      const bytes = await readUpTo(body, ask.answerBytes)
      if (bytes === undefined)
        return {
          kind: 'failed',
          how: 'broken',
          message: `${this.name} sent more than ${ask.answerBytes} bytes`,
        }
      return this.#readWhole(this.#textOf(bytes))
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'failed', how: 'broken', message: `${this.name} broke off: ${messageOf(error)}` }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  #send(method: 'GET' | 'POST', url: string, body: string | undefined, signal: AbortSignal) {
    const { key } = this.#options
    return request(url, {
      dispatcher: this.#agent,
      method,
      signal,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...this.#quirks.headers,
      },
      body: body ?? null,
    })
  }

  /** OpenRouter reports what went wrong behind it with status 200. */
  #readWhole(text: string): Reply {
    const body = readJsonText(text)
    if (!isRecord(body)) return { kind: 'failed', how: 'broken', message: `${this.name} sent no JSON object` }
    if (isRecord(body.error)) {
      const code = Number(body.error.code)
      return this.#judge(code >= 400 && code < 600 ? code : 502, messageIn(text), undefined)
    }
    return { kind: 'whole', body }
  }

  /** What a provider sent, without the key: some quote it in what they complain of, and agents read that. */
  #textOf(bytes: Buffer | undefined): string {
    return this.#withoutKey(bytes?.toString('utf8') ?? '')
  }

  #withoutKey(text: string): string {
    const { key } = this.#options
    return key === undefined ? text : text.replaceAll(key, '\u2026')
  }

  async *#events(body: Body, most: number): AsyncGenerator<string> {
    for await (const data of readEvents(body, most, this.name)) yield this.#withoutKey(data)
  }

  #judge(status: number, said: string, retryAfter: unknown): Reply {
    const message = `${this.name} answered ${status}: ${said}`
    const seconds =
      typeof retryAfter === 'string' && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) : undefined
    const later = seconds === undefined ? {} : { retryAfter: seconds }
    if (status === 401 || status === 402 || status === 403) return { kind: 'failed', how: 'denied', message }
    if (status === 408 || status === 429 || status === 503)
      return { kind: 'failed', how: 'busy', message, ...later }
    // A provider that does not know the model any more: another one may.
    if (status === 404) return { kind: 'failed', how: 'denied', message }
    if (status >= 500 || status < 400) return { kind: 'failed', how: 'broken', message, ...later }
    return { kind: 'refused', status, message: said }
  }
}

type Body = Awaited<ReturnType<typeof request>>['body']

/** @returns undefined if there are more bytes */
async function readUpTo(body: Body, most: number): Promise<Buffer | undefined> {
  const pieces = new Pieces()
  for await (const piece of body as AsyncIterable<Buffer>) {
    if (pieces.length + piece.length > most) return undefined
    pieces.add(piece)
  }
  return pieces.join()
}

async function* readEvents(body: Body, most: number, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const ready: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void ready.push(data) })
  let length = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > most) throw new BrokenStream(`${name} sent more than ${most} bytes`)
      parser.feed(decoder.decode(chunk, { stream: true }))
      for (const data of ready.splice(0)) {
        if (data === '[DONE]') return
        yield data
      }
    }
  } catch (error) {
    throw error instanceof BrokenStream ? error : new BrokenStream(`${name} broke off: ${messageOf(error)}`)
  } finally {
    body.destroy()
  }
}

function messageIn(sent: string): string {
  const body = readJsonText(sent)
  const error = isRecord(body)
    ? isRecord(body.error)
      ? body.error.message
      : (body.error ?? body.detail ?? body.message)
    : undefined
  const text = typeof error === 'string' ? error : sent
  return text.replace(/\s+/g, ' ').trim().slice(0, 300) || 'no reason given'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
