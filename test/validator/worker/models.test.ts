import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Seal, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { readSpending } from '../../../sandbox/gateway/spending.ts'
import { keepSeal } from '../../../validator/models/model-seal.ts'
import {
  openWorkerModels,
  type WorkerModels,
  type WorkerModelsOptions,
} from '../../../validator/worker/models.ts'
import { makeFolder } from '../../support/folder.ts'
import { freePort } from '../../support/free-port.ts'
import { HELLO, request } from '../../support/gateway.ts'
import { KEY, openModelServer } from '../../support/model-server.ts'

const claim = {
  ...{ attempt: { id: 'a1' }, task: { name: 't', environment: 'e' } },
  submission: { id: 's1', envelope: { message: { modelKey: 'a digest' } } },
}

/** Models of a worker whose miners bring a key of OpenRouter. */
async function open(
  change: (seal: Seal) => Promise<Partial<WorkerModelsOptions>>,
  { data = makeFolder({}), env = {} }: { data?: string; env?: Record<string, string> } = {},
) {
  const said: string[] = []
  const seal = await keepSeal({}, data)
  const sealed = await sealKey(seal.recipient, { kind: 'openrouter', key: KEY })
  const { signal } = new AbortController()
  const models = await openWorkerModels(env, {
    ...{ data, signal, say: line => void said.push(line), blobs: { get: async () => sealed } },
    ...(await change(seal)),
  })
  return { models, said, [Symbol.asyncDispose]: () => models[Symbol.asyncDispose]() }
}

test('a provider that does not answer for one attempt is asked again for the next', async () => {
  await using server = await openModelServer('openrouter')
  const nobody = `http://127.0.0.1:${await freePort()}`
  let url = nobody
  await using opened = await open(async () => ({
    urls: {
      get openrouter() {
        return url
      },
    },
  }))

  expect(await opened.models.of(claim as never)).toBeUndefined()
  url = server.url

  expect(await opened.models.of(claim as never)).toMatchObject({ offer: { model: expect.any(String) } })
  expect(opened.said).toEqual([expect.stringMatching(/^The key of s1 cannot be used/)])
})

test('a store that fails is no word about the key: it is read again for the next attempt', async () => {
  await using server = await openModelServer('openrouter')
  let times = 0
  await using opened = await open(async ({ recipient }) => ({
    urls: { openrouter: server.url },
    blobs: {
      async get() {
        if (++times === 1) throw new Error('the store is away')
        return await sealKey(recipient, { kind: 'openrouter', key: KEY })
      },
    },
  }))

  await expect(opened.models.of(claim as never)).rejects.toThrow('the store is away')
  expect(await opened.models.of(claim as never)).toBeDefined()
})

test('attempts of one key at the same time share one gateway, so that what they spend adds up', async () => {
  await using server = await openModelServer('openrouter')
  let times = 0
  await using opened = await open(async ({ recipient }) => ({
    urls: { openrouter: server.url },
    blobs: {
      async get() {
        times++
        return await sealKey(recipient, { kind: 'openrouter', key: KEY })
      },
    },
  }))

  const both = await Promise.all([opened.models.of(claim as never), opened.models.of(claim as never)])

  expect(both.every(one => one !== undefined)).toBe(true)
  expect(times).toBe(1)
})

test("a bill on a miner's own key, true or not, takes nothing from what the operator pays for all", async () => {
  const bill = { prompt_tokens: 10, completion_tokens: 1, cost: 900_000 }
  await using server = await openModelServer('openrouter', [{ kind: 'answer', usage: bill }])
  const folder = makeFolder({ 'script.json': JSON.stringify({ turns: [{ content: 'Some words' }] }) })
  const config = path.join(folder, 'gateway.toml')
  fs.writeFileSync(
    config,
    `[[providers]]\nkind = "script"\nfile = "${folder}/script.json"\n[policy]\nusd = 0.01\nrunUsd = 0.02\noutputTokens = 1000\n`,
  )
  const data = makeFolder({})
  const env = { ARETE_GATEWAY: config }
  const own = { ...claim, submission: { ...claim.submission, id: 'rich' } }
  const other = { ...claim, submission: { id: 's2', envelope: { message: {} } } }
  const statuses: number[] = []
  for (const round of [1, 2]) {
    await using opened = await open(async () => ({ urls: { openrouter: server.url } }), { data, env })
    const named = { ...own, submission: { ...own.submission, id: `rich-${round}` } }
    statuses.push(await askOnce(opened.models, named, { model: 'org/model' }))
    statuses.push(await askOnce(opened.models, other, {}))
  }

  expect(statuses).toEqual([200, 200, 200, 200])
  expect(readSpending(path.join(data, 'models/own-keys.jsonl')).run.usd).toBe(1.8e12)
  expect(readSpending(path.join(data, 'models/spending.jsonl')).run.usd).toBeLessThan(20_000)
})

test('a record of calls that cannot be read is removed all the same', async () => {
  await using server = await openModelServer('openrouter')
  const data = makeFolder({})
  await using opened = await open(async () => ({ urls: { openrouter: server.url } }), { data })
  const attempt = await (await opened.models.of(claim as never))!.open()
  await attempt.end()
  const folder = path.join(data, 'models')
  const [file] = fs.readdirSync(folder).filter(name => name.startsWith('a1-'))
  fs.rmSync(path.join(folder, file!))
  fs.symlinkSync('nowhere', path.join(folder, file!))

  expect(() => attempt.calls()).toThrow('ENOENT')

  expect(fs.readdirSync(folder).filter(name => name.startsWith('a1-'))).toEqual([])
})

/** How one attempt fares that asks once. */
async function askOnce(models: WorkerModels, whose: object, more: object): Promise<number> {
  const attempt = await (await models.of(whose as never))!.open()
  const socket = path.join(makeFolder({}), 'socket')
  const server = net.createServer(channel => attempt.door.accept(channel)).listen(socket)
  await once(server, 'listening')
  const { status } = await request(socket, 'POST', '/v1/chat/completions', {
    ...{ messages: HELLO, max_tokens: 100 },
    ...more,
  })
  await attempt.end()
  server.close()
  return status
}
