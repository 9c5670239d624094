import { expect, test } from 'vitest'
import { openJobs } from '../../../validator/stages/jobs.ts'
import { freshDatabase } from '../../support/database.ts'

test('many steps that wait are taken in one go; a submission that is told of often is looked at once, one that fails alone comes again', async () => {
  await using database = await freshDatabase()
  await using jobs = await openJobs(database)
  const names = Array.from({ length: 90 }, (_, index) => `s${index % 30}`)
  await database.db.transaction(tx => jobs.sendAdvances(tx, names))
  const seen: string[] = []
  let isBroken = true

  await jobs.onAdvance(async submission => {
    seen.push(submission)
    if (submission === 's7' && isBroken) throw new Error('not yet')
  })

  const left = () => countOpen(database)
  await expect.poll(left, { timeout: 20_000 }).toBeLessThan(4)
  const taken = seen.length
  expect(new Set(seen).size).toBe(30)
  // Three batches at most tell of each; one after the other they would be ninety.
  expect(taken).toBeLessThan(90)
  isBroken = false
  await expect.poll(left, { timeout: 30_000 }).toBe(0)
  expect(seen.filter(name => name === 's7').length).toBeGreaterThan(1)
})

async function countOpen({ pool }: Awaited<ReturnType<typeof freshDatabase>>): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::int as open from pgboss.job where name = 'advance' and state < 'completed'`,
  )
  return rows[0].open
}
