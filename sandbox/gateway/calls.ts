import fs from 'node:fs'
import path from 'node:path'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { sha256 } from '../digest.ts'
import type { Call } from './admit.ts'

const At = z.string().max(40)
const Count = z.int().nonnegative()
/** One try that came to nothing, or the end of a stream that broke off; `seed`: the provider takes none, and was asked again without it. */
export const Miss = z.object({
  provider: z.string(),
  how: z.enum(['busy', 'broken', 'silent', 'denied', 'seed']),
  message: z.string(),
})
export type Miss = z.infer<typeof Miss>

/** A call goes out. Of its messages only those are here that differ from the call before: the first `same` are as there. */
export const Asked = z.object({
  kind: z.literal('asked'),
  id: Count,
  at: At,
  endpoint: z.enum(['chat', 'embeddings']),
  model: z.string(),
  stream: z.boolean(),
  digest: z.string(),
  same: Count.default(0),
  body: z.record(z.string(), z.unknown()),
})

/** What came back, whole or as the data of events, and what it came to. */
export const Answered = z.object({
  kind: z.literal('answered'),
  id: Count,
  at: At,
  provider: z.string(),
  answer: z.union([
    z.object({ body: z.record(z.string(), z.unknown()) }),
    z.object({ events: z.array(z.string()) }),
  ]),
  /** `broken`: the provider broke off; `left`: the agent did not wait for the end. */
  ending: z.enum(['whole', 'broken', 'left']),
  tokens: z.object({ input: Count, cached: Count, output: Count }),
  /** The provider did not say it, so we counted. */
  isCounted: z.boolean().default(false),
  usd: Count,
  /** What the provider says it cost, in micro-dollars, if it is more than 5 % from what we make of it. */
  reported: Count.optional(),
  misses: z.array(Miss).default([]),
  milliseconds: z.object({ first: z.number(), all: z.number() }),
})

/** A call that was not made, or that no provider answered. */
export const NotAnswered = z.object({
  kind: z.literal('refused'),
  id: Count,
  at: At,
  code: z.string(),
  status: z.int(),
  message: z.string(),
  misses: z.array(Miss).default([]),
})

const Line = z.discriminatedUnion('kind', [Asked, Answered, NotAnswered])
export type Line = z.infer<typeof Line>
export type Asked = z.infer<typeof Asked>
export type Answered = z.infer<typeof Answered>
export type NotAnswered = z.infer<typeof NotAnswered>

/** One call with what became of it; nothing if the process died meanwhile. */
export interface RecordedCall {
  readonly asked: Asked
  readonly outcome: Answered | NotAnswered | undefined
}

/** Identifies what was asked: equal calls have equal digests, whatever the order of their keys. */
export function digestOf({
  endpoint,
  model,
  body,
  stream,
}: Pick<Call, 'endpoint' | 'model' | 'body' | 'stream'>): string {
  return sha256(canonicalize({ endpoint, model, body, stream }) ?? '')
}

/** Appends the calls of one attempt to a file; each line is with the system before what it tells goes on. */
export class CallFile implements Disposable {
  readonly #handle: number
  #before: readonly string[] = []
  #bytes = 0

  constructor(file: string) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    this.#handle = fs.openSync(file, 'w')
  }

  /** How long the file is. */
  get bytes(): number {
    return this.#bytes
  }

  asked(id: number, call: Call, at: string): void {
    const { endpoint, model, body, stream } = call
    const { messages, ...rest } = body
    const list = Array.isArray(messages) ? messages : undefined
    const texts = (list ?? []).map(message => JSON.stringify(message))
    let same = 0
    while (same < texts.length && texts[same] === this.#before[same]) same += 1
    if (list !== undefined) this.#before = texts
    this.#write({
      ...{ kind: 'asked', id, at, endpoint, model, stream, digest: digestOf(call), same },
      body: list === undefined ? rest : { messages: list.slice(same), ...rest },
    })
  }

  answered(line: Answered): void {
    this.#write(line)
  }

  refused(line: NotAnswered): void {
    this.#write(line)
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#handle)
  }

  #write(line: Line): void {
    this.#bytes += fs.writeSync(this.#handle, `${JSON.stringify(line)}\n`)
  }
}

/** The calls of a file, with all of their messages. Lines that are none, such as the torn last one of a crash, are left out. */
export function readCalls(text: string): RecordedCall[] {
  const calls = new Map<number, { asked: Asked; outcome: Answered | NotAnswered | undefined }>()
  let before: readonly unknown[] = []
  for (const one of text.split('\n')) {
    const line = parseLine(one)
    if (line === undefined) continue
    if (line.kind !== 'asked') {
      const call = calls.get(line.id)
      if (call !== undefined) call.outcome ??= line
      continue
    }
    const added = line.body.messages
    const messages = Array.isArray(added) ? [...before.slice(0, line.same), ...added] : undefined
    if (messages !== undefined) before = messages
    calls.set(line.id, {
      asked: { ...line, same: 0, body: messages === undefined ? line.body : { ...line.body, messages } },
      outcome: undefined,
    })
  }
  return [...calls.values()]
}

function parseLine(text: string): Line | undefined {
  if (text === '') return undefined
  try {
    return Line.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
