import { expect, test } from 'vitest'
import { LEASE_SECONDS } from '../../../validator/stages/jobs.ts'
import { steer } from '../../../validator/stages/steer.ts'
import { attempts, faults } from '../../../validator/store/schema.ts'
import type { Claim } from '../../../validator/worker/claim.ts'
import { openSteps, type Steps } from '../../support/steps.ts'
import { until } from '../../support/validator.ts'

/** As if a worker had given no sign of life for longer than its lease lasts. */
async function silence({ database }: Steps): Promise<void> {
  await database.pool.query(
    `update pgboss.job set heartbeat_on = now() - make_interval(secs => $1) where state = 'active' and name like 'whole.%'`,
    [LEASE_SECONDS + 1],
  )
}

test('a lease without a sign of life is given to the next; the third that is lost makes the attempt void', async () => {
  await using steps = await openSteps()
  await steer({ ...steps, advance: steps.context })
  await steps.enter('poison', { block: 600 })
  await steps.enter('other', { block: 700 })
  await steps.advance('poison')
  const losses: number[] = []
  const held: Claim[] = []
  for (const worker of ['w1', 'w2', 'w3']) {
    const claimed = await until(() => steps.take(worker), 15)
    expect(claimed.submission.id).toBe('poison')
    losses.push(claimed.job.losses)
    expect(await steps.jobs.touch(claimed.job)).toBe(true)
    await silence(steps)
    held.push(claimed)
  }

  await until(async () => ((await steps.stateOf('poison')) === 'voided smoke' ? true : undefined), 15)

  expect(losses).toEqual([0, 1, 2])
  for (const { job } of held) expect(await steps.jobs.touch(job)).toBe(false)
  const rows = await steps.database.db.select().from(faults)
  expect(rows.map(({ worker, code }) => `${worker} ${code}`)).toEqual(
    ['w1', 'w2', 'w3'].map(worker => `${worker} lease-lost`),
  )
  const made = await steps.database.db.select().from(attempts)
  expect(made.find(({ submission }) => submission === 'poison')).toMatchObject({
    state: 'voided',
    lease: null,
  })
  await steps.advance('other')
  expect((await until(() => steps.take('w4'), 15)).submission.id).toBe('other')
})

test('signs of life keep a lease, and a handed-back job keeps its losses', async () => {
  await using steps = await openSteps()
  await steps.enter('one')
  await steps.advance('one')
  const first = (await steps.take('w1'))!
  await silence(steps)
  expect(await steps.jobs.touch(first.job)).toBe(true)
  await new Promise(resolve => setTimeout(resolve, 2500))
  expect(await steps.jobs.touch(first.job)).toBe(true)

  await silence(steps)
  const second = await until(() => steps.take('w2'), 15)
  await steps.database.db.transaction(async tx => {
    await steps.jobs.finish(tx, second.job)
    await steps.jobs.sendAttempt(tx, second.job)
  })
  await steps.database.db.update(attempts).set({ state: 'planned', lease: null })
  const third = (await steps.take('w3'))!

  expect([second.job.losses, third.job.losses]).toEqual([1, 1])
})
