import { and, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openOfflineChain } from '../../validator/chain/offline.ts'
import { readAudit, settleDespite } from '../../validator/operating/operate.ts'
import { settleDue } from '../../validator/settle.ts'
import { attempts, scores, settlements, submissions } from '../../validator/store/schema.ts'
import { idlePack, NOW } from '../support/miner.ts'
import { digestOf } from '../support/pool.ts'
import { openScene, type Scene } from '../support/validator.ts'
import { layFacts, layVerdict, type Verdict } from '../support/verdicts.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene({ isStill: true })
})
beforeEach(async () => {
  await scene.database.db.execute(
    sql`truncate submissions, attempts, receipts, draws, settlements, scores, reigns, controls, events cascade`,
  )
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
})

/** The chain is at block 3600; windows have 100 blocks, so that window 35 is over and 36 is not. */
const settleAll = async (mostVoided = 0.02) => {
  const chain = openOfflineChain(
    { netuid: 2, start: '2026-06-01T00:00:00Z', secondsPerBlock: 12, seed: 's', neurons: [], isOpen: true },
    () => NOW,
  )
  await layFacts(scene.database)
  const { database, jobs } = scene
  return await settleDue({ database, jobs, chain, netuid: 2, windowBlocks: 100, mostVoided })
}

const submit = async (word: string) => await scene.submit('ann', await idlePack(word))
async function lay(submission: string, name: string, change: Partial<Verdict> = {}): Promise<void> {
  await layVerdict(scene.database, scene.blobs, { submission, name, window: 35, ...change })
}
const voidOne = (name: string) =>
  scene.database.db
    .update(attempts)
    .set({ state: 'voided', verdict: null })
    .where(eq(attempts.id, digestOf(name).slice(0, 24)))

test('a window that is over is settled once, by environment; those that are not over are left', async () => {
  const { db } = scene.database
  const id = await submit('one')
  await lay(id, 'a1')
  await lay(id, 'a2', { verdict: 'unsolved' })
  await lay(id, 'a3', { environment: 'hardening' })
  await lay(id, 'a4', { window: 36 })

  expect(await Promise.all([settleAll(), settleAll()])).toContainEqual([
    { kind: 'settled', window: 35, scores: 2 },
  ])
  expect(await settleAll()).toEqual([])
  expect(await db.select().from(scores).orderBy(scores.environment)).toEqual([
    { submission: id, window: 35, environment: 'hardening', solved: 1, judged: 1, voided: 0, score: 1 },
    { submission: id, window: 35, environment: 'python-fixes', solved: 1, judged: 2, voided: 0, score: 0.5 },
  ])
})

test('it waits for who is still judged, and leaves out who stopped early', async () => {
  const { db } = scene.database
  const [slow, failed] = [await submit('two'), await submit('three')]
  await lay(slow, 'b1')
  await lay(slow, 'b2')
  await lay(failed, 'b3', { task: 'b2' })
  const set = (id: string, state: 'working' | 'failed' | 'passed') =>
    db.update(submissions).set({ state }).where(eq(submissions.id, id))
  await set(slow, 'working')
  await set(failed, 'failed')

  expect(await settleAll()).toEqual([{ kind: 'open', window: 35, submissions: 1 }])
  await set(slow, 'passed')
  expect(await settleAll()).toEqual([{ kind: 'settled', window: 35, scores: 1 }])
  expect((await db.select().from(scores)).map(({ submission }) => submission)).toEqual([slow])
})

test('too many voids hold it, until an operator has looked; that is written down', async () => {
  const { db } = scene.database
  const id = await submit('four')
  for (const name of ['c1', 'c2', 'c3', 'c4']) await lay(id, name)
  await voidOne('c4')

  expect(await settleAll()).toEqual([
    { kind: 'held', window: 35, alarms: [{ environment: 'python-fixes', share: 0.25 }] },
  ])
  expect(await db.$count(settlements)).toBe(0)
  await settleDespite(scene.database, 35, 'a bad disk')
  expect(await settleAll()).toEqual([{ kind: 'settled', window: 35, scores: 1 }])
  await expect(settleDespite(scene.database, 35, 'once more')).rejects.toThrow(/settled already/)
  expect((await db.select().from(scores))[0]).toMatchObject({ solved: 3, judged: 3, voided: 1, score: 1 })
  expect(
    (
      await db
        .select()
        .from(settlements)
        .where(and(eq(settlements.window, 35)))
    )[0],
  ).toMatchObject({
    despite: 'a bad disk',
  })
  expect((await readAudit(scene.database, 1))[0]).toMatchObject({ act: 'settle', subject: '35' })
})
