import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PROVIDER_KINDS } from '../../../sandbox/gateway/quirks.ts'
import { readSpending } from '../../../sandbox/gateway/spending.ts'
import { makeFolder } from '../../support/folder.ts'
import { HELLO, request, useGateway } from '../../support/gateway.ts'
import { KEY, type ModelServer } from '../../support/model-server.ts'

test('a chat goes through, and its cost, tokens and request are counted', async () => {
  const gate = await useGateway({})

  const { status, json } = await gate.chat()

  expect(status).toBe(200)
  expect(json.choices[0].message.content).toBe('Hi there')
  // 1000 tokens of prompt at 0.5, 50 of answer at 2 dollars a million; OpenRouter's bill is the same.
  expect(json.usage).toMatchObject({ prompt_tokens: 1000, completion_tokens: 50, cost: 0.0006 })
  expect(gate.session.report).toMatchObject({
    spent: { usd: 600, inputTokens: 1000, cachedTokens: 200, outputTokens: 50, requests: 1 },
    refused: 0,
    trips: [],
  })
  expect(readSpending(gate.spending).run.usd).toBe(600)
})

test('a stream goes through event by event, with what it came to for whoever asks', async () => {
  const gate = await useGateway({})

  const plain = await gate.chat({ stream: true })
  const told = await gate.chat({ stream: true, stream_options: { include_usage: true } })

  expect(plain.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  expect(plain.events.map(contentOf).join('')).toBe('Hi there')
  expect(plain.events.at(-1)).toBe('[DONE]')
  expect(plain.text).not.toContain('usage')
  expect(JSON.parse(told.events.at(-2)!)).toMatchObject({
    choices: [],
    usage: { completion_tokens: 50, cost: 0.0006 },
  })
  expect(gate.session.report.spent).toMatchObject({ usd: 1200, requests: 2 })
})

test('where a provider does not say how many tokens there were, they are counted', async () => {
  const gate = await useGateway({
    providers: [{ kind: 'compatible', behaviours: [{ kind: 'answer', text: 'Hello, world', usage: null }] }],
  })

  const { events } = await gate.chat({ stream: true, stream_options: { include_usage: true } })

  expect(JSON.parse(events.at(-2)!).usage).toMatchObject({ completion_tokens: 3 })
  expect(gate.calls()[0]!.outcome).toMatchObject({ isCounted: true, tokens: { output: 3 } })
})

test.each(PROVIDER_KINDS)("%s gets the seed of the policy, or the call's own", async kind => {
  const gate = await useGateway({ providers: [{ kind }], policy: { seed: 7 } })

  await gate.chat()
  await gate.chat({ seed: 3 })

  expect(postsTo(gate.servers[0]!).map(({ body }) => body.seed)).toEqual([7, 3])
})

test.each(PROVIDER_KINDS)(
  '%s that takes no seed is asked once more without it, which is on record',
  async kind => {
    const message = 'Unsupported parameter: "seed"'
    const behaviours = [{ kind: 'status', status: 400, message }, { kind: 'answer' }] as const
    const gate = await useGateway({ providers: [{ kind, behaviours }], policy: { seed: 7 } })

    const { status } = await gate.chat({ stream: true })

    expect(status).toBe(200)
    expect(postsTo(gate.servers[0]!).map(({ body }) => body.seed)).toEqual([7, undefined])
    expect(gate.calls()[0]!.outcome).toMatchObject({
      kind: 'answered',
      misses: [{ provider: `${kind}-0`, how: 'seed', message }],
    })
    expect(gate.session.report.spent.requests).toBe(1)
  },
)

test('embeddings, models, budget and health', async () => {
  const gate = await useGateway({})

  const vectors = await gate.send('POST', '/v1/embeddings', { input: ['a', 'b'] })
  const models = await gate.send('GET', '/v1/models')
  const usage = await gate.send('GET', '/v1/usage')

  expect(vectors.json.data.map((one: { embedding: number[] }) => one.embedding)).toEqual([
    [1, 0],
    [1, 1],
  ])
  expect(models.json.data).toEqual([
    {
      id: 'model',
      object: 'model',
      created: 0,
      owned_by: 'arete',
      pricing: { prompt: '0.0000005', completion: '0.000002' },
    },
  ])
  expect(usage.json).toMatchObject({
    usd: { spent: 0.000001, limit: 0.3 },
    requests: { made: 1, left: 499 },
    max_cost_usd: 0.3,
  })
  expect((await gate.send('GET', '/healthz')).status).toBe(200)
  expect((await gate.send('GET', '/api/v1/key')).json.data).toMatchObject({ limit: 0.3, usage: 0.000001 })
})

test("Ridges' agents get what they know: the older forms", async () => {
  const gate = await useGateway({})
  const body = { run_id: 'x', evaluation_run_id: 'x', model: 'model', temperature: 0, messages: HELLO }

  const inference = await gate.send('POST', '/api/inference', body)
  const first = await gate.send('POST', '/agents/inference', body)
  const vector = await gate.send('POST', '/api/embedding', { model: 'org/vectors', input: 'a' })
  const models = await gate.send('GET', '/api/inference-models')

  expect(inference.json).toEqual({ content: 'Hi there', tool_calls: [] })
  expect(first.json).toBe('Hi there')
  expect(vector.json).toEqual({ embedding: [1, 0] })
  expect(models.json[0]).toMatchObject({ name: 'model', cost_usd_per_million_input_tokens: 0.5 })
  expect((await gate.send('GET', '/api/usage?evaluation_run_id=x')).json.used_cost_usd).toBeGreaterThan(0)
})

test("Ridges' tools are OpenAI's on the way out", async () => {
  const gate = await useGateway({})
  const tools = [
    {
      name: 'read',
      description: 'Reads',
      parameters: [{ name: 'path', type: 'string', description: 'Where', required: true }],
    },
  ]

  await gate.send('POST', '/api/inference', { model: 'model', messages: HELLO, tool_mode: 'required', tools })

  expect(gate.servers[0]!.requests.at(-1)!.body).toMatchObject({
    tool_choice: 'required',
    tools: [
      {
        type: 'function',
        function: {
          ...{ name: 'read', description: 'Reads' },
          parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
        },
      },
    ],
  })
})

test('a call that could overrun is refused before anybody is asked', async () => {
  const gate = await useGateway({ policy: { usd: 0.001 } })

  const asked = await gate.chat({ max_tokens: 600 })
  const large = await gate.chat({ messages: [{ role: 'user', content: 'x'.repeat(3000) }] })

  expect(asked).toMatchObject({
    status: 402,
    json: { error: { code: 'budget', type: 'insufficient_quota' } },
  })
  expect(asked.json.error.message).toMatch(
    /^Cannot make this call: it may cost up to \$0\.00\d+, and \$0\.001 are left;/,
  )
  expect(large.status).toBe(402)
  expect(postsTo(gate.servers[0]!)).toEqual([])
  expect(
    (await gate.send('POST', '/api/inference', { model: 'model', messages: HELLO, temperature: 0, max: 1 }))
      .status,
  ).toBe(200)
})

test('whoever does not say how long an answer may be gets as much as is left', async () => {
  const gate = await useGateway({ policy: { usd: 0.001, outputTokens: 100_000 } })

  await gate.chat()

  const most = gate.servers[0]!.requests.at(-1)!.body.max_tokens as number
  expect(most).toBeGreaterThan(300)
  expect(most).toBeLessThanOrEqual(500)
})

test('calls at the same time cannot overrun', async () => {
  const gate = await useGateway({ policy: { usd: 0.01, concurrent: 256 } })

  const answers = await Promise.all(Array.from({ length: 40 }, () => gate.chat({ max_tokens: 1000 })))

  expect(gate.session.report.spent.usd).toBeLessThanOrEqual(10_000)
  expect(answers.filter(({ status }) => status === 402).length).toBeGreaterThan(10)
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4)
})

