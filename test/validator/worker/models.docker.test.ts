import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sha256 } from '../../../sandbox/digest.ts'
import { newSeal, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { exportTraining, findOpenWindow } from '../../../validator/models/export-training.ts'
import { forgetKeys } from '../../../validator/models/forget-keys.ts'
import { keepSeal } from '../../../validator/models/model-seal.ts'
import type { Chat } from '../../../validator/models/training.ts'
import { Receipt } from '../../../validator/receipts/receipt.ts'
import { attempts, submissions } from '../../../validator/store/schema.ts'
import { openBoard } from '../../../validator/web/board-cache.ts'
import { findBoard } from '../../../validator/web/find-board.ts'
import { Left } from '../../../validator/worker/left.ts'
import { openWorkerModels } from '../../../validator/worker/models.ts'
import { makeFolder } from '../../support/folder.ts'
import { HELLO, request } from '../../support/gateway.ts'
import { packOf } from '../../support/miner.ts'
import { KEY, openModelServer } from '../../support/model-server.ts'
import { ended, openScene, readChain, type Scene, startWorker, workerNamed } from '../../support/validator.ts'

/** Asks once, as an agent of Ridges that has its host written into it, and changes something. */
const ASKING = `
import json, os, urllib.request
def agent_main(input):
    body = json.dumps({"messages": [{"role": "user", "content": "Hello"}]}).encode()
    url = "https://openrouter.ai/api/v1/chat/completions"
    with urllib.request.urlopen(urllib.request.Request(url, body, {"content-type": "application/json"})) as answer:
        said = json.load(answer)["choices"][0]["message"]["content"]
    with open("NOTES.md", "w") as file:
        file.write(said)
`

test('what an agent used of models is in its receipts, on the board, and call by call in the store', async () => {
  const lines: string[] = []
  await using scene = await openScene({
    notary: 'validator',
    rules: { screen: { tasks: 1 }, full: { tasks: 0 } },
  })
  const script = path.join(scene.folder, 'script.json')
  fs.writeFileSync(script, JSON.stringify({ turns: [{ content: 'Some words' }] }))
  await using models = await openWorkerModels(
    { ARETE_MODEL_SCRIPT: script },
    { ...about(scene), say: line => void lines.push(line) },
  )
  await using _ = await startWorker(scene, workerNamed('one'), { lines, models })

  const agreeing = { license: 'MIT', training: true }
  const id = await scene.submit('ann', await packOf({ 'agent.py': ASKING }, agreeing))
  await ended(scene, id, lines)

  const bodies = (await readChain(scene)).map(receipt => Receipt.parse(receipt).body)
  const spent = bodies.flatMap(body => (body.kind === 'verdict' ? [body.spent!] : []))
  expect(spent.length).toBeGreaterThan(0)
  for (const one of spent)
    expect(one).toMatchObject({ requests: 1, refused: 0, outputTokens: expect.any(Number) })
  const rows = await scene.database.db.select().from(attempts)
  const left = Left.parse(rows[0]!.left)
  const calls = JSON.parse((await scene.blobs.get(left.files.calls!)).toString())
  expect(calls).toMatchObject([{ outcome: { kind: 'answered', provider: 'script' } }])
  const trajectory = JSON.parse((await scene.blobs.get(left.files.trajectory)).toString())
  expect(trajectory.final_metrics.total_cost_usd).toBeCloseTo(left.spent!.usd, 9)
  expect(lines).toContain('offers language models (ARETE_MODEL_SCRIPT)')
  expect(fs.readdirSync(path.join(scene.folder, 'models'))).toEqual(['own-keys.jsonl', 'spending.jsonl'])
  const source = { db: scene.database.db, environmentOf: (name: string) => name, now: () => new Date() }
  using board = openBoard(source, () => {})
  const { rows: shown } = findBoard(await board.read(), undefined, { block: 0, declared: {} })
  // This agent solves nothing; what it said is exported as if it had.
  const exported = async (openWindow: number) => {
    const chats: Chat[] = []
    for await (const chat of exportTraining(scene, openWindow)) chats.push(chat)
    return chats
  }
  const open = await findOpenWindow(scene.database)
  expect(await exported(open + 1)).toEqual([])
  await scene.database.pool.query("update attempts set verdict = 'solved'")
  expect(await exported(open)).toEqual([])
  const [chat] = await exported(open + 1)
  expect(chat).toMatchObject({
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Some words' },
    ],
    metadata: { license: 'MIT', consent: true, agent: 'tester', verdict: 'solved' },
  })
  await scene.database.pool.query(`update submissions set manifest = manifest - 'training'`)
  expect(await exported(open + 1)).toEqual([])
  const counted = spent.filter(one => one.usd > 0)
  expect(shown[0]!.spent.dollars).toBeCloseTo(counted[0]!.usd, 6)
  expect(shown[0]!.spent.tokens).toBeGreaterThan(0)
})

test('a canary of another task in what an agent sends stands in the evidence', async () => {
  const canary = '22222222-aaaa-4bbb-8ccc-000000000002'
  const lines: string[] = []
  await using scene = await openScene({ rules: { screen: { tasks: 0 }, full: { tasks: 0 } } })
  const script = path.join(scene.folder, 'script.json')
  fs.writeFileSync(script, JSON.stringify({ turns: [{ content: 'Some words' }] }))
  await using models = await openWorkerModels({ ARETE_MODEL_SCRIPT: script }, about(scene))
  models.learn({ name: 'org/other', folder: makeFolder({ 'tests/a.py': `# canary GUID ${canary}` }) })
  await using _ = await startWorker(scene, workerNamed('one'), { lines, models })

  const agent = ASKING.replace('"Hello"', `"I know ${canary}"`)
  await ended(scene, await scene.submit('ann', await packOf({ 'agent.py': agent })), lines)

  const [row] = await scene.database.db.select().from(attempts)
  expect(Left.parse(row!.left).trips).toEqual([expect.stringContaining('org/other')])
})

