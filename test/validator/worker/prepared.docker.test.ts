import { expect, test } from 'vitest'
import { setUp } from '../../../sandbox/setup.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { storeTask } from '../../../validator/draws/task-packs.ts'
import { openBlobs } from '../../../validator/store/blobs.ts'
import { tasks } from '../../../validator/store/schema.ts'
import { openLeavings } from '../../../validator/worker/leavings.ts'
import { openPrepared } from '../../../validator/worker/prepared.ts'
import { freshDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'
import { QUICK_TASKS, until } from '../../support/validator.ts'

test('tasks are kept ready for the next job, few of them, and what is let go is held no more', async () => {
  await using database = await freshDatabase()
  const blobs = await openBlobs({ kind: 'disk', folder: makeFolder({}) })
  for (const folder of QUICK_TASKS.slice(0, 2))
    await storeTask(database.db, blobs, loadHarborTask(folder, {}))
  const [one, two] = (await database.db.select().from(tasks)) as [
    typeof tasks.$inferSelect,
    typeof tasks.$inferSelect,
  ]
  const surroundings = await setUp(() => {})
  const holds = async (number: number): Promise<number> =>
    (await surroundings.engine.listLabelled(`arete.run=${run}-t${number}`)).length
  const run = `test-${process.pid}`
  const prepared = openPrepared(
    { surroundings, blobs, leavings: openLeavings(surroundings), mostIdle: 1 },
    run,
  )

  const first = await prepared.use(one)
  const again = await prepared.use(one)
  expect(again.prepared).toBe(first.prepared)
  first[Symbol.dispose]()
  again[Symbol.dispose]()
  expect(await holds(1)).toBeGreaterThan(0)
  const second = await prepared.use(two)
  second[Symbol.dispose]()

  await until(async () => ((await holds(1)) === 0 ? true : undefined), 20)
  expect(await holds(3)).toBeGreaterThan(0)
  expect((await prepared.use(one)).prepared).not.toBe(first.prepared)
  await prepared[Symbol.asyncDispose]()
  expect((await holds(3)) + (await holds(4))).toBe(0)
})