test('more calls than may be at once are sent away for a second', async () => {
  const gate = await useGateway({
    policy: { concurrent: 2 },
    providers: [{ behaviours: [{ kind: 'endless' }] }],
  })
  const pending = [1, 2].map(() => gate.chat({ stream: true, max_tokens: 9 }).catch(() => {}))
  await expect.poll(() => gate.calls().length).toBe(2)

  const { status, headers } = await gate.chat({ max_tokens: 9 })

  expect([status, headers['retry-after']]).toEqual([429, '1'])
  await gate.session.end()
  await Promise.all(pending)
})

test('caps of the agent and of the run hold over all attempts', async () => {
  const gate = await useGateway({ policy: { usd: 0.01, agentUsd: 0.0013, runUsd: 0.002 } })
  const chat = { max_tokens: 50, messages: [{ role: 'user', content: 'x'.repeat(900) }] }
  await gate.chat(chat)
  const second = await gate.another()
  const other = await gate.another({ agent: 'another' })

  await second.chat(chat)

  expect((await second.chat(chat)).status).toBe(402)
  expect((await other.chat(chat)).status).toBe(200)
  expect((await other.chat(chat)).status).toBe(402)
})

test('requests and tokens have caps of their own', async () => {
  const requests = await useGateway({ policy: { requests: 1 } })
  const tokens = await useGateway({ policy: { tokens: 2000 } })

  await requests.chat()
  await tokens.chat({ max_tokens: 10 })

  expect((await requests.chat()).json.error.message).toBe('Cannot make this call: all 1 calls have been made')
  expect((await tokens.chat({ max_tokens: 1000 })).json.error.message).toMatch(
    /^Cannot make this call: it may take up to \d+ tokens, and 950 are left$/,
  )
})

