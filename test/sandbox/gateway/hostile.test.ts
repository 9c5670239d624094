import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { buildHello } from '../../support/client-hello.ts'
import { HELLO, type Opened, useGateway } from '../../support/gateway.ts'

const FREE = { model: { input: 0, output: 0 } }
const free = (behaviour: object = { kind: 'answer', text: 'x'.repeat(300) }) => ({
  prices: FREE,
  providers: [{ kind: 'compatible', behaviours: [behaviour as never] }] as const,
})

test('calls that cost nothing do not fill the disk: the record of an attempt has an end', async () => {
  const gate = await useGateway({ ...free(), policy: { recordBytes: 5000 } })

  const answers: Awaited<ReturnType<Opened['chat']>>[] = []
  for (let count = 0; count < 30; count++)
    answers.push(await gate.chat({ messages: [{ role: 'user', content: `${count} ${'y'.repeat(500)}` }] }))

  expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(10)
  expect(answers.at(-1)).toMatchObject({
    status: 402,
    json: {
      error: {
        message: 'Cannot make this call: the record of this attempt has its 5000 bytes',
        code: 'budget',
      },
    },
  })
  expect(
    gate
      .text()
      .split('\n')
      .filter(line => line.includes('"asked"'))
      .join('').length,
  ).toBeLessThan(7000)
})

test('refusals that quote what they refuse are neither long nor written down at length', async () => {
  const gate = await useGateway({})
  const long = 'quoted '.repeat(10_000)

  const answers = [
    await gate.chat({ [long]: 1 }),
    await gate.chat({ model: long.slice(0, 200) }),
    await gate.chat({ response_format: { type: long, [long]: long } }),
    await gate.send('POST', `/${'p'.repeat(8000)}`, {}),
    await gate.send('DELETE', `/v1/usage?${'p'.repeat(8000)}`),
    await gate.chat({ messages: [{ role: long }] }),
  ]

  for (const { json } of answers)
    if (json.error !== undefined) {
      expect(json.error.message.length).toBeLessThanOrEqual(1000)
      expect((json.error.param ?? '').length).toBeLessThanOrEqual(100)
    }
  const refusals = gate
    .text()
    .split('\n')
    .filter(line => line.includes('"refused"'))
  expect(refusals.length).toBeGreaterThan(1)
  for (const line of refusals) expect(line.length).toBeLessThan(1300)
})

test('a call that every provider refuses counts as a request: it may not be made for ever', async () => {
  const gate = await useGateway({ ...free({ kind: 'status', status: 400 }), policy: { requests: 3 } })

  const statuses: number[] = []
  for (let count = 0; count < 5; count++) statuses.push((await gate.chat()).status)

  expect(statuses).toEqual([400, 400, 400, 402, 402])
  expect(gate.session.report.spent).toMatchObject({ requests: 3, usd: 0 })
  expect(gate.servers[0]!.requests.filter(({ line }) => line.startsWith('POST'))).toHaveLength(3)
})

test('bodies that never end hold so much memory and no more', async () => {
  const gate = await useGateway({ policy: { requestBytes: 10_000 } })
  const begun = await Promise.all(
    [1, 2, 3, 4].map(() => connect(gate, `${post(10_000)}{"messages":"${'x'.repeat(9900)}`)),
  )
  await expect.poll(() => gate.session.report.bytesOut).toBeGreaterThan(39_000)

  const declared = await gate.chat({ messages: [{ role: 'user', content: 'x'.repeat(5000) }] })
  const small = await gate.chat()
  const growing = await talk(gate, `${post('chunked')}1388\r\n${'x'.repeat(5000)}\r\n`)

  expect(declared).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
  expect(small.status).toBe(200)
  expect(growing).toMatch(/^HTTP\/1.1 429 /)
  for (const socket of begun) socket.destroy()
  await expect
    .poll(async () => (await gate.chat({ messages: [{ role: 'user', content: 'x'.repeat(5000) }] })).status)
    .toBe(200)
})

test('bodies that were cut off count among the bytes that may go out', async () => {
  const gate = await useGateway({ policy: { outBytes: 3500 } })
  for (const sent of [1400, 2800]) {
    const socket = await connect(gate, `${post(2000)}${'x'.repeat(1400)}`)
    await expect.poll(() => gate.session.report.bytesOut, { timeout: 10_000 }).toBe(sent)
    socket.destroy()
  }

  const { status } = await gate.chat({ messages: [{ role: 'user', content: 'x'.repeat(800) }] })

  expect(status).toBe(402)
  expect(gate.session.report.bytesOut).toBe(2800)
})

