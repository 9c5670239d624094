import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { handOver, openHandover } from '../../../validator/stages/handover.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { openSteps, type Steps } from '../../support/steps.ts'

let steps: Steps
beforeAll(async () => {
  steps = await openSteps()
}, 30_000)
afterAll(() => steps[Symbol.asyncDispose]())
beforeEach(() => steps.database.db.update(submissions).set({ sent: true }))

/** Submissions that a step is asked for, sorted. */
async function listSteps(): Promise<string[]> {
  const { rows } = await steps.database.pool.query(
    `select data ->> 'submission' as id from pgboss.job where name = 'advance' order by 1`,
  )
  return rows.map(({ id }) => id)
}

test('each submission is handed over once, however many processes hand over', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `s${10 + index}`)
  for (const id of ids) await steps.enter(id)

  const counts = await Promise.all(Array.from({ length: 5 }, () => handOver(steps)))

  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
  expect(await handOver(steps)).toBe(0)
  expect(await listSteps()).toEqual(ids)
})

test('what a process stored before it was killed is handed over by another one', async () => {
  await steps.enter('left-behind')
  const before = await listSteps()
  await using _ = openHandover(steps, () => {})

  await expect.poll(listSteps, { timeout: 10_000 }).toEqual([...before, 'left-behind'].toSorted())
})

test('what cannot be handed over now is handed over later, once', async () => {
  const errors: unknown[] = []
  let isBroken = true
  const jobs = {
    sendAdvances: async (...all: Parameters<Steps['jobs']['sendAdvances']>) => {
      await steps.jobs.sendAdvances(...all)
      if (isBroken) throw new Error('torn')
    },
  }
  const before = await listSteps()
  await using handover = openHandover({ database: steps.database, jobs }, error => {
    errors.push(error)
    isBroken = false
  })
  await steps.enter('torn')
  handover.ring()

  await expect.poll(listSteps, { timeout: 10_000 }).toEqual([...before, 'torn'].toSorted())
  expect(errors).toHaveLength(1)
  const [row] = await steps.database.db.select().from(submissions).where(eq(submissions.id, 'torn'))
  expect(row!.sent).toBe(true)
  expect(await steps.database.db.$count(submissions, sql`not sent`)).toBe(0)
})