test("a provider's bill that is higher than our table's counts, and is noted", async () => {
  const gate = await useGateway({
    prices: {},
    providers: [
      {
        kind: 'openrouter',
        behaviours: [{ kind: 'answer', usage: { prompt_tokens: 10, completion_tokens: 1, cost: 0.05 } }],
      },
    ],
  })

  await gate.chat()

  expect(gate.session.report.spent.usd).toBe(50_000)
  expect(gate.calls()[0]!.outcome).toMatchObject({ usd: 50_000, reported: 50_000 })
})

test('of a table of prices and a list of the provider the dearer counts', async () => {
  const gate = await useGateway({
    prices: { model: { input: 5, output: 0.1 } },
    providers: [{ kind: 'targon' }],
  })

  await gate.chat()

  // 1000 at 5 from our table, 50 at 2 from the list.
  expect(gate.session.report.spent.usd).toBe(5100)
})

test('an environment may have models and money of its own', async () => {
  const gate = await useGateway({ environments: { poor: { usd: 0.0001, models: ['org/model'] } } })
  const poor = await gate.another({ environment: 'poor' })

  expect((await poor.send('GET', '/v1/models')).json.data.map((one: { id: string }) => one.id)).toEqual([
    'org/model',
  ])
  expect((await poor.send('GET', '/v1/usage')).json.max_cost_usd).toBe(0.0001)
  expect((await poor.chat({ model: 'model' })).status).toBe(404)
})

test('the next provider answers when the first cannot', async () => {
  const gate = await useGateway({
    providers: [{ kind: 'chutes', behaviours: [{ kind: 'status', status: 429 }] }, { kind: 'targon' }],
  })

  const { status } = await gate.chat({ stream: true })

  expect(status).toBe(200)
  expect(gate.servers.map(server => postsTo(server).length)).toEqual([3, 1])
  expect(gate.calls()[0]!.outcome).toMatchObject({
    provider: 'targon-1',
    misses: [{ provider: 'chutes-0', how: 'busy' }, {}, {}],
  })
})

test('when nobody answers, the agent learns no more than that, and it costs nothing but the request', async () => {
  const gate = await useGateway({
    providers: [
      { kind: 'chutes', behaviours: [{ kind: 'status', status: 402, message: 'account 17 has no credit' }] },
    ],
  })

  const { status, text } = await gate.chat()

  expect(status).toBe(502)
  expect(text).not.toContain('account 17')
  expect(gate.session.report).toMatchObject({ spent: { usd: 0, requests: 1 }, refused: 1 })
  expect(gate.text()).toContain('account 17')
})

