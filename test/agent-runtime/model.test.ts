import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openBudget } from '../../agent-runtime/budget.ts'
import { ModelError, type ModelOptions, openModel, parseCompletion } from '../../agent-runtime/model.ts'

const HELLO = [{ role: 'user', content: 'Hello' }] as const

test('chat() posts an OpenAI request and returns the text of the first choice', async () => {
  const gateway = await openGateway(reply => send(reply, 200, completion('Hi')))
  const model = open({ url: `${gateway.url}/`, token: 'secret' })

  const answer = await model.chat(HELLO, { temperature: 0, maxTokens: 50 })

  expect(answer).toBe('Hi')
  expect(model.available).toBe(true)
  expect(gateway.requests).toMatchObject([
    {
      line: 'POST /v1/chat/completions',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
      body: { model: 'small', messages: HELLO, temperature: 0, max_tokens: 50 },
    },
  ])
})

test('chat() sends no token and no options that nobody gave', async () => {
  const gateway = await openGateway(reply => send(reply, 200, completion('Hi')))

  await open({ url: gateway.url, model: undefined }).chat(HELLO)
  await open({ url: gateway.url }).chat(HELLO, { model: 'large' })

  expect(gateway.requests.map(({ body }) => body)).toEqual([
    { messages: HELLO },
    { messages: HELLO, model: 'large' },
  ])
  expect(gateway.requests[0]!.headers).not.toHaveProperty('authorization')
})

test('chat() charges the budget, also for an answer without a text', async () => {
  const budget = openBudget({ seconds: 60, usd: 1, now: () => 0 })
  const usage = { prompt_tokens: 100, completion_tokens: 20, cost: 0.25 }
  const gateway = await openGateway((reply, count) =>
    send(reply, 200, count === 1 ? { ...completion('Hi'), usage } : { usage }),
  )
  const model = open({ url: gateway.url, budget })

  await model.chat(HELLO)
  await expect(model.chat(HELLO)).rejects.toMatchObject({ code: 'malformed', status: 200 })

  expect(budget.spent()).toEqual({ steps: 2, inputTokens: 200, outputTokens: 40, usd: 0.5 })
})

