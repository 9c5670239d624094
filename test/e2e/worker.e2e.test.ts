import fs from 'node:fs'
import path from 'node:path'
import { and, eq, isNotNull } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { setUp } from '../../sandbox/setup.ts'
import { attempts, faults, receipts, workers } from '../../validator/store/schema.ts'
import { arete, type Running, startArete } from '../support/arete.ts'
import {
  ended,
  knowingPack,
  openScene,
  QUICK_TASKS,
  readChain,
  type Scene,
  until,
} from '../support/validator.ts'

const RULES = { screen: { tasks: 0 }, full: { share: 0, scored: true } }

/** `arete worker` as a process of its own. */
function startProcess({ database, folder }: Scene, ...args: string[]): Running {
  return startArete(['worker', ...args], { DATABASE_URL: database.url, ARETE_DATA: folder })
}

/** Containers whose maker had this process number. */
async function containersOf(pid: number): Promise<string[]> {
  const { engine } = await setUp(() => {})
  const all = await engine.listLabelled('arete.owner')
  return all
    .filter(
      ({ kind, labels }) => kind === 'container' && labels['arete.owner']?.split(' ')[2] === String(pid),
    )
    .map(({ id }) => id)
}

test('kill -9 of a worker: the others do its work, each verdict comes once, and nothing stays behind', async () => {
  await using scene = await openScene({ notary: 'validator', rules: RULES })
  const pack = (word: string) => knowingPack(QUICK_TASKS, { word, before: 'time.sleep(2)' })
  await using dying = startProcess(scene, '--jobs', '1')
  await until(async () => (dying.said().includes('places') ? true : undefined), 40, dying.said)
  const ids = [await scene.submit('ann', await pack('a')), await scene.submit('bob', await pack('b'))]
  const { db } = scene.database
  const begun = await until(
    async () => {
      const [row] = await db.select().from(attempts).where(isNotNull(attempts.lease))
      return row
    },
    40,
    dying.said,
  )
  await using other = startProcess(scene, '--jobs', '1')

  await until(async () => ((await containersOf(dying.pid)).length > 2 ? true : undefined), 20, dying.said)
  dying.signal('SIGKILL')
  await dying.ended
  await using third = startProcess(scene, '--jobs', '1')
  // The lease is lost after 10 s, and found to be so within 2.
  const taken = await until(
    async () => {
      const [row] = await db
        .select()
        .from(attempts)
        .where(and(eq(attempts.id, begun.id), eq(attempts.state, 'judged')))
      return row
    },
    30,
    () => `${other.said()}\n${third.said()}`,
  )
  const submissions = [await ended(scene, ids[0]!), await ended(scene, ids[1]!)]

  expect(taken.worker).not.toBe(begun.worker)
  expect(submissions.map(({ state }) => state)).toEqual(['passed', 'passed'])
  const made = await db.select().from(attempts)
  expect(made.map(({ state, verdict }) => `${state} ${verdict}`)).toEqual(Array(8).fill('judged solved'))
  const verdicts = await db.select().from(receipts).where(eq(receipts.kind, 'verdict'))
  expect(verdicts).toHaveLength(8)
  const lost = await db.select().from(faults)
  expect(lost.map(({ attempt, code }) => [attempt, code])).toEqual([[begun.id, 'lease-lost']])
  expect(await containersOf(dying.pid)).toEqual([])
  await until(async () => {
    const [row] = await db.select().from(workers).where(eq(workers.id, begun.worker!))
    return row!.state === 'gone' ? row : undefined
  }, 30)

  // Receipts can be checked by anybody, and a verdict be repeated.
  const chain = await readChain(scene)
  const { folder } = scene
  const place = path.join(folder, 'receipts')
  fs.mkdirSync(place)
  for (const receipt of chain)
    fs.writeFileSync(path.join(place, `${receipt.sequence}.json`), JSON.stringify(receipt))
  const solved = chain.find(({ body }) => body.kind === 'verdict' && body.verdict === 'solved')!
  const patch = path.join(folder, 'fix.patch')
  const digest = solved.body.kind === 'verdict' ? solved.body.patch! : ''
  fs.writeFileSync(patch, await scene.blobs.get(digest))
  const file = path.join(place, `${solved.sequence}.json`)

  const whole = await arete(['verify', place, '--json'])
  const again = await arete(['verify', file, '--again', '--patch', patch, '--json'])
  fs.writeFileSync(file, JSON.stringify({ ...solved, body: { ...solved.body, verdict: 'unsolved' } }))
  const forged = await arete(['verify', place])

  expect(whole.exitCode, whole.stderr).toBe(0)
  expect(JSON.parse(whole.stdout)).toMatchObject({ receipts: chain.length, mistakes: [] })
  expect(again.exitCode, again.stderr).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject([{ recorded: 'solved', again: 'solved' }])
  expect(forged.exitCode).toBe(1)
  expect(forged.stderr).toMatch(/digest: it is not that of its content/)
})