test('a stream that breaks off in the midst ends with an error, and is paid as far as it came', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'cut', after: 1 }] }] })

  const { events } = await gate.chat({ stream: true })

  expect(JSON.parse(events.at(-2)!)).toMatchObject({ error: { code: 'provider-failed' } })
  expect(gate.calls()[0]!.outcome).toMatchObject({ ending: 'broken', isCounted: true })
  expect(gate.session.report.spent).toMatchObject({ requests: 1 })
  expect(gate.session.report.spent.usd).toBeGreaterThan(0)
})

test('an agent that goes away ends the call at the provider, and pays for what was written', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'endless' }] }] })

  await new Promise<void>(resolve => {
    const sent = http.request({ socketPath: gate.socket, method: 'POST', path: '/v1/chat/completions' })
    sent.on('response', response => response.once('data', () => sent.destroy()))
    sent.on('error', () => {})
    sent.on('close', () => resolve())
    sent.end(JSON.stringify({ messages: HELLO, stream: true }))
  })

  await expect.poll(() => gate.servers[0]!.left()).toBe(1)
  // The first count starts its thread.
  await expect
    .poll(() => gate.calls()[0]!.outcome, { timeout: 20_000 })
    .toMatchObject({ ending: 'left', isCounted: true })
  expect(gate.session.report.spent.requests).toBe(1)
})

test('the end of an attempt ends its calls, and all of them are on record then', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'endless' }] }] })
  const pending = gate.chat({ stream: true }).catch(error => error)
  await expect.poll(() => gate.servers[0]!.requests.length).toBe(3)

  const report = await gate.session.end()

  expect(report.spent.requests).toBe(1)
  expect(gate.calls()[0]!.outcome).toBeDefined()
  expect(await pending).toBeInstanceOf(Error)
  await expect(gate.chat()).rejects.toThrow()
})

test('a provider that says nothing in the time of a call is given up, and may have answered: that is paid', async () => {
  const gate = await useGateway({
    policy: { callSeconds: 0.2 },
    providers: [{ behaviours: [{ kind: 'silence' }] }],
  })

  const { status, json } = await gate.chat()

  expect(status).toBe(504)
  expect(json.error.message).toBe('No answer within 0.2 s')
  expect(gate.session.report.spent.requests).toBe(1)
  expect(gate.session.report.spent.usd).toBeGreaterThan(0)
})

test('a stream that does not end in the time of a call ends with an error', async () => {
  const gate = await useGateway({
    policy: { callSeconds: 0.3 },
    providers: [{ behaviours: [{ kind: 'endless' }] }],
  })

  const { events } = await gate.chat({ stream: true })

  expect(events.map(contentOf).join('')).toBe('Hi there')
  expect(JSON.parse(events.at(-2)!)).toMatchObject({ error: { code: 'provider-failed' } })
  expect(gate.calls()[0]!.outcome).toMatchObject({ ending: 'broken' })
})

test('an answer of more bytes than may be is none', async () => {
  const gate = await useGateway({
    policy: { answerBytes: 5000 },
    providers: [{ behaviours: [{ kind: 'flood', bytes: 20_000 }] }],
  })

  const { status, text } = await gate.chat()

  expect(status).toBe(502)
  expect(text.length).toBeLessThan(1000)
  expect(gate.text()).toContain('openrouter-0 sent more than 5000 bytes')
})

test('an error in the midst of a stream ends it for the agent, who does not learn why', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'error-event', after: 1 }] }] })

  const { events, text } = await gate.chat({ stream: true })

  expect(JSON.parse(events.at(-2)!)).toMatchObject({ error: { code: 'provider-failed' } })
  expect(text).not.toContain('overloaded')
  expect(gate.text()).toContain('overloaded')
  expect(postsTo(gate.servers[0]!)).toHaveLength(1)
})

