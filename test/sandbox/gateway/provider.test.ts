import { describe, expect, test } from 'vitest'
import { HttpProvider } from '../../../sandbox/gateway/http-provider.ts'
import { priceOf } from '../../../sandbox/gateway/money.ts'
import type { Ask, ModelProvider, Reply } from '../../../sandbox/gateway/provider.ts'
import { PROVIDER_KINDS, type ProviderKind } from '../../../sandbox/gateway/quirks.ts'
import { Script, ScriptProvider } from '../../../sandbox/gateway/script.ts'
import { type Behaviour, KEY, type ModelServer, openModelServer, PRICES } from '../../support/model-server.ts'

const MODEL: Readonly<Record<ProviderKind, string>> = {
  chutes: 'org/Model-TEE',
  openrouter: 'org/model',
  targon: 'org/Model',
  compatible: 'org/model',
}
const never = new AbortController().signal

describe.each(PROVIDER_KINDS)('%s', kind => {
  test('lists its models with what they cost', async () => {
    await using opened = await open(kind)

    const listed = await opened.provider.list(never)

    const price = kind === 'compatible' ? undefined : priceOf(PRICES)
    expect(listed[0]).toEqual({ id: MODEL[kind], price, isEmbedding: false })
    expect(listed.some(one => one.isEmbedding)).toBe(kind === 'openrouter' || kind === 'targon')
  })

  test('answers in one piece, and says what it came to', async () => {
    await using opened = await open(kind)

    const reply = await opened.provider.ask(ask({ stream: false }), never)

    expect(reply).toMatchObject({
      kind: 'whole',
      body: {
        choices: [{ message: { role: 'assistant', content: 'Hi there' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 200 } },
      },
    })
    expect(opened.server.requests[0]).toMatchObject({
      line: 'POST /chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: { model: 'org/model', messages: [{ role: 'user', content: 'Hello' }] },
    })
  })

  test('answers as a stream, and says at its end what it came to', async () => {
    await using opened = await open(kind)

    const events = await eventsOf(await opened.provider.ask(ask({ stream: true }), never))

    expect(events.map(event => event.choices[0]?.delta?.content ?? '').join('')).toBe('Hi there')
    expect(events.at(-1)!.usage).toMatchObject({ prompt_tokens: 1000, completion_tokens: 50 })
    expect(events).toHaveLength(4)
  })

  test('makes embeddings', async () => {
    await using opened = await open(kind)

    const reply = await opened.provider.ask(
      { endpoint: 'embeddings', body: { model: 'v', input: ['a', 'b'] }, stream: false, answerBytes: 10_000 },
      never,
    )

    expect(reply).toMatchObject({
      kind: 'whole',
      body: { data: [{ embedding: [1, 0] }, { embedding: [1, 1] }] },
    })
  })

  test.each<{ behaviour: Behaviour; reply: Partial<Reply> }>([
    {
      behaviour: { kind: 'status', status: 429, retryAfter: 7 },
      reply: { kind: 'failed', how: 'busy', retryAfter: 7 },
    },
    { behaviour: { kind: 'status', status: 503 }, reply: { kind: 'failed', how: 'busy' } },
    { behaviour: { kind: 'status', status: 500 }, reply: { kind: 'failed', how: 'broken' } },
    { behaviour: { kind: 'status', status: 401 }, reply: { kind: 'failed', how: 'denied' } },
    { behaviour: { kind: 'status', status: 402 }, reply: { kind: 'failed', how: 'denied' } },
    { behaviour: { kind: 'status', status: 404 }, reply: { kind: 'failed', how: 'denied' } },
    {
      behaviour: { kind: 'status', status: 400, message: 'too long' },
      reply: { kind: 'refused', status: 400, message: 'too long' },
    },
    {
      behaviour: { kind: 'status', status: 422, message: 'no' },
      reply: { kind: 'refused', status: 422, message: 'no' },
    },
    { behaviour: { kind: 'error-within', code: 429 }, reply: { kind: 'failed', how: 'busy' } },
    { behaviour: { kind: 'error-within', code: 502 }, reply: { kind: 'failed', how: 'broken' } },
    { behaviour: { kind: 'cut', after: 0 }, reply: { kind: 'failed', how: 'broken' } },
    { behaviour: { kind: 'flood', bytes: 20_000 }, reply: { kind: 'failed', how: 'broken' } },
  ])('to $behaviour it says $reply', async ({ behaviour, reply }) => {
    await using opened = await open(kind, [behaviour])

    const got = await opened.provider.ask(ask({ stream: false }), never)

    expect(got).toMatchObject(reply)
    expect(JSON.stringify(got)).not.toContain(KEY)
  })

  test('a stream that breaks off is an error of its own, and so is one that is too long', async () => {
    await using opened = await open(kind, [
      { kind: 'cut', after: 1 },
      { kind: 'answer', text: 'x'.repeat(30_000) },
    ])

    for (const _ of [1, 2])
      await expect(eventsOf(await opened.provider.ask(ask({ stream: true }), never))).rejects.toMatchObject({
        name: 'BrokenStream',
      })
  })

  test('a call ends with its signal, also at the provider', async () => {
    await using opened = await open(kind, [{ kind: 'silence' }])
    const abort = new AbortController()

    const asked = opened.provider.ask(ask({ stream: true }), abort.signal)
    await expect.poll(() => opened.server.requests.length).toBe(1)
    abort.abort()

    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => opened.server.left()).toBe(1)
  })

  test('a stream that nobody reads to its end is ended at the provider', async () => {
    await using opened = await open(kind, [{ kind: 'endless' }])
    const reply = await opened.provider.ask(ask({ stream: true }), never)
    for await (const _ of reply.kind === 'stream' ? reply.events : []) break

    await expect.poll(() => opened.server.left()).toBe(1)
  })
})

