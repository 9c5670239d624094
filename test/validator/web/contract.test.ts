import { asc, eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitHash } from '../../../validator/intake/commit-hash.ts'
import { freshNonce, signValue } from '../../../validator/intake/signature.ts'
import { keepMirror } from '../../../validator/mirrors/keep.ts'
import { notarise } from '../../../validator/receipts/notary.ts'
import { checkChain, Receipt } from '../../../validator/receipts/receipt.ts'
import { settle } from '../../../validator/settle.ts'
import { tell } from '../../../validator/store/events.ts'
import { attempts, receipts, submissions, tasks, workers } from '../../../validator/store/schema.ts'
import { announce, newWorkerId } from '../../../validator/worker/presence.ts'
import { type Api, openApi } from '../../support/api.ts'
import { envelopeOf, idlePack, signerNamed } from '../../support/miner.ts'
import { openService, type Service } from '../../support/service.ts'
import { workerNamed } from '../../support/validator.ts'
import { layFacts, layVerdict } from '../../support/verdicts.ts'

/** Windows of 100 blocks; the chain is at block 3600, so that window 35 is over and 36 is not. */
const [OVER, OPEN] = [35, 36]
const NOBODY = '0'.repeat(24)
const NOTHING = '0'.repeat(64)

let service: Service
let api: Api
beforeAll(async () => {
  service = await openService({
    settings: { openness: 'window', window: { blocks: 100, tasks: 3, confirmation: 2 } },
  })
  api = await openApi(service.url)
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

function post(envelope: unknown, bytes: Buffer) {
  return {
    method: 'POST',
    headers: { 'arete-envelope': Buffer.from(JSON.stringify(envelope)).toString('base64url') },
    body: new Uint8Array(bytes),
  }
}

/** Hands in an agent, with other bytes than the signed ones if there are some. */
async function handIn(miner: string, word: string, bytes?: Buffer) {
  const packed = await idlePack(word)
  const envelope = await envelopeOf(service.intake, await signerNamed(miner), packed)
  const request = post(envelope, bytes ?? packed)
  return { packed, request, answer: await api.ask('/v1/submissions', request) }
}

const idOf = ({ body }: { readonly body: unknown }): string => (body as { id: string }).id

describe('handing in', () => {
  test('a signed agent is taken, and the same once more is the same', async () => {
    const { request, answer } = await handIn('ann', 'first')
    const again = await api.ask('/v1/submissions', request)

    expect(answer).toMatchObject({ status: 201, body: { isNew: true } })
    expect(again).toMatchObject({ status: 200, body: { isNew: false, id: idOf(answer) } })
    expect(service.intake.queued).toEqual([idOf(answer)])
  })

  test.each([
    { what: 'a stranger', send: () => handIn('stranger', 'mine'), status: 403, code: 'not-registered' },
    {
      what: 'other bytes than those that were signed',
      send: async () => await handIn('ann', 'bytes', await idlePack('other bytes')),
      status: 400,
      code: 'wrong-bytes',
    },
    {
      what: 'nothing',
      send: async () => ({ answer: await api.ask('/v1/submissions', { method: 'POST' }) }),
      status: 400,
      code: 'form',
    },
    {
      what: 'a commit that is none',
      send: async () => ({ answer: await api.ask('/v1/commits', { method: 'POST', body: '{' }) }),
      status: 400,
      code: 'form',
    },
  ])('$what is refused with code, sentence and cure', async ({ send, status, code }) => {
    const { answer } = await send()

    const reason = { code, message: expect.any(String), cure: expect.any(String) }
    expect(answer).toMatchObject({ status, body: { reasons: [reason] } })
  })

  test('a hash is laid down, and its agent shown later takes its place', async () => {
    const { intake } = service
    const signer = await signerNamed('cid')
    const [packed, salt] = [await idlePack('laid down'), 'ab'.repeat(32)]
    const envelope = await envelopeOf(intake, signer, packed, { salt })
    const { digest, expires, network, netuid, validator, miner } = envelope.message
    const message = {
      ...{ domain: 'arete/commit/1', network, netuid, validator, miner, expires },
      ...{ hash: commitHash(salt, digest, miner), nonce: freshNonce() },
    }
    const commit = { message, signature: await signValue(signer, message) }

    const laid = await api.ask('/v1/commits', { method: 'POST', body: JSON.stringify(commit) })
    const shown = await api.ask('/v1/submissions', post(envelope, packed))

    expect([laid.status, shown.status]).toEqual([201, 201])
    expect((shown.body as { precedence: unknown }).precedence).toEqual(
      (laid.body as { precedence: unknown }).precedence,
    )
  })
})

describe('what everybody may read', () => {
  let id: string
  let packed: Buffer
  let chain: Receipt[]
  beforeAll(async () => {
    const { database, blobs } = service.intake
    const handed = await handIn('bob', 'reader')
    packed = handed.packed
    id = idOf(handed.answer)
    for (const window of [OVER, OPEN])
      for (const name of ['a', 'b']) {
        const verdict = name === 'a' ? 'solved' : 'unsolved'
        await layVerdict(database, blobs, { submission: id, name: `${name}${window}`, window, verdict })
      }
    await notarise(database, await signerNamed('validator'))
    const rows = await database.db.select().from(receipts).orderBy(asc(receipts.sequence))
    chain = rows.map(({ body, sequence, previous, digest, signer, signature }) =>
      Receipt.parse({ body, sequence, previous, digest, signer, signature }),
    )
  })

  test('board: scores with an interval, and a tag to ask again with', async () => {
    const { body, response } = await api.ask('/v1/board')
    const again = await fetch(`${service.url}/v1/board`, {
      headers: { 'if-none-match': response.headers.get('etag')! },
    })

    const cell = { solved: 2, judged: 4, score: 0.5, low: expect.closeTo(0.15), high: expect.closeTo(0.85) }
    expect(body).toMatchObject({
      environments: ['python-fixes'],
      rows: [{ rank: 1, submission: id, score: 0.5, state: 'passed', cells: { 'python-fixes': cell } }],
    })
    expect(again.status).toBe(304)
  })

  test('submissions, of all or of one hotkey', async () => {
    const { address } = await signerNamed('bob')
    const stranger = (await signerNamed('a stranger')).address
    const [all, own, nobody] = [
      await api.ask('/v1/submissions'),
      await api.ask(`/v1/submissions?hotkey=${address}`),
      await api.ask(`/v1/submissions?hotkey=${stranger}`),
    ]

    const ids = ({ body }: { body: unknown }) =>
      (body as { submissions: { id: string }[] }).submissions.map(one => one.id)
    expect(ids(own)).toEqual([id])
    expect(ids(all).length).toBeGreaterThan(1)
    expect(ids(nobody)).toEqual([])
  })

  test.each(['nobody', '%00', '5'.repeat(64)])('a hotkey that is none is refused: %s', async hotkey => {
    expect(await api.ask(`/v1/submissions?hotkey=${hotkey}`)).toMatchObject({ status: 400 })
  })

  test('how one stands; tasks have no names before their window is over', async () => {
    const { body } = await api.ask(`/v1/submissions/${id}`)
    const { attempts } = body as { attempts: { task: string | null }[] }

    expect(attempts.map(({ task }) => task).sort()).toEqual([null, null, 'org/a35', 'org/b35'])
    expect((await api.ask(`/v1/submissions/${NOBODY}`)).status).toBe(404)
    expect((await api.ask('/v1/submissions/nobody')).status).toBe(400)
  })

  test('receipts that are open, in the order of the chain; of those that are closed only that there are some', async () => {
    const all = await api.ask('/v1/receipts')
    const first = await api.ask('/v1/receipts?limit=1')
    const others = await api.ask(`/v1/receipts?submission=${NOBODY}`)

    const newest = { sequence: 4, digest: chain.at(-1)!.digest }
    expect(all.body).toEqual({ receipts: chain.slice(0, 2), next: null, newest })
    expect(first.body).toEqual({ receipts: chain.slice(0, 1), next: 1, newest })
    expect(others.body).toEqual({ receipts: [], next: null, newest })
    expect(checkChain((all.body as { receipts: Receipt[] }).receipts)).toEqual([])
    expect((await api.ask('/v1/receipts?limit=0')).status).toBe(400)
  })

  test('receipts of one submission, behind closed ones, too', async () => {
    const { db } = service.intake.database
    const move = (from: number, to: number) =>
      db
        .update(receipts)
        .set({ window: to })
        .where(
          inArray(
            receipts.attempt,
            db
              .select({ id: attempts.id })
              .from(attempts)
              .where(eq(attempts.draw, `draw-${from}`)),
          ),
        )
    await move(OVER, OPEN)
    await move(OPEN, OVER)
    const own = await api.ask(`/v1/receipts?submission=${id}`)
    const first = await api.ask(`/v1/receipts?submission=${id}&limit=2`)
    const all = await api.ask('/v1/receipts')
    await move(OVER, OVER)
    await move(OPEN, OPEN)

    expect((own.body as { receipts: Receipt[] }).receipts).toEqual(chain.slice(2))
    // Whoever turns pages is told where to go on, though this one shows nothing.
    expect(first.body).toMatchObject({ receipts: [], next: chain[1]!.sequence })
    expect(all.body).toMatchObject({ receipts: [], next: null })
  })

  test('one receipt, and the patch that it names', async () => {
    const [over, open] = [chain[0]!, chain.at(-1)!]
    const patchOf = ({ body }: Receipt): string => (body as { patch: string }).patch

    expect((await api.ask(`/v1/receipts/${over.digest}`)).body).toEqual(over)
    expect((await api.ask(`/v1/receipts/${open.digest}`)).status).toBe(403)
    expect((await api.ask(`/v1/receipts/${NOTHING}`)).status).toBe(404)
    expect((await api.ask('/v1/receipts/nothing')).status).toBe(400)
    expect(await (await api.ask(`/v1/patches/${patchOf(over)}`)).response.text()).toBe('patch of a35')
    expect((await api.ask(`/v1/patches/${patchOf(open)}`)).status).toBe(403)
    expect((await api.ask(`/v1/patches/${NOTHING}`)).status).toBe(404)
  })

  test('code is closed with its window, and open after it', async () => {
    const { database } = service.intake
    const own = eq(submissions.id, id)

    expect(await api.ask(`/v1/submissions/${id}/code`)).toMatchObject({
      status: 403,
      body: { reasons: [{ code: 'closed', message: expect.stringContaining('block 3700') }] },
    })
    await database.db.update(submissions).set({ window: OVER }).where(own)
    const { status, response } = await api.ask(`/v1/submissions/${id}/code`)
    expect(status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(packed)
    expect((await api.ask(`/v1/submissions/${NOBODY}/code`)).status).toBe(404)
  })

  test('of a worker not the machine that it runs on', async () => {
    const { db } = service.intake.database
    await announce(service.intake.database, workerNamed(newWorkerId('builder'), { host: 'secret-host' }))
    const { body } = await api.ask('/v1/workers')
    await db.delete(workers)

    expect(JSON.stringify(body)).toMatch(/"id":"builder-[0-9a-f]{6}"/)
    expect(JSON.stringify(body)).not.toContain('secret-host')
    expect(newWorkerId()).toMatch(/^worker-[0-9a-f]{6}$/)
  })

  test('workers, health, counts, who this is', async () => {
    const answers = await Promise.all(['workers', 'info'].map(name => api.ask(`/v1/${name}`)))
    const around = await Promise.all(['healthz', 'readyz', 'metrics'].map(name => api.ask(`/${name}`)))

    expect([...answers, ...around].map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const counts = await around[2]!.response.text()
    expect(counts).toContain('arete_verdicts{verdict="solved"} 2')
    expect(counts).toMatch(/arete_http_seconds_count\{route="\/v1\/board",status="200"[^}]*\} [1-9]/)
  })

  test('scores of a settled window', async () => {
    const { db } = service.intake.database
    expect((await api.ask('/v1/scores')).body).toEqual({ window: null, settled: null, scores: [] })
    await layFacts(service.intake.database)
    const ground = { jobs: service.jobs, block: 1, uids: {} }
    await db.transaction(tx => settle(tx, OVER, ground, 0))

    const own = { submission: id, environment: 'python-fixes', solved: 1, judged: 2, voided: 0, score: 0.5 }
    expect((await api.ask('/v1/scores')).body).toMatchObject({ window: OVER, scores: [own] })
    expect((await api.ask(`/v1/scores?window=${OPEN}`)).body).toMatchObject({ settled: null, scores: [] })
    expect((await api.ask('/v1/scores?window=x')).status).toBe(400)
  })

  test('what pages show, as data; tasks and attempts as far as they are open', async () => {
    const lists = await Promise.all(
      ['board', 'environments', 'workers', 'weights', 'subnets', 'mirrors'].map(name =>
        api.ask(`/${name}.json`),
      ),
    )
    const rows = await service.intake.database.db
      .select()
      .from(attempts)
      .innerJoin(tasks, eq(tasks.digest, attempts.task))
    const of = (name: string) => rows.find(({ tasks: task }) => task.name === `org/${name}`)!
    const [over, open] = [of('a35'), of('a36')]

    expect(lists.map(({ status }) => status)).toEqual(lists.map(() => 200))
    expect((await api.ask(`/agents/${id}.json`)).body).toMatchObject({ submission: id, state: 'passed' })
    expect((await api.ask(`/agents/${NOBODY}.json`)).status).toBe(404)
    expect((await api.ask(`/tasks/${over.tasks.digest}.json`)).body).toMatchObject({ name: 'org/a35' })
    expect((await api.ask(`/tasks/${open.tasks.digest}.json`)).status).toBe(404)
    const shown = await api.ask(`/attempts/${over.attempts.id}.json`)
    expect(shown.body).toMatchObject({
      task: { label: 'org/a35' },
      patch: { text: 'patch of a35', left: 0 },
      closed: null,
    })
    const closed = await api.ask(`/attempts/${open.attempts.id}.json`)
    expect(closed.body).toMatchObject({ patch: null, closed: expect.stringContaining('block 3700') })
    expect(JSON.stringify(closed.body)).not.toContain('a36')
    expect((await api.ask('/duels/nothing.json')).status).toBe(404)
  })

  test('a stream of events', async () => {
    const leave = new AbortController()
    expect((await api.ask('/v1/events', { signal: leave.signal })).status).toBe(200)
    leave.abort()
    expect((await api.ask('/v1/events', { headers: { 'last-event-id': 'x' } })).status).toBe(400)
  })
})

test('a page runs nothing but our own script, is framed by nobody, and shows what a miner wrote as text', async () => {
  const { database } = service.intake
  const manifest = { name: '<img src=x onerror=alert(1)>', version: '1', language: 'python' }
  const changed = await database.db.update(submissions).set({ manifest }).returning()
  for (const { id: submission } of changed)
    await database.db.transaction(async tx => await tell(tx, { kind: 'test', submission }))
  const read = async () => await (await fetch(service.url)).text()
  await expect.poll(read, { timeout: 5000 }).toContain('&lt;img src=x')
  const { headers } = await fetch(service.url)

  expect(await read()).not.toMatch(/<img|<script(?! type="module" src="\/app\.js)/)
  const policy = headers.get('content-security-policy')!
  for (const rule of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "script-src 'self'",
    "form-action 'self'",
  ])
    expect(policy).toContain(rule)
  expect(policy).not.toContain('unsafe')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('boards of other subnets are shown as mirrors, apart from our own', async () => {
  const board = [{ name: '<b>fixer', version_num: 3, final_score: 0.38 }]
  const bytes = Buffer.from(JSON.stringify(board))
  await keepMirror(service.intake.database, { source: 'ridges', origin: 'top-agents.json', bytes })

  const { body } = await api.ask('/v1/mirrors')
  const ours = await api.ask('/v1/board')

  expect(body).toMatchObject({
    mirrors: [
      {
        ...{ source: 'ridges', kind: 'mirror', origin: 'top-agents.json' },
        board: { netuid: 62, entries: [{ name: '<b>fixer 3', score: 0.38 }] },
      },
    ],
  })
  expect(JSON.stringify(ours.body)).not.toContain('fixer')
})

test('everything that is served is described, and was asked for here', async () => {
  const served = service.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) =>
      `${method} ${path}`.replace(/:file\{.*/, '{id}.json').replace(/:id\{.*/, '{id}'),
    )
    .map(one => one.replaceAll(/:(\w+)/g, '{$1}'))
  const assets = ['/board.css', '/app.js', '/favicon.svg', '/favicon.ico', '/v1/openapi.json']
  const lists = ['/', '/board', '/board.csv', '/environments', '/workers', '/weights', '/subnets', '/mirrors']
  const single = ['agents', 'duels', 'tasks', 'attempts'].map(name => `/${name}/{id}`)
  const pages = [...assets, ...lists, ...single].map(path => `GET ${path}`)

  expect(new Set(served)).toEqual(new Set([...api.operations, ...pages]))
  expect([...api.asked].sort()).toEqual([...api.operations].sort())
})
