import { expect, test } from 'vitest'
import { readCalls } from '../../../sandbox/gateway/calls.ts'
import { cutCassette } from '../../../sandbox/gateway/cassette.ts'
import { buildChats, type Provenance } from '../../../validator/models/training.ts'
import { HELLO, useGateway } from '../../support/gateway.ts'

const FROM: Provenance = {
  ...{
    task: 't',
    taskDigest: 'd',
    environment: 'e',
    agent: 'a',
    version: '1',
    license: 'MIT',
    consent: true,
  },
  ...{ verdict: 'solved', level: 'observed', patchDigest: null },
}
const SAID = { role: 'assistant', content: 'Hi there' }

test('a conversation that goes on is one, another one is another, and each ends with an answer', async () => {
  const gate = await useGateway({})
  const more = [...HELLO, SAID, { role: 'user', content: 'and?' }]
  await gate.chat()
  await gate.chat({ messages: more, stream: true, tools: [] })
  await gate.chat({ messages: [{ role: 'user', content: 'Something else' }] })

  const chats = buildChats(gate.calls(), FROM)

  expect(chats.map(({ messages }) => messages)).toEqual([
    [...more, SAID],
    [{ role: 'user', content: 'Something else' }, SAID],
  ])
  expect(chats[0]!.metadata).toEqual({ ...FROM, model: 'model', calls: 2 })
})

test('calls that nobody answered, or not to the end, are in no conversation', async () => {
  const failing = await useGateway({ providers: [{ behaviours: [{ kind: 'status', status: 500 }] }] })
  const breaking = await useGateway({ providers: [{ behaviours: [{ kind: 'cut', after: 1 }] }] })
  await failing.chat()
  await breaking.chat({ stream: true })

  expect(buildChats(failing.calls(), FROM)).toEqual([])
  expect(buildChats(breaking.calls(), FROM)).toEqual([])
})

test('a cassette is the same whenever it was recorded, and replays as the record does', async () => {
  const gate = await useGateway({})
  const other = await useGateway({})
  const texts: string[] = []
  for (const one of [gate, other]) {
    await one.chat()
    await one.chat({ stream: true, messages: [...HELLO, SAID, { role: 'user', content: 'and?' }] })
    texts.push(cutCassette(one.text()))
  }
  const again = await gate.another({ replay: texts[0]! })

  const answer = await again.chat()

  expect(texts[0]).toBe(texts[1])
  expect(readCalls(texts[0]!)).toHaveLength(2)
  expect(texts[0]).not.toContain('openrouter')
  expect(answer.json.choices[0].message).toEqual(SAID)
  expect(again.session.report.spent.usd).toBe(600)
})
