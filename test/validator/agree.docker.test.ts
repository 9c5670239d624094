import { asc } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { attempts, draws } from '../../validator/store/schema.ts'
import { temporaryFolder } from '../support/surroundings.ts'
import {
  ended,
  knowingPack,
  openScene,
  QUICK_TASKS,
  type Scene,
  startWorker,
  until,
  workerNamed,
} from '../support/validator.ts'

const RULES = { screen: { tasks: 0 }, full: { share: 0, scored: true } }
/** Two agents, of which each knows other tasks. */
const KNOWN = { ann: QUICK_TASKS.slice(0, 2), bob: QUICK_TASKS.slice(1, 4) }

async function judgeAll(scene: Scene): Promise<void> {
  const ids: string[] = []
  for (const [miner, known] of Object.entries(KNOWN))
    ids.push(await scene.submit(miner, await knowingPack(known, { word: miner, before: 'time.sleep(0.5)' })))
  await Promise.all(ids.map(id => ended(scene, id)))
}

/** What was drawn, and what became of it, without anything that only names of machines and hours tell apart. */
async function verdictsOf({ database: { db } }: Scene) {
  const drawn = await db.select().from(draws).orderBy(asc(draws.id))
  const made = await db.select().from(attempts)
  return {
    tasks: drawn.map(({ tasks, window, purpose }) => ({ tasks, window, purpose })),
    verdicts: made
      .map(({ stage, place, task, state, verdict, reason }) =>
        [stage, place, task, state, verdict, reason].join(' '),
      )
      .sort(),
  }
}

test('two validators with the same draw say the same, however many work for them, and whoever joins in the middle', {
  timeout: 240_000,
}, async () => {
  const draw = { data: temporaryFolder(), count: 4, confirmation: 0 }
  await using one = await openScene({ rules: RULES, draw })
  await using other = await openScene({ rules: RULES, draw })
  {
    await using _ = await startWorker(one, workerNamed('alone'))
    await judgeAll(one)
  }
  {
    await using _ = await startWorker(other, workerNamed('first', { cpus: 1 }))
    await using __ = await startWorker(other, workerNamed('second', { cpus: 1 }))
    const judging = judgeAll(other)
    const { db } = other.database
    await until(async () =>
      (await db.select().from(attempts)).some(({ state }) => state === 'judged') ? true : undefined,
    )
    await using ___ = await startWorker(other, workerNamed('third', { cpus: 1 }))
    await judging
  }

  const [here, there] = [await verdictsOf(one), await verdictsOf(other)]
  expect(here.verdicts).toHaveLength(10)
  expect(there).toEqual(here)
})