test('whoever is refused in the midst of a body reads why', async () => {
  const gate = await useGateway({ policy: { requestBytes: 1000 } })

  const said = await talk(gate, `${post('chunked')}7d0\r\n${'x'.repeat(2000)}\r\n`)

  expect(said).toMatch(/^HTTP\/1.1 413 /)
  expect(said).toContain('1000 bytes may be')
})

test('a connection with more requests than anybody needs at once is cut off', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'silence' }] }] })
  const body = JSON.stringify({ messages: HELLO })
  const one = `${post(Buffer.byteLength(body))}${body}`

  const four = await connect(gate, one.repeat(4))
  await expect.poll(() => gate.servers[0]!.requests.length).toBe(2 + 4)
  const five = await connect(gate, one.repeat(5))

  await closed(five)
  expect(four.closed).toBe(false)
  // Requests after answers are no pipeline.
  const patient = await useGateway({})
  const said = await talk(patient, `GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n`, 6)
  expect(said.match(/HTTP\/1.1 200/g)).toHaveLength(6)
})

test('who reads nothing of many streams leaks no listeners', async () => {
  const warned: string[] = []
  const note = (warning: Error): void => void warned.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const gate = await useGateway({
    providers: [{ behaviours: [{ kind: 'answer', text: 'x'.repeat(3_000_000), pieces: 60 }] }],
    policy: { usd: 10 },
  })
  const body = JSON.stringify({ messages: HELLO, stream: true })
  const socket = await connect(gate, `${post(Buffer.byteLength(body))}${body}`)

  let read = 0
  for (let count = 0; read < 3_000_000 && count < 3000; count++) {
    const chunk = socket.read() as Buffer | null
    read += chunk?.length ?? 0
    await new Promise(resolve => setTimeout(resolve, 1))
  }

  expect(read).toBeGreaterThan(3_000_000)
  expect(warned).toEqual([])
})