test('OpenRouter is asked what a call costs, and to pass it on to nobody who keeps prompts', async () => {
  await using opened = await open('openrouter')

  const reply = await opened.provider.ask(ask({ stream: false }), never)

  expect(opened.server.requests[0]!.body).toMatchObject({
    usage: { include: true },
    provider: { data_collection: 'deny' },
  })
  expect(reply).toMatchObject({ body: { usage: { cost: 0.0006 } } })
})

test('a provider that is not there is a failure, not an exception', async () => {
  const provider = new HttpProvider({ name: 'gone', kind: 'compatible', url: 'http://127.0.0.1:1/v1' })

  const reply = await provider.ask(ask({ stream: false }), never)

  expect(reply).toMatchObject({
    kind: 'failed',
    how: 'broken',
    message: expect.stringMatching(/^gone is out of reach: /),
  })
  await expect(provider.list(never)).rejects.toThrow()
})

test('a script answers as its turns say, in either form, and always the same', async () => {
  const provider: ModelProvider = new ScriptProvider(
    Script.parse({
      turns: [
        { content: 'First' },
        { when: 'failed', content: 'Again' },
        { tool_calls: [{ name: 'run', arguments: { command: 'ls' } }] },
      ],
    }),
  )
  const say = async (...messages: { role: string; content: string }[]) => {
    const body = { messages }
    const reply = await provider.ask({ endpoint: 'chat', body, stream: false, answerBytes: 0 }, never)
    return reply.kind === 'whole' && (reply.body.choices as { message: object }[])[0]!.message
  }
  const begun = [
    { role: 'user', content: 'Go' },
    { role: 'assistant', content: 'First' },
  ]

  expect(await say(begun[0]!)).toMatchObject({ content: 'First' })
  expect(await say(...begun, { role: 'user', content: 'it failed' })).toMatchObject({ content: 'Again' })
  expect(await say(...begun, { role: 'user', content: 'fine' })).toMatchObject({
    tool_calls: [{ function: { name: 'run', arguments: '{"command":"ls"}' } }],
  })
  const streamed = await eventsOf(
    await provider.ask(
      { endpoint: 'chat', body: { messages: [begun[0]] }, stream: true, answerBytes: 0 },
      never,
    ),
  )
  expect(streamed[0]!.choices[0]!.delta).toMatchObject({ content: 'First' })
})

async function open(
  kind: ProviderKind,
  behaviours: readonly Behaviour[] = [],
): Promise<{ provider: HttpProvider; server: ModelServer } & AsyncDisposable> {
  const server = await openModelServer(kind, behaviours)
  const provider = new HttpProvider({ name: kind, kind, url: server.url, key: KEY })
  return {
    provider,
    server,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function ask({ stream }: { stream: boolean }): Ask {
  const body = { model: 'org/model', messages: [{ role: 'user', content: 'Hello' }] }
  return { endpoint: 'chat', body, stream, answerBytes: 10_000 }
}

interface Event {
  readonly choices: { readonly delta?: { readonly content?: string } }[]
  readonly usage?: object
}

async function eventsOf(reply: Reply): Promise<Event[]> {
  if (reply.kind !== 'stream') throw new Error(`No stream but ${JSON.stringify(reply)}`)
  const events: Event[] = []
  for await (const data of reply.events) events.push(JSON.parse(data))
  return events
}
