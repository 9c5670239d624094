import fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { expect, test } from 'vitest'
import { admitChat, admitEmbedding } from '../../../sandbox/gateway/admit.ts'
import { Policy } from '../../../sandbox/gateway/policy.ts'

const POLICY = Policy.parse({
  models: ['small', 'large'],
  embeddings: ['vectors'],
  outputTokens: 1000,
  seed: 7,
})
const MESSAGES = [{ role: 'user', content: 'Hello' }]

test('a call gets the first model, the most tokens and the seed of its environment', () => {
  const call = admitChat(POLICY, { messages: MESSAGES })

  expect(call).toMatchObject({
    ...{ kind: 'admitted', endpoint: 'chat', model: 'small', stream: false, wantsUsage: true, choices: 1 },
    output: { tokens: 1000, isAsked: false },
    body: { messages: MESSAGES, seed: 7 },
  })
})

test("the agent's own seed and fewer tokens count", () => {
  expect(admitChat(POLICY, { messages: MESSAGES, seed: 3, max_tokens: 10, model: 'large' })).toMatchObject({
    model: 'large',
    output: { tokens: 10, isAsked: true },
    body: { seed: 3 },
  })
  expect(admitChat(POLICY, { messages: MESSAGES, max_completion_tokens: 5000 })).toMatchObject({
    output: { tokens: 1000, isAsked: true },
  })
})

test('of several models the first allowed one is asked', () => {
  expect(admitChat(POLICY, { messages: MESSAGES, models: ['other', 'large', 'small'] })).toMatchObject({
    model: 'large',
  })
})

test.each([
  {
    what: 'a model that is not offered',
    body: { model: 'huge' },
    status: 404,
    says: 'Cannot ask "huge": this run offers small, large',
  },
  {
    what: 'a parameter that is not on the list',
    body: { plugins: [] },
    status: 400,
    says: /^Cannot take the parameter "plugins": there are model, /,
  },
  {
    what: 'a temperature out of range',
    body: { temperature: 9 },
    status: 400,
    says: /^Cannot take "temperature": /,
  },
  { what: 'no messages', body: { messages: [] }, status: 400, says: /^Cannot take "messages": / },
  {
    what: 'a role that there is not',
    body: { messages: [{ role: 'root', content: '' }] },
    status: 400,
    says: /^Cannot take "messages\.0\.role": /,
  },
  {
    what: 'a picture, whose tokens nobody can count beforehand',
    body: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
    status: 400,
    says: /^Cannot take "messages\.0\.content/,
  },
])('$what is refused', ({ body, status, says }) => {
  const refused = admitChat(POLICY, { messages: MESSAGES, ...body })

  expect(refused).toMatchObject({ kind: 'refused', status })
  expect(refused.kind === 'refused' && refused.message).toMatch(says)
})

test('where others are answered by the first, any name will do', () => {
  const policy = { ...POLICY, others: 'first' as const }

  expect(admitChat(policy, { messages: MESSAGES, model: 'huge' })).toMatchObject({ model: 'small' })
  expect(admitChat(policy, { messages: MESSAGES, model: 'large' })).toMatchObject({ model: 'large' })
})

test('of hundreds of models a refusal names some', () => {
  const models = Array.from({ length: 300 }, (_, index) => `model-${index}`)

  const refused = admitChat({ ...POLICY, models }, { messages: MESSAGES, model: 'huge' })

  expect(refused.kind === 'refused' && refused.message).toMatch(/model-11, 288 more: GET \/v1\/models$/)
})

test('an environment may bar parameters', () => {
  const policy = { ...POLICY, without: ['tools'] }

  expect(admitChat(policy, { messages: MESSAGES, tools: [] })).toMatchObject({
    status: 400,
    message: 'Cannot take the parameter "tools": this environment does not allow it',
  })
  expect(admitChat(policy, { messages: MESSAGES })).toMatchObject({ kind: 'admitted' })
})

test('what usual clients send along is taken, and not passed on', () => {
  expect(admitChat(POLICY, { messages: MESSAGES, user: 'me', store: false, tools: null })).toMatchObject({
    body: { messages: MESSAGES, seed: 7 },
  })
})

test('a run without embeddings offers none', () => {
  expect(admitEmbedding(POLICY, { input: 'text' })).toMatchObject({
    model: 'vectors',
    endpoint: 'embeddings',
  })
  expect(admitEmbedding({ ...POLICY, embeddings: [] }, { input: 'text' })).toMatchObject({ status: 404 })
})

test('no text has more tokens than a call is bounded by', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), content => {
      const call = admitChat(POLICY, { messages: [{ role: 'user', content }] })
      expect(call.kind === 'admitted' && call.inputBound).toBeGreaterThanOrEqual(encode(content).length)
    }),
  )
})