test('the caps of a submission hold over all of its attempts, and over a restart', async () => {
  await using scene = await openScene()
  const script = path.join(scene.folder, 'script.json')
  const config = path.join(scene.folder, 'gateway.toml')
  fs.writeFileSync(script, JSON.stringify({ turns: [{ content: 'Some words' }] }))
  fs.writeFileSync(
    config,
    `[[providers]]\nkind = "script"\nfile = "${script}"\n[policy]\nusd = 0.01\nagentUsd = 0.01\noutputTokens = 4000\n`,
  )
  const open = async () => await openWorkerModels({ ARETE_GATEWAY: config }, about(scene))
  const claim = {
    ...{ attempt: { id: 'a1' }, task: { name: 't', environment: 'e' } },
    submission: { id: 's1', envelope: { message: {} } },
  }
  /** How one attempt fares that asks once. */
  const ask = async (): Promise<number> => {
    await using models = await open()
    const attempt = await (await models.of(claim as never))!.open()
    const socket = path.join(scene.folder, 'socket')
    const server = net.createServer(channel => attempt.door.accept(channel)).listen(socket)
    await once(server, 'listening')
    const { status } = await request(socket, 'POST', '/v1/chat/completions', {
      messages: HELLO,
      max_tokens: 4000,
    })
    await attempt.end()
    server.close()
    return status
  }

  const first = await ask()
  fs.appendFileSync(
    path.join(scene.folder, 'models/spending.jsonl'),
    '{"kind":"reserved","id":"a worker that died","agent":"s1","usd":5000,"tokens":10}\n',
  )

  expect([first, await ask()]).toEqual([200, 402])
})

test("a miner's own key pays for its agent: sealed on the way, opened by the worker alone, forgotten afterwards", async () => {
  const lines: string[] = []
  await using server = await openModelServer('openrouter')
  const data = makeFolder({})
  const seal = await keepSeal({}, data)
  await using scene = await openScene({
    ...{ notary: 'validator', modelRecipient: seal.recipient },
    rules: { screen: { tasks: 0 }, full: { tasks: 0 } },
  })
  await using models = await openWorkerModels(
    {},
    { ...about(scene), data, say: line => void lines.push(line), urls: { openrouter: server.url } },
  )
  const sealed = await sealKey(seal.recipient, { kind: 'openrouter', key: KEY })
  const asking = ASKING.replace('"messages"', '"model": "org/model", "messages"')
  const id = await scene.submit('ann', await packOf({ 'agent.py': asking }), sealed)
  expect((await scene.blobs.get(sha256(sealed))).equals(sealed)).toBe(true)
  {
    await using _ = await startWorker(scene, workerNamed('one'), { lines, models })
    await ended(scene, id, lines)
  }

  const removed = await forgetKeys(scene)

  const asked = server.requests.filter(({ line }) => line === 'POST /chat/completions')
  expect(asked.length).toBeGreaterThan(0)
  expect(asked[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  const [left] = await scene.database.db.select().from(attempts)
  expect(Left.parse(left!.left).spent).toMatchObject({ requests: 1, usd: 0.0006 })
  expect(removed).toBe(1)
  expect(await scene.blobs.has(sha256(sealed))).toBe(false)
  expect(JSON.stringify(await scene.database.db.select().from(submissions)) + lines.join()).not.toContain(KEY)
  for (const name of fs.readdirSync(data, { recursive: true, encoding: 'utf8' }))
    if (fs.statSync(path.join(data, name)).isFile())
      expect(fs.readFileSync(path.join(data, name), 'utf8')).not.toContain(KEY)
})

test('a key for another validator leaves the agent without a model, a worker without the identity leaves it to others', async () => {
  const data = makeFolder({})
  const seal = await keepSeal({}, data)
  await using scene = await openScene({ modelRecipient: seal.recipient })
  const lines: string[] = []
  const sealed = await sealKey((await newSeal()).recipient, { kind: 'openrouter', key: KEY })
  const digest = await scene.blobs.put(sealed)
  const claim = {
    ...{ attempt: { id: 'a1' }, task: { name: 't', environment: 'e' } },
    submission: { id: 's1', envelope: { message: { modelKey: digest } } },
  }
  await using models = await openWorkerModels(
    {},
    { ...about(scene), data, say: line => void lines.push(line) },
  )
  await using others = await openWorkerModels({}, { ...about(scene), data: makeFolder({}) })

  expect(await models.of(claim as never)).toBeUndefined()
  expect(lines).toEqual(['The key of s1 cannot be used: it was not sealed for this validator'])
  await expect(others.of(claim as never)).rejects.toMatchObject({
    ...{ name: 'SandboxError', code: 'setup-failed' },
    message: expect.stringContaining('ARETE_AGE_IDENTITY'),
  })
})

function about({ folder, blobs }: Scene) {
  return { data: folder, blobs, signal: new AbortController().signal, say: () => {} }
}
