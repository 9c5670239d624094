import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ban,
  cancelSubmission,
  drain,
  grant,
  OperatorError,
  operator,
  pause,
  readAudit,
  requeue,
  resume,
  unban,
} from '../../../validator/operating/operate.ts'
import { attempts, submissions, workers } from '../../../validator/store/schema.ts'
import { idlePack, signerNamed } from '../../support/miner.ts'
import { openScene, type Scene, workerNamed } from '../../support/validator.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
})

const submit = async (miner: string, word: string) => await scene.submit(miner, await idlePack(word))
const rowOf = async (id: string) =>
  (await scene.database.db.select().from(submissions).where(eq(submissions.id, id)))[0]!

test('while intake is paused nothing is taken; what the operator said is passed on', async () => {
  await pause(scene.database, 'moving house')
  await expect(submit('ann', 'paused')).rejects.toThrow(/paused.*moving house/)
  await resume(scene.database)
  await expect(submit('ann', 'resumed')).resolves.toMatch(/^[0-9a-f]{24}$/)
})

test('a ban holds until its end, or until it is lifted', async () => {
  const { address } = await signerNamed('bob')
  await ban(scene.database, address, 'copied others', undefined)
  await expect(submit('bob', 'banned')).rejects.toThrow(/banned.*copied others/)
  await ban(scene.database, address, 'copied others', new Date('2026-06-01T11:59:59Z'))
  await expect(submit('bob', 'over')).resolves.toBeDefined()
  await unban(scene.database, address)
  await expect(unban(scene.database, address)).rejects.toThrow(OperatorError)
})

test('a submission that is cancelled ends, its work with it; it can be judged anew, once', async () => {
  const id = await submit('cid', 'cancelled')
  await cancelSubmission(scene.database, scene.jobs, id, 'its owner asked')
  expect(await rowOf(id)).toMatchObject({
    state: 'cancelled',
    reasons: [{ code: 'cancelled', message: 'its owner asked' }],
  })
  const { db } = scene.database
  const open = (await db.select().from(attempts).where(eq(attempts.submission, id))).filter(
    ({ state }) => state !== 'skipped',
  )
  expect(open).toEqual([])
  await expect(cancelSubmission(scene.database, scene.jobs, id, 'again')).rejects.toThrow(/decided already/)

  const again = await requeue(scene.database, scene.jobs, id)
  const [old, anew] = [await rowOf(id), await rowOf(again)]
  expect(anew).toMatchObject({ digest: old.digest, block: old.block, index: old.index })
  await expect(requeue(scene.database, scene.jobs, id)).rejects.toThrow(`queued again before, as ${again}`)
  await expect(requeue(scene.database, scene.jobs, again)).rejects.toThrow(/cannot be queued twice/)
})

test('a worker that is drained is told so; one that is gone cannot be', async () => {
  const { db } = scene.database
  const row = { ...workerNamed('w1'), state: 'working' as const }
  await db.insert(workers).values(row)
  await drain(scene.database, 'w1')
  expect((await db.select().from(workers))[0]).toMatchObject({ state: 'draining' })
  await expect(drain(scene.database, 'nobody')).rejects.toThrow(/no worker nobody/)
})

test('credits add up', async () => {
  expect(await grant(scene.database, 'key', 2)).toBe(2)
  expect(await grant(scene.database, 'key', 3)).toBe(5)
})

test('each act stands in the audit log with who did it; what was refused does not', async () => {
  const rows = await readAudit(scene.database, 100)

  expect(rows.map(({ act }) => act).reverse()).toEqual([
    ...['pause', 'resume', 'ban', 'ban', 'unban', 'cancel', 'requeue', 'drain', 'grant', 'grant'],
  ])
  expect(new Set(rows.map(({ by }) => by))).toEqual(new Set([operator()]))
  expect(rows.at(-1)).toMatchObject({ subject: 'intake', detail: { reason: 'moving house' } })
})
