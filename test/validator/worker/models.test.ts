import { expect, test } from 'vitest'
import { type Seal, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { keepSeal } from '../../../validator/model-seal.ts'
import { openWorkerModels, type WorkerModelsOptions } from '../../../validator/worker/models.ts'
import { makeFolder } from '../../support/folder.ts'
import { freePort } from '../../support/free-port.ts'
import { KEY, openModelServer } from '../../support/model-server.ts'

const claim = {
  ...{ attempt: { id: 'a1' }, task: { name: 't', environment: 'e' } },
  submission: { id: 's1', envelope: { message: { modelKey: 'a digest' } } },
} as never

/** Models of a worker whose miners bring a key of OpenRouter. */
async function open(change: (seal: Seal) => Promise<Partial<WorkerModelsOptions>>) {
  const data = makeFolder({})
  const said: string[] = []
  const seal = await keepSeal({}, data)
  const sealed = await sealKey(seal.recipient, { kind: 'openrouter', key: KEY })
  const { signal } = new AbortController()
  const models = await openWorkerModels(
    {},
    {
      ...{ data, signal, say: line => void said.push(line), blobs: { get: async () => sealed } },
      ...(await change(seal)),
    },
  )
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

  expect(await opened.models.of(claim)).toBeUndefined()
  url = server.url

  expect(await opened.models.of(claim)).toMatchObject({ offer: { model: expect.any(String) } })
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

  await expect(opened.models.of(claim)).rejects.toThrow('the store is away')
  expect(await opened.models.of(claim)).toBeDefined()
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

  const both = await Promise.all([opened.models.of(claim), opened.models.of(claim)])

  expect(both.every(one => one !== undefined)).toBe(true)
  expect(times).toBe(1)
})
