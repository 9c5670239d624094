import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { bans, commits, controls, submissions } from '../../validator/store/schema.ts'
import { arete } from '../support/arete.ts'
import { freshDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { serveIntake } from '../support/intake-server.ts'
import { intakeOf } from '../support/miner.ts'
import { ADDRESS, KEY_FILE, lockAnsible, PASSWORD, PHRASE } from '../support/wallet-files.ts'

const blobFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-submit-'))
let database: Database
let server: Awaited<ReturnType<typeof serveIntake>>

beforeAll(async () => {
  database = await freshDatabase()
  const blobs = await openBlobs({ kind: 'disk', folder: blobFolder })
  const hotkey = { address: ADDRESS, sign: async () => new Uint8Array() }
  server = await serveIntake(await intakeOf(database, blobs, [{ hotkey }], { now: () => new Date() }))
})
beforeEach(async () => {
  for (const table of [submissions, bans, controls, commits]) await database.db.delete(table)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  fs.rmSync(blobFolder, { recursive: true, force: true })
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

const KEY = ['--wallet', 'miner', '--hotkey', 'one', '--wallet-path', 'wallets']

async function submit(folder: string, words: readonly string[] = [], env: Record<string, string> = {}) {
  return await arete(['submit', 'agent', '--validator', server.url, ...KEY, ...words], { cwd: folder, env })
}

describe('arete submit', () => {
  test('packs, signs, hands in, and says what comes next', async () => {
    const { stdout, stderr, exitCode } = await submit(minerFolder())

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
    const { stdout, stderr, exitCode } = await submit(minerFolder(), ['--json'])

    expect(exitCode, stderr).toBe(0)
    const [row] = await database.db.select().from(submissions)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ id: row!.id, digest: row!.digest, place: 1, isNew: true },
      precedence: { hotkey: ADDRESS },
    })
  })

  test('lays down a commit first, whose place counts', async () => {
    const { stderr, exitCode } = await submit(minerFolder(), ['--commit-first'])

    expect(exitCode, stderr).toBe(0)
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
    const env = { ARETE_WALLET_PASSWORD: PASSWORD }

    const [right, wrong, none] = [
      await submit(folder, [], env),
      await submit(folder, [], { ARETE_WALLET_PASSWORD: 'wrong' }),
      await submit(folder),
    ]

    expect(right.exitCode, right.stderr).toBe(0)
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the password is wrong') })
    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('set ARETE_WALLET_PASSWORD') })
    for (const { stdout, stderr } of [right, wrong, none])
      for (const secret of [PASSWORD, PHRASE.slice(0, 20)]) expect(`${stdout}${stderr}`).not.toContain(secret)
  })

  test('tells each refusal with its code, a sentence and a cure', async () => {
    await database.db.insert(bans).values({ key: ADDRESS, reason: 'copied others', by: 'test' })
    await database.db.insert(controls).values({ name: 'intake', value: 'paused: moving house' })

    const { stderr, exitCode } = await submit(minerFolder())
    const asData = await submit(minerFolder(), ['--json'])

    expect(exitCode).toBe(1)
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
      words: [],
      says: /name: .*language: /s,
    },
    {
      what: 'a bundle that cannot be made',
      files: {
        'agent/agent.json': JSON.stringify({ ...MANIFEST, language: 'typescript', entry: 'agent.ts' }),
        'agent/agent.ts': "import '/etc/passwd'",
      },
      words: [],
      says: /outside the agent's folder/,
    },
    {
      what: 'a key that is not there',
      files: {},
      words: ['--hotkey', 'two'],
      says: /hotkeys\/two: there is no such file/,
    },
    {
      what: 'an address that is none',
      files: {},
      words: ['--validator', 'somewhere'],
      says: /Cannot use --validator/,
    },
    { what: 'a salt that is none', files: {}, words: ['--salt', 'x'], says: /64 hexadecimal digits/ },
    {
      what: 'two kinds of keys',
      files: {},
      words: ['--key-file', 'x'],
      says: /name --wallet and --hotkey, or --key-file/,
    },
  ])('sends nothing because of $what', async ({ files, words, says }) => {
    const { stderr, exitCode } = await submit(minerFolder(files as Record<string, string>), words)

    expect(stderr).toMatch(says)
    expect(exitCode).toBe(2)
    expect(await database.db.$count(submissions)).toBe(0)
  })

  test('ends with 3 if there is no validator, or something else', async () => {
    await using other = await serveNoValidator()
    const folder = minerFolder()

    const gone = await submit(folder, ['--validator', 'http://127.0.0.1:1'])
    const strange = await submit(folder, ['--validator', other.url])

    expect(gone).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Cannot reach the validator at'),
    })
    expect(strange).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Cannot reach the validator at'),
    })
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