test.each([
  { what: 'a stranger of TLS', sent: buildHello('openrouter.ai') },
  { what: 'nothing but zeros', sent: Buffer.alloc(100_000) },
  { what: 'a line without an end', sent: `GET /${'x'.repeat(200_000)}` },
  { what: 'a head without an end', sent: `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(50_000)}` },
  {
    what: 'two lengths',
    sent: 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
  },
  {
    what: 'a length and pieces',
    sent: 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  { what: 'a piece of a size that is none', sent: `${post('chunked')}zz\r\n` },
  { what: 'HTTP/2 at once', sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { what: 'CONNECT', sent: 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n' },
])('$what ends its connection, and asks nobody', async ({ sent }) => {
  const gate = await useGateway({})
  const socket = await connect(gate, sent)

  await closed(socket)

  expect(await gate.chat()).toMatchObject({ status: 200 })
  expect(posts(gate)).toBe(1)
})

test.each([
  { what: 'TRACE', line: 'TRACE /v1/chat/completions', status: 405 },
  { what: 'OPTIONS of everything', line: 'OPTIONS *', status: 404 },
  { what: 'the path of another host', line: 'GET http://evil.example/v1/usage', status: 404 },
  { what: 'a path with dots', line: 'GET /v1/../../etc/passwd', status: 404 },
  { what: 'a path as the prototype has it', line: 'GET /__proto__', status: 404 },
  {
    what: 'a switch to WebSocket',
    line: 'GET /v1/usage',
    more: 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n',
    status: 200,
  },
  {
    what: 'a switch to HTTP/2',
    line: 'GET /v1/usage',
    more: 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n',
    status: 200,
  },
])('$what is answered as any request is, and leads nowhere', async ({ line, more = '', status }) => {
  const gate = await useGateway({})

  const said = await talk(gate, `${line} HTTP/1.1\r\nhost: evil.example\r\ncookie: a=b\r\n${more}\r\n`)

  expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(said).not.toContain('cookie')
  expect(posts(gate)).toBe(0)
})

const event = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
function* endless(piece: string | Buffer, first: readonly string[] = []) {
  yield* first
  for (let count = 0; count < 100_000; count++) yield piece
}
const LONG = 'x'.repeat(2 ** 16)

test.each([
  { what: 'a line without an end', pieces: () => endless(LONG, ['data: ']) },
  { what: 'a line without an end after an event', pieces: () => endless(LONG, [event('Hi'), 'data: ']) },
  { what: 'an event that never ends', pieces: () => endless(`data: ${LONG}\n`) },
  { what: 'remarks for ever', pieces: () => endless(`: ${LONG}\n\n`) },
  { what: 'empty lines, and an end of line of old', pieces: () => endless(`\r${'\n'.repeat(2 ** 16)}`) },
  { what: 'halves of characters', pieces: () => endless(Buffer.alloc(2 ** 16, 0xe2), [event('Hi')]) },
])('of $what from a provider no more is read than an answer may have', async ({ pieces }) => {
  let sent = 0
  const counted = function* () {
    for (const piece of pieces()) {
      sent += piece.length
      yield piece
    }
  }
  const gate = await useGateway({
    ...free({ kind: 'bytes', pieces: counted }),
    policy: { answerBytes: 2 ** 20 },
  })

  const { status, events, text } = await gate.chat({ stream: true })

  expect([200, 502]).toContain(status)
  if (status === 200) expect(JSON.parse(events.at(-2)!)).toMatchObject({ error: { code: 'provider-failed' } })
  expect(text.length).toBeLessThan(2 * 2 ** 20)
  expect(gate.text()).toContain('sent more than 1048576 bytes')
  // Three tries, and what is on its way in sockets.
  expect(sent).toBeLessThan(60 * 2 ** 20)
})

test.each([
  {
    what: 'ends in half a character',
    bytes: [event('Grü'), Buffer.from('data: {"choices":[{"delta":{"content":"\u20ac').subarray(0, -1)],
  },
  {
    what: 'has characters in two halves',
    bytes: [...Buffer.from(event('Grüße \u{1f600}'))].map(one => Buffer.from([one])),
  },
  {
    what: 'has what is no UTF-8',
    bytes: [Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x0a, 0x0a]), event('Hi')],
  },
  {
    what: 'has numbers, lists and null',
    bytes: ['data: 1\n\ndata: []\n\ndata: null\n\ndata: {"choices":5}\n\n', event('Hi')],
  },
  {
    what: 'lies about what it used',
    bytes: [event('Hi'), 'data: {"usage":{"prompt_tokens":-1,"completion_tokens":1e99,"cost":"all"}}\n\n'],
  },
  { what: 'has other fields', bytes: ['id: 1\nretry: 1\nevent: error\n', event('Hi')] },
  {
    what: 'names its prototype',
    bytes: [
      'data: {"__proto__":{"a":1},"choices":[{"delta":{"__proto__":1,"tool_calls":[{"index":"x"},{"index":-1}]}}]}\n\n',
      event('Hi'),
    ],
  },
])('a stream that $what goes through without harm', async ({ bytes }) => {
  const gate = await useGateway(free({ kind: 'bytes', pieces: () => bytes }))

  const streamed = await gate.chat({ stream: true })
  const whole = await gate.chat()

  expect(streamed.events.at(-1)).toBe('[DONE]')
  expect(whole.json.choices[0].message.content).toMatch(/^(Hi|Grü(ße \u{1f600})?)$/u)
  expect(gate.calls().map(({ outcome }) => outcome?.kind)).toEqual(['answered', 'answered'])
  expect(gate.session.report.spent.usd).toBe(0)
})

test('a stream that says it lives, and says nothing, is given up', async () => {
  const pieces = () => [': here\n\n', ': still here\n\n']
  const silent = await useGateway({
    ...free({ kind: 'bytes', pieces, hangs: true }),
    policy: { firstByteSeconds: 0.1 },
  })
  const begun = () => [event('Hi'), ': still here\n\n']
  const later = await useGateway({
    ...free({ kind: 'bytes', pieces: begun, hangs: true }),
    policy: { callSeconds: 0.3 },
  })

  expect((await silent.chat({ stream: true })).status).toBe(504)
  expect(JSON.parse((await later.chat({ stream: true })).events.at(-2)!)).toMatchObject({ error: {} })
})

test('an answer whose pieces are bytes is held once', async () => {
  const text = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(50_000) } }] })
  const gate = await useGateway(free({ kind: 'bytes', pieces: () => [`data: ${text}\n\n`] }))

  expect((await gate.chat()).status).toBe(200)
})

function post(length: number | 'chunked'): string {
  const how = length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${length}`
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${how}\r\n\r\n`
}

/** A connection as an agent makes it, with the first bytes on their way. */
async function connect(gate: Opened, sent: string | Buffer): Promise<net.Socket> {
  const socket = net.connect(gate.socket)
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(sent)
  return socket
}

/** What comes back for one request after another; the next one is sent when something of the last has come. */
async function talk(gate: Opened, sent: string, times = 1): Promise<string> {
  const socket = await connect(gate, sent)
  let said = ''
  for (let count = 1; ; count++) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    said += chunk
    if (count === times) break
    socket.write(sent)
  }
  socket.destroy()
  return said
}

async function closed(socket: net.Socket): Promise<void> {
  socket.resume()
  // An agent that writes to whom it lost is no failure of ours.
  if (!socket.closed) await new Promise(resolve => socket.on('close', resolve))
}

function posts(gate: Opened): number {
  return gate.servers[0]!.requests.filter(({ line }) => line.startsWith('POST')).length
}