test.each([
  { what: 'too large', body: JSON.stringify({ messages: 'x'.repeat(20_000) }), status: 413 },
  { what: 'no JSON', body: '{', status: 400 },
  { what: 'nested too deeply', body: `{"messages":${'['.repeat(5000)}${']'.repeat(5000)}}`, status: 400 },
  { what: 'no object', body: '[]', status: 400 },
])('a body that is $what is refused', async ({ body, status }) => {
  const gate = await useGateway({ policy: { requestBytes: 15_000 } })

  const answer = await gate.send('POST', '/v1/chat/completions', body)

  expect(answer.status).toBe(status)
  expect(postsTo(gate.servers[0]!)).toEqual([])
})

test('all requests of an attempt together may have so many bytes', async () => {
  const gate = await useGateway({ policy: { outBytes: 100 } })

  expect((await gate.chat()).status).toBe(200)
  expect((await gate.chat({ messages: [{ role: 'user', content: 'x'.repeat(100) }] })).status).toBe(402)
  expect(gate.session.report.bytesOut).toBeLessThanOrEqual(100)
})

test('the bytes of requests are counted as they came', async () => {
  const gate = await useGateway({})
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Grüße' }] })

  for (const _ of [1, 2]) await gate.send('POST', '/v1/chat/completions', body)
  await gate.send('GET', '/v1/usage')

  expect(gate.session.report.bytesOut).toBe(2 * Buffer.byteLength(body))
})

test("another task's marker in a prompt is noted, and nothing else happens", async () => {
  const marker = '22222222-aaaa-4bbb-8ccc-000000000002'
  const gate = await useGateway({ markers: new Map([[marker, 'other-task']]) })

  const { status } = await gate.chat({ messages: [{ role: 'user', content: `It says ${marker}` }] })

  expect(status).toBe(200)
  expect(gate.session.report.trips).toEqual([{ marker, task: 'other-task' }])
})

test('many connections at once are nothing that Node warns of', async () => {
  const warned: string[] = []
  const note = (warning: Error): void => void warned.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const gate = await useGateway({ policy: { concurrent: 256, requests: 1000 } })
  const folder = makeFolder({})
  const socket = path.join(folder, 'accepting')
  const server = net.createServer(channel => gate.accept(channel)).listen(socket)
  onTestFinished(() => void server.close())
  await once(server, 'listening')

  const body = { messages: HELLO, max_tokens: 10 }
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => request(socket, 'POST', '/v1/chat/completions', body)),
  )
  await new Promise(resolve => setImmediate(resolve))

  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(warned).toEqual([])
})

test('paths that there are not', async () => {
  const gate = await useGateway({})

  const unknown = await gate.send('POST', '/v1/responses', {})

  expect(unknown.status).toBe(404)
  expect(unknown.json.error.message).toContain('POST /v1/chat/completions')
  expect((await gate.send('GET', '/v1/chat/completions')).status).toBe(405)
})

test.each([
  { kind: 'status', status: 400, message: `Incorrect API key provided: Bearer ${KEY}` },
  { kind: 'status', status: 401, message: `${'x'.repeat(290)} ${KEY}` },
  { kind: 'error-event', after: 1, message: `no such key: ${KEY}` },
] as const)('a provider that quotes the key tells it to nobody ($kind $status)', async behaviour => {
  const gate = await useGateway({ providers: [{ behaviours: [behaviour] }] })

  const answers = [await gate.chat(), await gate.chat({ stream: true })]

  const known = answers.map(({ text }) => text).join('') + gate.text()
  expect(known).not.toContain(KEY)
  expect(known).not.toContain(KEY.slice(0, 8))
})

test('the key is in nothing that an agent or a record can hold', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'status', status: 401 }] }] })

  const answers = [
    await gate.chat(),
    await gate.send('GET', '/v1/models'),
    await gate.send('GET', '/v1/usage'),
  ]

  expect(answers.map(({ text }) => text).join('') + gate.text()).not.toContain(KEY)
})

function postsTo({ requests }: ModelServer): ModelServer['requests'] {
  return requests.filter(({ line }) => line.startsWith('POST'))
}

function contentOf(data: string): string {
  return data === '[DONE]' ? '' : (JSON.parse(data).choices?.[0]?.delta?.content ?? '')
}
