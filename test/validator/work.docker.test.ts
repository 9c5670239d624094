import { asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { setUp } from '../../sandbox/setup.ts'
import { checkChain, checkReceipt, Receipt } from '../../validator/receipt.ts'
import { attempts, receipts, submissions, workers } from '../../validator/store/schema.ts'
import { VERSION } from '../../validator/version.ts'
import { work } from '../../validator/work.ts'
import type { WorkerIdentity } from '../../validator/worker/presence.ts'
import { knowingPack, openScene, QUICK_TASKS, type Scene, until } from '../support/validator.ts'

function workerNamed(id: string, change: Partial<WorkerIdentity> = {}): WorkerIdentity {
  return {
    ...{ id, host: 'here', engine: 'runc', cpus: 2, memoryMegabytes: 8192, labels: [], version: VERSION },
    phases: ['agent', 'verify'],
    ...change,
  }
}

/** A worker in this process, until it is disposed of. */
async function startWorker(
  scene: Scene,
  worker: WorkerIdentity,
  lines: string[] = [],
): Promise<AsyncDisposable> {
  const abort = new AbortController()
  const surroundings = await setUp(() => {})
  const { database, blobs } = scene
  const ended = work({
    ...{ database, blobs, surroundings, worker, signal: abort.signal },
    say: line => void lines.push(line),
  })
  ended.catch(() => {})
  return {
    async [Symbol.asyncDispose]() {
      abort.abort()
      await ended
    },
  }
}

async function ended({ database: { db } }: Scene, id: string) {
  return await until(async () => {
    const [row] = await db.select().from(submissions).where(eq(submissions.id, id))
    return row!.state === 'queued' || row!.state === 'working' ? undefined : row!
  })
}

async function readChain({ database: { db } }: Scene, count: number): Promise<Receipt[]> {
  const rows = await until(async () => {
    const found = await db.select().from(receipts).orderBy(asc(receipts.sequence))
    return found.length >= count && found.every(row => row.sequence !== null) ? found : undefined
  })
  return rows.map(({ body, sequence, previous, digest, signer, signature }) =>
    Receipt.parse({ body, sequence, previous, digest, signer, signature }),
  )
}

test('a submission goes its way: smoke, screen, full, verdicts, receipts', async () => {
  const lines: string[] = []
  await using scene = await openScene({
    notary: 'validator',
    rules: { screen: { tasks: 1, share: 1 }, full: { share: 0.5, scored: true } },
  })
  await using _ = await startWorker(scene, workerNamed('one'), lines)
  const id = await scene.submit('ann', await knowingPack(QUICK_TASKS))

  const submission = await ended(scene, id)

  expect([submission.state, submission.stage, submission.reasons], lines.join('\n')).toEqual([
    'passed',
    'full',
    [],
  ])
  const made = await scene.database.db.select().from(attempts)
  expect(made.map(({ stage, state, verdict }) => `${stage} ${state} ${verdict}`).sort()).toEqual([
    'full judged solved',
    'full judged solved',
    'screen judged solved',
    'smoke judged solved',
  ])
  const chain = await readChain(scene, 4)
  expect(checkChain(chain)).toEqual([])
  expect((await Promise.all(chain.map(checkReceipt))).flat()).toEqual([])
  expect(await scene.database.db.select({ state: workers.state }).from(workers)).toEqual([
    { state: 'working' },
  ])
})
