import path from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { processName } from '../../sandbox/owner.ts'
import { setUp } from '../../sandbox/setup.ts'
import { commitPool } from '../../task-bank/draw/commit.ts'
import type { Pool } from '../../task-bank/draw/pool.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { savePool, saveSecrets } from '../../validator/draws/pool-files.ts'
import { attempts, faults } from '../../validator/store/schema.ts'
import { makeFolder } from '../support/folder.ts'
import { packOf } from '../support/miner.ts'
import { digestOf } from '../support/pool.ts'
import {
  ended,
  knowingPack,
  openScene,
  QUICK_TASKS,
  readChain,
  type Scene,
  startWorker,
  until,
  workerNamed,
} from '../support/validator.ts'

const ALL = { screen: { tasks: 0 }, full: { share: 0, scored: true } }

/** What became of each attempt, without times and ids. */
async function verdictsOf({ database: { db } }: Scene, id: string): Promise<unknown[]> {
  const rows = await db
    .select()
    .from(attempts)
    .where(eq(attempts.submission, id))
    .orderBy(attempts.stage, attempts.place)
  return rows.map(({ stage, place, task, state, verdict, reason, detail }) => ({
    ...{ stage, place, task, state, verdict, reason, detail },
  }))
}

/** Solves the second of the quick tasks, changes something that does not help in the fourth, and leaves the rest alone. */
async function mixedPack(): Promise<Buffer> {
  const loan = loadHarborTask(QUICK_TASKS[3]!, {})
  const spoil = `input['problem_statement'] == ${JSON.stringify(loan.instruction)} and open('NOTES.md', 'a').write('none')`
  return await knowingPack([QUICK_TASKS[1]!], { before: `time.sleep(0.7) or (${spoil})` })
}

test('an agent that does not load is refused with the reason', async () => {
  await using scene = await openScene()
  await using _ = await startWorker(scene, workerNamed('one'))
  const broken = await packOf(
    { 'agent.ts': 'export default (' },
    { language: 'typescript', entry: 'agent.ts' },
  )

  const submission = await ended(scene, await scene.submit('ann', broken))

  expect(submission.state).toBe('refused')
  expect(JSON.stringify(submission.reasons)).toMatch(/agent\.ts/)
})

test('a worker whose lease is lost stops at once, keeps nothing, and may take the attempt again', async () => {
  const lines: string[] = []
  await using scene = await openScene({ rules: { screen: { tasks: 0 }, full: { tasks: 0 } } })
  await using _ = await startWorker(scene, workerNamed('one'), { lines })
  const id = await scene.submit('ann', await knowingPack(QUICK_TASKS, { before: 'time.sleep(4)' }))
  await until(async () => (lines.some(line => line.includes('begun')) ? true : undefined))

  await scene.database.pool.query(
    `update pgboss.job set state = 'retry', retry_count = retry_count + 1 where state = 'active' and name like '%.%'`,
  )
  const submission = await ended(scene, id, lines)

  expect(submission).toMatchObject({ state: 'passed', stage: 'smoke' })
  expect(lines.filter(line => line.includes('begun'))).toHaveLength(2)
  expect(lines.filter(line => line.includes('solved'))).toHaveLength(1)
  const lost = await scene.database.db.select().from(faults)
  expect(lost.map(({ worker, code }) => [worker, code])).toEqual([['one', 'lease-lost']])
})

