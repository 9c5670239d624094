import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { newSeal, openKey } from '../../sandbox/gateway/sealed-key.ts'
import type { SubmitOptions } from '../../validator/cli/miner/submit.ts'
import * as command from '../../validator/cli/miner/submit.ts'
import type { Database } from '../../validator/store/database.ts'
import { bans, commits, controls, submissions } from '../../validator/store/schema.ts'
import { arete } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'
import { openService, type Service } from '../support/service.ts'
import { ADDRESS, KEY_FILE, lockAnsible, PASSWORD, PHRASE } from '../support/wallet-files.ts'

const seal = await newSeal()
let database: Database
let server: Service

beforeAll(async () => {
  const hotkey = { address: ADDRESS, sign: async () => new Uint8Array() }
  const { recipient: modelRecipient } = seal
  server = await openService({ miners: [{ hotkey }], intake: { now: () => new Date(), modelRecipient } })
  database = server.intake.database
})
beforeEach(async () => {
  for (const table of [submissions, bans, controls, commits]) await database.db.delete(table)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const MANIFEST = { name: 'tiny', version: '0.1.0', language: 'python', entry: 'agent.py' }

/** A miner's folder: an agent and a wallet. */
function minerFolder(files: Record<string, string> = {}): string {
  return makeFolder({
    'agent/agent.json': JSON.stringify(MANIFEST),
    'agent/agent.py': 'def agent_main(input):\n    return ""\n',
    'wallets/miner/hotkeys/one': KEY_FILE,
    ...files,
  })
}

/** What the command says and how it ends, without a process of its own. */
async function submit(folder: string, change: Partial<SubmitOptions> = {}) {
  const out: string[] = []
  const err: string[] = []
  vi.spyOn(console, 'log').mockImplementation(text => void out.push(text))
  vi.spyOn(console, 'error').mockImplementation(text => void err.push(text))
  const walletPath = path.join(folder, 'wallets')
  const ended = await command
    .submit(path.join(folder, 'agent'), {
      ...{ validator: server.url, wallet: 'miner', hotkey: 'one', walletPath },
      ...change,
    })
    .catch((error: Error) => error)
  return { stdout: out.join('\n'), stderr: err.join('\n'), ended }
}

describe('arete submit', () => {
  test('seals a key for language models, so that only the validator can read it', async () => {
    vi.stubEnv('OPENROUTER_API_KEY', 'sk-or-v1-secret')
    vi.stubEnv('CHUTES_API_KEY', '')

    const { stdout, stderr, ended } = await submit(minerFolder(), { modelKey: 'OPENROUTER_API_KEY' })
    const without = await submit(minerFolder(), { modelKey: 'CHUTES_API_KEY' })

    expect(ended, stderr).toBe(0)
    const [row] = await database.db.select().from(submissions)
    const { modelKey } = (row!.envelope as { message: { modelKey: string } }).message
    const sealed = await server.intake.blobs.get(modelKey)
    expect(await openKey(seal.identity, sealed)).toEqual({ kind: 'openrouter', key: 'sk-or-v1-secret' })
    expect(stdout + stderr + JSON.stringify(row) + JSON.stringify(server.logged)).not.toContain(
      'sk-or-v1-secret',
    )
    expect(without.ended).toMatchObject({
      message: 'Cannot use --model-key: put the key into the variable CHUTES_API_KEY',
    })
  })

  test('packs, signs, hands in, and says what comes next', async () => {
    const key = ['--wallet', 'miner', '--hotkey', 'one', '--wallet-path', 'wallets']
    const { stdout, stderr, exitCode } = await arete(['submit', 'agent', '--validator', server.url, ...key], {
      cwd: minerFolder(),
    })

    expect(exitCode, stderr).toBe(0)
    const [row] = await database.db.select().from(submissions)
    expect(row).toMatchObject({ hotkey: ADDRESS, manifest: MANIFEST, state: 'queued' })
    expect(stdout).toBe(`Handed in  ${row!.id}
Digest     ${row!.digest}
Place      1 in the queue, counted from block ${row!.block}
Watch      npx arete watch ${row!.id} --validator ${server.url}`)
    expect(stderr).toMatch(new RegExp(`^tiny 0.1.0, \\d+ bytes, by ${ADDRESS}$`))
  })

  test('says the same as data', async () => {
    const { stdout, stderr, ended } = await submit(minerFolder(), { json: true })

    expect(ended).toBe(0)
    const [row] = await database.db.select().from(submissions)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ id: row!.id, digest: row!.digest, place: 1, isNew: true },
      precedence: { hotkey: ADDRESS },
    })
  })

  test('lays down a commit first, whose place counts', async () => {
    const { stderr, ended } = await submit(minerFolder(), { commitFirst: true })

    expect(ended).toBe(0)
    const [[commit], [row]] = [
      await database.db.select().from(commits),
      await database.db.select().from(submissions),
    ]
    expect(row).toMatchObject({ block: commit!.block, index: commit!.index })
    expect(commit).toMatchObject({ submission: row!.id })
    expect(stderr).toMatch(/go on with --salt [0-9a-f]{64}/)
  })

  test('opens a locked key with the password of the environment, and shows neither', async () => {
    const folder = minerFolder()
    fs.writeFileSync(path.join(folder, 'wallets/miner/hotkeys/one'), lockAnsible(KEY_FILE))

    const none = await submit(folder)
    vi.stubEnv('ARETE_WALLET_PASSWORD', 'wrong')
    const wrong = await submit(folder)
    vi.stubEnv('ARETE_WALLET_PASSWORD', PASSWORD)
    const right = await submit(folder)
    vi.unstubAllEnvs()

    expect(right.ended).toBe(0)
    expect(wrong.ended).toMatchObject({ message: expect.stringContaining('the password is wrong') })
    expect(none.ended).toMatchObject({ message: expect.stringContaining('set ARETE_WALLET_PASSWORD') })
    for (const one of [right, wrong, none])
      for (const secret of [PASSWORD, PHRASE.slice(0, 20)])
        expect(`${one.stdout}${one.stderr}${one.ended}`).not.toContain(secret)
  })

  test('tells each refusal with its code, a sentence and a cure', async () => {
    await database.db.insert(bans).values({ key: ADDRESS, reason: 'copied others', by: 'test' })
    await database.db.insert(controls).values({ name: 'intake', value: 'paused: moving house' })

    const { stderr, ended } = await submit(minerFolder())
    const asData = await submit(minerFolder(), { json: true })

    expect([ended, asData.ended]).toEqual([1, 1])
    expect(stderr.split('\n').slice(1).join('\n')).toMatchInlineSnapshot(`
      "The validator refused the submission:
        paused  This validator takes no submissions now (moving house): try again later
          → try again later
        banned  This hotkey is banned: copied others
          → wait until the ban is over, or write to the operator"
    `)
    expect(JSON.parse(asData.stdout)).toMatchObject({
      ...{ refused: 'submission', status: 503 },
      reasons: [{ code: 'paused', cure: expect.any(String) }, { code: 'banned' }],
    })
  })

  test.each([
    {
      what: 'mistakes in the agent, all at once',
      files: { 'agent/agent.json': JSON.stringify({ ...MANIFEST, name: '', language: 'cobol' }) },
      says: /name: .*language: /s,
    },
    {
      what: 'a bundle that cannot be made',
      files: {
        'agent/agent.json': JSON.stringify({ ...MANIFEST, language: 'typescript', entry: 'agent.ts' }),
        'agent/agent.ts': "import '/etc/passwd'",
      },
      says: /outside the agent's folder/,
    },
    {
      what: 'a key that is not there',
      change: { hotkey: 'two' },
      says: /hotkeys\/two: there is no such file/,
    },
    { what: 'an address that is none', change: { validator: 'somewhere' }, says: /Cannot use --validator/ },
    { what: 'a salt that is none', change: { salt: 'x' }, says: /64 hexadecimal digits/ },
    {
      what: 'two kinds of keys',
      change: { keyFile: 'x' },
      says: /name --wallet and --hotkey, or --key-file/,
    },
  ])('sends nothing because of $what', async ({ files, change, says }) => {
    const { ended } = await submit(minerFolder(files as Record<string, string> | undefined), change)

    expect(String(ended)).toMatch(/^(UsageError|AgentError|WalletError)/)
    expect(String(ended)).toMatch(says)
    expect(await database.db.$count(submissions)).toBe(0)
  })

  test('ends with 3 if there is no validator, or something else, and with 2 for a wrong key', async () => {
    await using other = await serveNoValidator()
    const start = async (validator: string, key: string) =>
      await arete(['submit', 'agent', '--validator', validator, '--key-file', key], { cwd: minerFolder() })
    const key = 'wallets/miner/hotkeys/one'

    expect(await start('http://127.0.0.1:9999', key)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Cannot reach the validator at http://127.0.0.1:9999: ECONNREFUSED'),
    })
    expect(await start(other.url, key)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('it answers otherwise than a validator'),
    })
    expect(await start(server.url, 'none')).toMatchObject({ exitCode: 2 })
  })
})

test('arete agent pack makes the same file again, and says its digest', async () => {
  const folder = minerFolder()
  const [one, two] = [
    await arete(['agent', 'pack', 'agent'], { cwd: folder }),
    await arete(['agent', 'pack', 'agent', '-o', 'other.tar.gz', '--json'], { cwd: folder }),
  ]

  expect([one.exitCode, two.exitCode]).toEqual([0, 0])
  const read = (name: string): Buffer => fs.readFileSync(path.join(folder, name))
  expect(read('tiny.tar.gz')).toEqual(read('other.tar.gz'))
  const { digest, files } = JSON.parse(two.stdout)
  expect(one.stdout).toContain(digest)
  expect(files).toEqual(['agent.json', 'agent.py'])
})

/** Answers as no validator does. */
async function serveNoValidator(): Promise<AsyncDisposable & { url: string }> {
  const server = http.createServer((_, response) => response.end('hello'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
