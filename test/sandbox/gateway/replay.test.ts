import { expect, test } from 'vitest'
import { saidOf } from '../../../validator/models/call-steps.ts'
import { HELLO, useGateway } from '../../support/gateway.ts'

const more = (content: string) => ({
  messages: [...HELLO, { role: 'assistant', content: 'Hi there' }, { role: 'user', content }],
})

test('the same calls get the same answers at the same cost, and nobody is asked', async () => {
  const gate = await useGateway({})
  const first = [
    await gate.chat(),
    await gate.chat({ ...more('and?'), stream: true }),
    await gate.send('GET', '/v1/usage'),
  ]
  const asked = gate.servers[0]!.requests.length
  const again = await gate.another({ replay: gate.text() })

  const second = [
    await again.chat(),
    await again.chat({ ...more('and?'), stream: true }),
    await again.send('GET', '/v1/usage'),
  ]

  expect(second.map(({ text }) => text)).toEqual(first.map(({ text }) => text))
  expect(gate.servers[0]!.requests).toHaveLength(asked)
  expect(again.session.report).toMatchObject({
    spent: gate.session.report.spent,
    replay: { divergence: undefined, left: 0, alike: 0 },
  })
})

test('calls of tools that come in pieces are passed on so, or joined for who wants no stream; a replay gives the same', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'tools' }] }] })
  const tools = ['read', 'run'].map(name => ({ type: 'function', function: { name } }))
  const ask = async ({ chat }: Pick<typeof gate, 'chat'>) => [
    await chat({ tools, stream: true }),
    await chat({ ...more('and?'), tools }),
  ]

  const [streamed, whole] = await ask(gate)
  const again = await gate.another({ replay: gate.text() })
  const replayed = await ask(again)

  const pieces = streamed!.events.slice(0, -1).flatMap(data => {
    const [choice] = JSON.parse(data).choices
    return (choice?.delta.tool_calls ?? []) as { index: number; function: { arguments: string } }[]
  })
  expect(pieces).toHaveLength(5)
  expect(pieces.flatMap(one => (one.index === 0 ? one.function.arguments : [])).join('')).toBe(
    '{"path":"a.py"}',
  )
  const calls = [
    { id: 'call_a', name: 'read', arguments: '{"path":"a.py"}' },
    { id: 'call_b', name: 'run', arguments: '{"command":"ls"}' },
  ]
  expect(whole!.json).toMatchObject({
    choices: [
      {
        message: {
          content: 'I look.',
          tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 1000, completion_tokens: 50, cost: 0.0006 },
  })
  expect(gate.servers[0]!.requests.at(-1)!.body.tools).toEqual(tools)
  const said = gate.calls().map(({ outcome }) => outcome?.kind === 'answered' && saidOf(outcome))
  expect(said).toMatchObject([{ text: 'I look.', calls }, { calls }])
  expect(replayed.map(({ text }) => text)).toEqual([streamed!.text, whole!.text])
  expect(again.session.report.replay).toMatchObject({ divergence: undefined, left: 0 })
})

test('times, addresses and temporary files make no difference', async () => {
  const gate = await useGateway({})
  await gate.chat(more('1 passed in 0.12s, object at 0x7f00aa12, /tmp/tmpab12/x, 2026-11-29T10:00:00Z'))
  const again = await gate.another({ replay: gate.text() })

  const answer = await again.chat(
    more('1 passed in 3.4s, object at 0x7fffbb34, /tmp/tmpcd34/x, 2026-12-01T11:22:33Z'),
  )

  expect(answer.status).toBe(200)
  expect(again.session.report.replay).toMatchObject({ divergence: undefined, alike: 1 })
})

test('the first call that differs is named, and nothing is answered after it', async () => {
  const gate = await useGateway({})
  await gate.chat()
  await gate.chat(more('the test fails'))
  const again = await gate.another({ replay: gate.text() })
  await again.chat()

  const diverged = await again.chat(more('the test passes'))
  const after = await again.chat(more('the test fails'))

  expect([diverged.status, after.status]).toEqual([409, 409])
  expect(diverged.json.error.message).toBe(
    'The record has no answer to call 2: it differs at messages.2.content from character 9: recorded "the test fails", asked "the test passes"',
  )
  expect(again.session.report.replay!.divergence).toMatchObject({ call: 2 })
})

test('one call more than was recorded is a divergence, calls at the same time in another order are none', async () => {
  const gate = await useGateway({})
  for (const word of ['a', 'b']) await gate.chat(more(word))
  const again = await gate.another({ replay: gate.text() })

  const answers = await Promise.all(['b', 'a'].map(word => again.chat(more(word))))

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect((await again.chat(more('c'))).status).toBe(409)
  expect(again.session.report.replay!.divergence).toMatchObject({ where: 'one more call than was recorded' })
})

test('an answer that failed when it was recorded fails again', async () => {
  const gate = await useGateway({ providers: [{ behaviours: [{ kind: 'status', status: 500 }] }] })
  const first = await gate.chat()
  const again = await gate.another({ replay: gate.text() })

  const second = await again.chat()

  expect([first.status, second.status]).toEqual([502, 502])
  expect(second.json.error.message).toBe(first.json.error.message)
})

test.each([
  { kind: 'cut', after: 1 },
  { kind: 'error-event', after: 1 },
] as const)('a stream that broke off ($kind) breaks off again, in the same words', async behaviour => {
  const gate = await useGateway({ providers: [{ behaviours: [behaviour] }] })
  const ask = { stream: true, stream_options: { include_usage: true } }
  const first = await gate.chat(ask)
  const again = await gate.another({ replay: gate.text() })

  const second = await again.chat(ask)

  expect(first.events).toHaveLength(3)
  expect(second.text).toBe(first.text)
})

test('a record keeps of each conversation only what is new, and gives it back whole', async () => {
  const gate = await useGateway({})
  const long = 'x'.repeat(10_000)
  let messages: object[] = [{ role: 'user', content: long }]
  for (const word of ['a', 'b', 'c']) {
    await gate.chat({ messages })
    messages = [...messages, { role: 'assistant', content: 'Hi there' }, { role: 'user', content: word }]
  }

  expect(gate.text().split(long)).toHaveLength(2)
  expect(gate.calls().map(({ asked }) => (asked.body.messages as object[]).length)).toEqual([1, 3, 5])
  expect(gate.calls()[2]!.asked.body.messages).toEqual(messages.slice(0, 5))
})