test('two machines, one for each phase, come to the same as one; also after a second look', async () => {
  const lines: string[] = []
  const folder = makeFolder({})
  // One folder: so both have one salt, and draw the same.
  const options = { notary: 'validator', rules: ALL, folder, draw: { count: 4 } }
  await using scene = await openScene(options)
  await using fusedScene = await openScene(options)
  const pack = await mixedPack()
  const [split, fused] = [await scene.submit('ann', pack), await fusedScene.submit('ann', pack)]
  {
    await using _a = await startWorker(scene, workerNamed('agents', { phases: ['agent'] }), { lines })
    await using _v = await startWorker(scene, workerNamed('verifiers', { phases: ['verify'] }), { lines })
    await ended(scene, split, lines)
  }
  await using _ = await startWorker(fusedScene, workerNamed('both', { cpus: 4 }), { lines })
  await ended(fusedScene, fused, lines)

  const seen = await verdictsOf(scene, split)
  expect(seen).toEqual(await verdictsOf(fusedScene, fused))
  expect(new Set((await verdictsOf(scene, split)).map(one => (one as { verdict: string }).verdict))).toEqual(
    new Set(['solved', 'unsolved']),
  )
  const workersOf = (await readChain(scene)).flatMap(({ body }) =>
    body.kind === 'verdict' ? [body.workers] : [],
  )
  expect(workersOf.length).toBeGreaterThan(0)
  for (const one of workersOf) expect(one).toEqual({ agent: 'agents', verify: 'verifiers' })
  const looks = (await readChain(fusedScene)).flatMap(({ body }) =>
    body.kind === 'verdict' && body.stage === 'full' && body.reason === 'tests-failed'
      ? [body.firstLook]
      : [],
  )
  expect(looks).toMatchObject([{ verdict: 'unsolved', reason: 'tests-failed' }])
  expect(await scene.database.db.select().from(faults)).toEqual([])
})

test('two validators with the same pool and block draw the same, and judge the same', async () => {
  const folder = makeFolder({})
  const pool = (name: string): string => path.join(folder, name, 'pool.json')
  const { commitment, secrets } = commitPool(
    {
      ...{ environment: 'quick', before: 1000, delta: 20, windowBlocks: 100 },
      ...{ draw: 2, confirmation: 1, minimum: 3 },
    },
    QUICK_TASKS.map(place => {
      const { name, digest } = loadHarborTask(place, {})
      return {
        name,
        folder: place,
        digest,
        salt: digestOf(`salt of ${name}`),
        repository: path.dirname(place),
      }
    }),
    repository => digestOf(repository),
  )
  for (const name of ['one', 'two']) {
    const content: Pool = { format: 'arete/pool/v1', commitment, draws: [], published: [] }
    savePool(pool(name), content)
    saveSecrets(pool(name).replace('.json', '.secret.json'), secrets)
  }
  const options = (name: string) => ({
    rules: { ...ALL, confirmation: { tasks: 1, scored: true } },
    draw: { pools: [pool(name)], tasks: [] },
    blocksAhead: 30,
  })
  await using one = await openScene(options('one'))
  await using two = await openScene(options('two'))
  const pack = await mixedPack()
  const [first, second] = [await one.submit('ann', pack), await two.submit('ann', pack)]
  await using _one = await startWorker(one, workerNamed('a', { cpus: 1 }))
  await using _two = await startWorker(two, workerNamed('b', { cpus: 1 }))

  const states = [(await ended(one, first)).state, (await ended(two, second)).state]

  expect(states).toEqual(['passed', 'passed'])
  const seen = await verdictsOf(one, first)
  expect(seen).toHaveLength(3)
  expect(await verdictsOf(two, second)).toEqual(seen)
})

test('whoever is told to go hands back at once, without a retry or a container left; a cut connection loses nothing', async () => {
  const lines: string[] = []
  await using scene = await openScene({ rules: ALL })
  const id = await scene.submit('ann', await knowingPack(QUICK_TASKS, { before: 'time.sleep(1)' }))
  const abort = new AbortController()
  {
    await using _ = await startWorker(scene, workerNamed('leaving'), {
      ...{ lines, signal: abort.signal, force: abort.signal },
    })
    await until(async () => (lines.some(line => line.includes('begun')) ? true : undefined))
    abort.abort()
  }
  const { engine } = await setUp(() => {})
  const mine = (await engine.listLabelled('arete.owner')).filter(
    ({ labels, kind }) => kind === 'container' && labels['arete.owner'] === processName(),
  )
  const between = await scene.database.db.select().from(attempts)
  await using _ = await startWorker(scene, workerNamed('next'), { lines })
  await until(async () => (lines.filter(line => line.includes('begun')).length > 1 ? true : undefined))
  // All connections are cut in the middle: of the worker, of its queue, of the steps.
  await scene.database.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  const submission = await ended(scene, id, lines)

  expect(mine.map(({ id: container }) => container)).toEqual([])
  expect(between.map(({ state, lease }) => [state, lease])).toEqual([['planned', null]])
  expect(lines.join('\n')).toMatch(/handed back/)
  expect(submission.state).toBe('passed')
  expect(await scene.database.db.select().from(faults)).toEqual([])
})