test.each([undefined, ''])('openModel() without an address (%j) offers no model', async url => {
  const model = open({ url })

  expect(model.available).toBe(false)
  await expect(model.chat(HELLO)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ModelError: Cannot ask a model: this run offers none; look at model.available before you ask]`,
  )
  await expect(model.chat(HELLO)).rejects.toMatchObject({ code: 'unavailable' })
})

test.each([
  { status: 400, code: 'refused', tries: 1, advice: 'change messages or options' },
  { status: 401, code: 'refused', tries: 1, advice: 'this token may not ask for this model' },
  { status: 402, code: 'money', tries: 1, advice: 'the money of this attempt is spent' },
  { status: 404, code: 'refused', tries: 1, advice: 'ask for a model that the run offers' },
  { status: 413, code: 'refused', tries: 1, advice: 'send shorter messages' },
  { status: 429, code: 'failed', tries: 3, advice: 'ask again later or less often' },
  { status: 500, code: 'failed', tries: 3, advice: 'gateway or provider broke, ask again later' },
  { status: 302, code: 'refused', tries: 1, advice: 'change messages or options' },
])('chat() ends $status as $code after $tries tries', async ({ status, code, tries, advice }) => {
  const gateway = await openGateway(reply => send(reply, status, { error: { message: 'So it is' } }))

  const error = await open({ url: gateway.url })
    .chat(HELLO)
    .catch((error: unknown) => error)

  expect(error).toBeInstanceOf(ModelError)
  expect(error).toMatchObject({ code, status })
  expect(String(error)).toContain(
    `Cannot ask model "small": gateway answered ${status} (So it is); ${advice}`,
  )
  expect(gateway.requests).toHaveLength(tries)
})

test('chat() tries again what passes, as late as the gateway asks', async () => {
  const waits: number[] = []
  const gateway = await openGateway((reply, count) => {
    if (count === 1) return send(reply, 429, 'slow down', { 'retry-after': '7' })
    if (count === 2) return reply.destroy()
    return send(reply, 200, completion('At last'))
  })
  const wait = async (milliseconds: number): Promise<void> => void waits.push(milliseconds)

  expect(await open({ url: gateway.url, wait }).chat(HELLO)).toBe('At last')
  expect(waits).toEqual([7000, 4000])
})

test('chat() does not wait for longer than there is time', async () => {
  const gateway = await openGateway(reply => send(reply, 503, 'later', { 'retry-after': '60' }))

  await expect(open({ url: gateway.url }).chat(HELLO)).rejects.toMatchObject({ code: 'failed', status: 503 })
  expect(gateway.requests).toHaveLength(1)
})

test('chat() says that the gateway is out of reach', async () => {
  const gateway = await openGateway(() => {})
  await gateway.close()

  const error = await open({ url: gateway.url })
    .chat(HELLO)
    .catch((error: unknown) => error)

  expect(error).toMatchObject({ code: 'failed', status: undefined })
  expect(String(error)).toMatch(/out of reach \(.*ECONNREFUSED.*\); see that the gateway is running/)
})

test('chat() rejects with the reason of the signal', async () => {
  const abort = new AbortController()
  const gateway = await openGateway(() => abort.abort(new Error('time is up')))
  const model = open({ url: gateway.url, signal: abort.signal })

  await expect(model.chat(HELLO)).rejects.toThrow('time is up')
  await expect(model.chat(HELLO)).rejects.toThrow('time is up')
  expect(gateway.requests).toHaveLength(1)
})

test('the wait between two tries ends with the signal', async () => {
  const abort = new AbortController()
  const gateway = await openGateway(reply => {
    send(reply, 503, 'later', { 'retry-after': '50' })
    setTimeout(() => abort.abort(), 20)
  })
  const { wait: _, ...options } = defaults()
  const model = openModel({ ...options, url: gateway.url, signal: abort.signal })

  await expect(model.chat(HELLO)).rejects.toThrow(/abort/i)
})

test.each([
  { body: '{"choices":[{"message":{"content":"Hi"}}]}', text: 'Hi', usd: 0 },
  { body: '{"choices":[{"message":{"content":null}}],"usage":{"cost":0.5}}', text: '', usd: 0.5 },
  { body: '{"choices":[{"message":{"content":"Hi"}}],"usage":{"cost":-1}}', text: 'Hi', usd: 0 },
  { body: '{"choices":[{"message":{"content":"Hi"}}],"usage":{"cost":"1"}}', text: 'Hi', usd: 0 },
  { body: '{"choices":[]}', text: undefined, usd: 0 },
  { body: '{"choices":{"0":{}}}', text: undefined, usd: 0 },
  { body: '[]', text: undefined, usd: 0 },
  { body: 'null', text: undefined, usd: 0 },
  { body: '<html>', text: undefined, usd: 0 },
])('parseCompletion() reads $body', ({ body, text, usd }) => {
  const completion = parseCompletion(body)

  expect(completion.text).toBe(text)
  expect(completion.usage.usd).toBe(usd)
})

function open(options: Partial<ModelOptions>) {
  return openModel({ ...defaults(), ...options })
}

function defaults(): ModelOptions {
  return {
    url: undefined,
    token: undefined,
    model: 'small',
    budget: openBudget({ seconds: 60, usd: 1, now: () => 0 }),
    signal: new AbortController().signal,
    wait: async () => {},
  }
}

function completion(content: string) {
  return { choices: [{ message: { role: 'assistant', content } }] }
}

function send(reply: ServerResponse, status: number, body: unknown, headers = {}): void {
  reply.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function openGateway(answer: (reply: ServerResponse, count: number) => unknown) {
  const requests: { line: string; headers: IncomingHttpHeaders; body: unknown }[] = []
  const server = createServer((request, reply) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', chunk => {
      text += chunk
    })
    request.on('end', () => {
      const { method, url, headers } = request
      requests.push({ line: `${method} ${url}`, headers, body: JSON.parse(text) })
      answer(reply, requests.length)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close }
}

test('complete() offers tools and gives the calls of the model, whatever these are like', async () => {
  const tool_calls = [
    { id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } },
    { function: { name: 'run' } },
    { function: {} },
    'nonsense',
  ]
  const gateway = await openGateway(reply =>
    send(reply, 200, { choices: [{ message: { role: 'assistant', content: null, tool_calls } }] }),
  )
  const tools = [{ name: 'read', description: 'Reads', parameters: { type: 'object' } }]
  const messages = [
    ...HELLO,
    { role: 'assistant', content: '', toolCalls: [{ id: 'z', name: 'read', arguments: '{}' }] },
    { role: 'tool', content: 'text', toolCallId: 'z' },
  ] as const

  const completion = await open({ url: gateway.url }).complete(messages, { tools, toolChoice: 'required' })

  expect(completion).toEqual({
    content: '',
    toolCalls: [
      { id: 'a', name: 'read', arguments: '{"path":"x"}' },
      { id: 'call_1', name: 'run', arguments: '{}' },
    ],
  })
  expect(gateway.requests[0]!.body).toMatchObject({
    tools: [{ type: 'function', function: tools[0] }],
    tool_choice: 'required',
    messages: [
      HELLO[0],
      {
        role: 'assistant',
        tool_calls: [{ id: 'z', type: 'function', function: { name: 'read', arguments: '{}' } }],
      },
      { role: 'tool', content: 'text', tool_call_id: 'z' },
    ],
  })
})
