import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Receipt } from '../../../validator/receipt.ts'
import { attempts } from '../../../validator/store/schema.ts'
import { openBoard } from '../../../validator/web/board-cache.ts'
import { findBoard } from '../../../validator/web/find-board.ts'
import { Left } from '../../../validator/worker/left.ts'
import { openWorkerModels } from '../../../validator/worker/models.ts'
import { HELLO, request } from '../../support/gateway.ts'
import { packOf } from '../../support/miner.ts'
import { ended, openScene, readChain, startWorker, workerNamed } from '../../support/validator.ts'

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
    { data: scene.folder, signal: new AbortController().signal, say: line => void lines.push(line) },
  )
  await using _ = await startWorker(scene, workerNamed('one'), { lines, models })

  const id = await scene.submit('ann', await packOf({ 'agent.py': ASKING }))
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
  expect(fs.readdirSync(path.join(scene.folder, 'models'))).toEqual(['spending.jsonl'])
  const source = { db: scene.database.db, environmentOf: (name: string) => name, now: () => new Date() }
  using board = openBoard(source, () => {})
  const { rows: shown } = findBoard(await board.read(), undefined, 0)
  const counted = spent.filter(one => one.usd > 0)
  expect(shown[0]!.spent.dollars).toBeCloseTo(counted[0]!.usd, 6)
  expect(shown[0]!.spent.tokens).toBeGreaterThan(0)
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
  const open = async () =>
    (await openWorkerModels(
      { ARETE_GATEWAY: config },
      { data: scene.folder, signal: new AbortController().signal, say: () => {} },
    ))!
  const claim = { attempt: { id: 'a1' }, submission: { id: 's1' }, task: { name: 't', environment: 'e' } }
  /** How one attempt fares that asks once. */
  const ask = async (): Promise<number> => {
    await using models = await open()
    const attempt = await models.opener(claim as never)!()
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
