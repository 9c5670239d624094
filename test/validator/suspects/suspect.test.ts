import { asc, eq } from 'drizzle-orm'
import { expect, test, vi } from 'vitest'
import { renderStanding } from '../../../validator/cli/miner/status.ts'
import { fingerprintAgent } from '../../../validator/copies/fingerprint.ts'
import { MEASURED } from '../../../validator/copies/measured.ts'
import { packFiles } from '../../../validator/intake/pack.ts'
import { StageRules } from '../../../validator/queue/stages.ts'
import { findStanding } from '../../../validator/stages/standing.ts'
import { readEvents } from '../../../validator/store/events.ts'
import { submissions, suspicions } from '../../../validator/store/schema.ts'
import { takeFingerprints } from '../../../validator/suspects/fingerprinting.ts'
import { compareNext } from '../../../validator/suspects/suspect.ts'
import { freshDatabase } from '../../support/database.ts'
import { minify, rename } from '../../support/disguises.ts'
import { listAgents, type Program, templateOf } from '../../support/programs.ts'

const [author, stranger] = listAgents() as [Program, Program]

// Most of it is the grammars' loading, on a busy machine.
vi.setConfig({ testTimeout: 90_000 })

test('a copy gets its origin, an event, and its place in the queue; a stranger nothing', async () => {
  await using bench = await openBench()
  await bench.enter('author', author.files, { block: 1 })
  await bench.enter('stranger', stranger.files, { block: 2 })
  await bench.enter('copy', await rename(author.files, []), { block: 3 })

  await bench.compareAll()

  expect(await bench.origins()).toEqual({ author: null, stranger: null, copy: 'author' })
  expect(await bench.clusters()).toEqual({ author: 'author', stranger: 'stranger', copy: 'author' })
  expect(bench.sent).toEqual(['author', 'copy'])
  const told = await readEvents(bench.database.db, { after: 0, submission: 'copy' })
  expect(told).toMatchObject([{ kind: 'suspect', body: { origin: 'author' } }])
  expect(await bench.statusOf('copy')).toContain(
    'Copy of    looks like author: must be better by 3 points\n           the same code but for names',
  )
  expect(await bench.statusOf('stranger')).not.toContain('Copy of')
})

test('who shows late what he committed early is the origin of those who showed theirs before', async () => {
  await using bench = await openBench()
  await bench.enter('second', await minify(author.files, []), { block: 5 })
  await bench.enter('third', author.files, { block: 7 })
  await bench.compareAll()
  expect(await bench.origins()).toEqual({ second: null, third: 'second' })

  await bench.enter('first', await rename(author.files, []), { block: 2 })
  await bench.compareAll()

  expect(await bench.origins()).toEqual({ first: null, second: 'first', third: 'first' })
})

test('the same agent once more by its owner is told to be his own', async () => {
  await using bench = await openBench()
  await bench.enter('first', author.files, { block: 1, coldkey: 'me' })
  await bench.enter('again', author.files, { block: 2, coldkey: 'me' })

  await bench.compareAll()

  expect(await bench.statusOf('again')).toContain("looks like its owner's earlier first:")
})

test('an agent whose bytes cannot be read is compared with nobody, and holds nobody up', async () => {
  await using bench = await openBench()
  await bench.enter('lost', [], { block: 1, bytes: Buffer.from('no archive') })
  await bench.enter('author', author.files, { block: 2 })

  await bench.compareAll()

  expect(await bench.origins()).toEqual({ lost: null, author: null })
})

test('a thread takes the same fingerprint as this one', async () => {
  expect(await takeFingerprints([author.files])).toEqual({
    kind: 'prints',
    prints: [await fingerprintAgent(author.files)],
  })
})

test('a fingerprint that takes too long is given up', async () => {
  expect(await takeFingerprints([author.files], { seconds: 0.001 })).toEqual({
    kind: 'unreadable',
    why: 'not read within 0.001 s',
  })
})

interface Change {
  readonly block: number
  readonly coldkey?: string
  readonly bytes?: Buffer
}

/** A validator that does nothing but compare. */
async function openBench() {
  const database = await freshDatabase()
  const blobs = new Map<string, Buffer>()
  const sent: string[] = []
  const common = [await fingerprintAgent(templateOf('typescript'))]
  const context = {
    database,
    blobs: { get: async (digest: string) => blobs.get(digest)! },
    jobs: { sendAdvances: async (_: unknown, ids: readonly string[]) => void sent.push(...[...ids].sort()) },
    quantiles: MEASURED,
    common: async () => common,
    // In this thread: to start one takes longer than all that it does here.
    take: async (agents: readonly Program['files'][]) => ({
      kind: 'prints' as const,
      prints: await Promise.all(agents.map(fingerprintAgent)),
    }),
  }
  const all = async () =>
    await database.db
      .select()
      .from(submissions)
      .leftJoin(suspicions, eq(suspicions.submission, submissions.id))
      .orderBy(asc(submissions.block))
  return {
    database,
    sent,
    async enter(id: string, files: Program['files'], { block, coldkey = id, bytes }: Change) {
      const digest = `digest of ${id}`
      blobs.set(digest, bytes ?? (await pack(files)))
      await database.db.insert(submissions).values({
        ...{ id, hotkey: id, coldkey, cluster: coldkey, digest, envelope: {}, block, index: 0, window: 0 },
        ...{ state: 'queued', stage: 'smoke', manifest: { name: id, version: '1', language: 'typescript' } },
      })
    },
    async compareAll() {
      while ((await compareNext(context)) !== undefined);
    },
    origins: async () =>
      Object.fromEntries((await all()).map(one => [one.submissions.id, one.suspicions!.origin])),
    clusters: async () =>
      Object.fromEntries((await all()).map(one => [one.submissions.id, one.submissions.cluster])),
    async statusOf(id: string) {
      const rules = StageRules.parse({})
      return renderStanding((await findStanding(database.db, id, { rules, isOpenNow: () => true }))!)
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

async function pack(files: Program['files']): Promise<Buffer> {
  const manifest = { name: 'x', version: '1', language: 'typescript', entry: files[0]!.path }
  const all = [{ path: 'agent.json', text: JSON.stringify(manifest) }, ...files]
  return await packFiles(
    all.map(({ path, text }) => ({ path, executable: false, content: Buffer.from(text) })),
  )
}
