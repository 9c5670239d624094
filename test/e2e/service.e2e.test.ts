import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkChain, checkReceipt, type Receipt } from '../../validator/receipts/receipt.ts'
import type { Standing } from '../../validator/stages/standing.ts'
import { arete, startArete } from '../support/arete.ts'
import { openBucketServer } from '../support/bucket.ts'
import { findPrograms, openOrdinaryServer } from '../support/debian-server.ts'
import { makeFolder } from '../support/folder.ts'
import { knowingFiles, QUICK_TASKS, until } from '../support/validator.ts'
import { startValidator, untilItWorks } from '../support/validator-process.ts'
import { KEY_FILE } from '../support/wallet-files.ts'

/** Four tasks, all of which count; the screen is left out. */
const SETTINGS = `
references = []
tasks = ${JSON.stringify(QUICK_TASKS)}
window = { blocks = 7200, tasks = 4 }
[stages]
screen = { tasks = 0 }
full = { share = 0, scored = true }
`

/** What a miner has: an agent that solves three tasks of four, and a key. */
function minerFolder(before = ''): string {
  const manifest = { name: 'knowing', version: '1', language: 'python', entry: 'agent.py' }
  const files = Object.entries(knowingFiles(QUICK_TASKS.slice(0, 3), { before }))
  return makeFolder({
    'agent/agent.json': JSON.stringify(manifest),
    ...Object.fromEntries(files.map(([name, content]) => [`agent/${name}`, content])),
    key: KEY_FILE,
  })
}

async function handIn(folder: string, url: string): Promise<string> {
  const handed = await arete(['submit', 'agent', '--validator', url, '--key-file', 'key', '--json'], {
    cwd: folder,
  })
  expect(handed.exitCode, handed.stderr).toBe(0)
  return (JSON.parse(handed.stdout) as { id: string }).id
}

/** All receipts of a submission, once as many as wanted are signed. */
async function receiptsOf(url: string, id: string, count: number): Promise<Receipt[]> {
  return await until(async () => {
    const answer = await (await fetch(`${url}/v1/receipts?submission=${id}`)).json()
    const { receipts } = answer as { receipts: Receipt[] }
    return receipts.length === count ? receipts : undefined
  })
}

async function checkAll(receipts: readonly Receipt[]): Promise<void> {
  expect((await Promise.all(receipts.map(checkReceipt))).flat()).toEqual([])
  expect(checkChain(receipts)).toEqual([])
}

test('three terminals: an agent goes from "arete submit" to a receipt that "arete verify --again" confirms', async () => {
  const folder = makeFolder({ 'data/arete.toml': SETTINGS })
  fs.chmodSync(folder, 0o755)
  const env = { ARETE_DATA: path.join(folder, 'data') }
  await using validator = await startValidator(env)
  await using worker = startArete(['worker', '--jobs', '1'], env)
  const miner = minerFolder()
  await untilItWorks(worker)
  const { url } = validator

  const id = await handIn(miner, url)
  const watched = await arete(['watch', id, '--validator', url], { env })
  const status = await arete(['status', id, '--validator', url, '--json'], { env })
  const receipts = await receiptsOf(url, id, 5)

  expect(watched.exitCode, `${watched.stderr}\n${validator.said()}`).toBe(0)
  expect(watched.stdout).toMatch(/solved: full \d, [\w-]+ \(tests-passed\)/)
  const { state, stages } = JSON.parse(status.stdout) as Standing
  expect(state).toBe('passed')
  expect(stages.find(({ stage }) => stage === 'full')).toMatchObject({ tasks: 4, solved: 3, judged: 4 })
  await checkAll(receipts)

  const solved = receipts.find(({ body }) => body.kind === 'verdict' && body.verdict === 'solved')!
  const file = path.join(folder, 'receipt.json')
  fs.writeFileSync(file, JSON.stringify(solved))
  const again = await arete(['verify', file, '--again', '--validator', url, '--json'])
  expect(again.exitCode, again.stderr).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject([{ recorded: 'solved', again: 'solved' }])

  const board = await (await fetch(`${url}/v1/board`)).json()
  expect(board).toMatchObject({ rows: [{ submission: id, agent: 'knowing' }] })
  const page = await (await fetch(url)).text()
  expect(page).toContain('knowing')
  validator.signal('SIGTERM')
  worker.signal('SIGTERM')
  expect([await validator.ended, await worker.ended]).toEqual([0, 0])
})

const programs = findPrograms()
if (programs === undefined)
  console.warn('No PostgreSQL packages on this machine: nothing is tried with an ordinary server')

describe.skipIf(programs === undefined)('with an ordinary PostgreSQL and a bucket', () => {
  test('two workers of which one is killed: the same verdicts, each once', async () => {
    using server = openOrdinaryServer(programs!)
    server.create('arete')
    const folder = makeFolder({ 'arete.toml': SETTINGS, 'bucket/x': '' })
    const bucket = await openBucketServer(path.join(folder, 'bucket'))
    try {
      const { endpoint, bucket: name, accessKeyId, secretAccessKey } = bucket.settings
      const envOf = (data: string) => ({
        ...{ DATABASE_URL: server.urlOf('arete'), ARETE_DATA: path.join(folder, data) },
        ...{ ARETE_S3_ENDPOINT: endpoint, ARETE_S3_BUCKET: name },
        ...{ ARETE_S3_ACCESS_KEY_ID: accessKeyId, ARETE_S3_SECRET_ACCESS_KEY: secretAccessKey },
        ARETE_CONFIG: path.join(folder, 'arete.toml'),
      })
      await using validator = await startValidator(envOf('one'), '--parts', 'api', 'advance', 'notary')
      await using dying = startArete(['worker', '--jobs', '1'], envOf('two'))
      await using other = startArete(['worker', '--jobs', '1'], envOf('three'))
      await Promise.all([untilItWorks(dying), untilItWorks(other)])
      const { url } = validator

      const id = await handIn(minerFolder('time.sleep(2)'), url)
      await until(async () => {
        const { attempts } = (await (await fetch(`${url}/v1/submissions/${id}`)).json()) as Standing
        return (
          attempts.filter(({ stage, state }) => stage === 'full' && state === 'working').length === 2 ||
          undefined
        )
      })
      dying.signal('SIGKILL')
      const watched = await arete(['watch', id, '--validator', url, '--json'])
      const receipts = await receiptsOf(url, id, 5)

      expect(watched.exitCode, `${watched.stderr}\n${validator.said()}\n${other.said()}`).toBe(0)
      await checkAll(receipts)
      const verdicts = receipts.map(({ body }) =>
        body.kind === 'verdict' && body.stage === 'full' ? body.verdict : '',
      )
      expect(verdicts.filter(Boolean).sort()).toEqual(['solved', 'solved', 'solved', 'unsolved'])
      expect(
        receipts.flatMap(({ body }) => ('faults' in body ? body.faults.map(({ code }) => code) : [])),
      ).toEqual(['lease-lost'])
      expect(validator.said() + other.said() + dying.said()).not.toContain('of%20the%20test')
    } finally {
      await bucket.close()
    }
  })
})
