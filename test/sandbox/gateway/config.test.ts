import path from 'node:path'
import { expect, test } from 'vitest'
import { configOfEnvironment, parseConfig } from '../../../sandbox/gateway/config.ts'
import { openGateway } from '../../../sandbox/gateway/gateway.ts'
import { policyFor } from '../../../sandbox/gateway/policy.ts'
import { makeFolder } from '../../support/folder.ts'
import { HELLO, request } from '../../support/gateway.ts'
import { KEY, openModelServer } from '../../support/model-server.ts'

const PROVIDERS = [{ kind: 'chutes', key: 'CHUTES_API_KEY' }]

test('an environment has what all have, but for what differs', () => {
  const { policies } = parseConfig(
    { providers: PROVIDERS, policy: { models: ['a'], usd: 1 }, environments: { hard: { usd: 5 } } },
    'gateway.toml',
  )

  expect(policyFor(policies, 'hard')).toMatchObject({ models: ['a'], usd: 5 })
  for (const other of ['other', 'constructor', '__proto__'])
    expect(policyFor(policies, other)).toMatchObject({ models: ['a'], usd: 1 })
})

test.each([
  { raw: {}, says: 'Cannot use gateway.toml: providers: ' },
  { raw: { providers: [{ kind: 'nobody' }] }, says: 'Cannot use gateway.toml: providers.0.kind: ' },
  {
    raw: { providers: [{ kind: 'compatible' }] },
    says: 'Cannot use gateway.toml: providers.0: kind "compatible" needs a url',
  },
  { raw: { providers: PROVIDERS, policy: { usd: -1 } }, says: 'Cannot use gateway.toml: policy: usd: ' },
  {
    raw: { providers: PROVIDERS, environments: { x: { euro: 1 } } },
    says: 'Cannot use gateway.toml: environments.x: ',
  },
  {
    raw: { providers: [{ kind: 'chutes', key: 'cpk_secret value' }] },
    says: 'Cannot use gateway.toml: providers.0.key: ',
  },
])('the first mistake is named: $says', ({ raw, says }) => {
  expect(() => parseConfig(raw, 'gateway.toml')).toThrow(says)
})

test.each([
  { env: {}, kinds: undefined },
  { env: { OPENROUTER_API_KEY: '' }, kinds: undefined },
  { env: { OPENROUTER_API_KEY: 'k' }, kinds: ['openrouter'] },
  { env: { TARGON_API_KEY: 'k', CHUTES_API_KEY: 'k' }, kinds: ['chutes', 'targon'] },
  {
    env: { ARETE_MODEL_URL: 'http://127.0.0.1:11434', CHUTES_API_KEY: 'k' },
    kinds: ['compatible', 'chutes'],
  },
])('one variable suffices: $env', ({ env, kinds }) => {
  expect(configOfEnvironment(env)?.providers.map(({ kind }) => kind)).toEqual(kinds)
})

test('a key alone lets an agent ask a model', async () => {
  await using server = await openModelServer('openrouter')
  const env = { OPENROUTER_API_KEY: KEY }
  const config = configOfEnvironment(env)!
  // Only where the provider is differs: tests reach nobody else.
  const providers = config.providers.map(provider => ({ ...provider, url: server.url }))
  const { signal } = new AbortController()
  await using opened = await openGateway({ ...config, providers }, { env, signal })
  const folder = makeFolder({})
  using session = opened.gateway.open('any', {
    ...{ attempt: 'one', agent: 'one', task: 'one', file: path.join(folder, 'calls.jsonl') },
  })
  const socket = path.join(folder, 'socket')
  await opened.gateway.listen(session, { path: socket })

  const { status, json } = await request(socket, 'POST', '/v1/chat/completions', { messages: HELLO })

  expect(status).toBe(200)
  expect(json.choices[0].message.content).toBe('Hi there')
  expect(opened.gateway.offer('any')).toEqual({ model: 'org/model', usd: 0.3 })
  expect(server.requests.at(-1)).toMatchObject({
    line: 'POST /chat/completions',
    headers: { authorization: `Bearer ${KEY}` },
  })
})

test.each([
  { url: 'http://127.0.0.1:11434', full: 'http://127.0.0.1:11434/v1', isFree: true },
  { url: 'http://gpu.local:8000/v1/', full: 'http://gpu.local:8000/v1', isFree: true },
  { url: 'https://api.example.com/v1/chat/completions', full: 'https://api.example.com/v1', isFree: false },
])('$url is asked at $full', ({ url, full, isFree }) => {
  const [provider] = configOfEnvironment({ ARETE_MODEL_URL: url })!.providers

  expect(provider!.url).toBe(full)
  expect(provider!.price !== undefined).toBe(isFree)
})

test('a key that is not there, and a script that is none, are said at once', async () => {
  const options = { env: {}, signal: new AbortController().signal }
  const file = `${makeFolder({ 'script.json': '{"turns":[]}' })}/script.json`

  await expect(openGateway(parseConfig({ providers: PROVIDERS }, 'x'), options)).rejects.toThrow(
    'Cannot ask chutes: the variable CHUTES_API_KEY is empty; put its key there',
  )
  await expect(
    openGateway(parseConfig({ providers: [{ kind: 'script', file }] }, 'x'), options),
  ).rejects.toThrow(`Cannot use the script ${file}: `)
})

test('a provider that cannot be asked for its list, and none besides, is said with the reason', async () => {
  const config = configOfEnvironment({ ARETE_MODEL_URL: 'http://127.0.0.1:1' })!

  await expect(openGateway(config, { env: {}, signal: new AbortController().signal })).rejects.toThrow(
    /^Cannot offer a model \(ARETE_MODEL_URL\): ARETE_MODEL_URL did not list its models: /,
  )
})
