import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cancel } from '../../validator/advance.ts'
import { listStranded, steer } from '../../validator/stages/steer.ts'
import { readEvents } from '../../validator/store/events.ts'
import { attempts, faults, receipts, submissions, workers } from '../../validator/store/schema.ts'
import { saveFault } from '../../validator/worker/fault.ts'
import { giveBack } from '../../validator/worker/result.ts'
import { openSteps, type Steps } from '../support/steps.ts'
import { until } from '../support/validator.ts'

const RULES = { screen: { tasks: 2, share: 1 }, full: { share: 0.5, scored: true } }
const HARNESS = {
  kind: 'harness',
  code: 'engine-failed',
  message: 'it went away',
  evidence: { exit: 137 },
} as const
const TASK = { kind: 'task', code: 'image-missing', message: 'there is no image', evidence: {} } as const

/** Judges what comes for a submission until nothing is left, by its verdicts in turn. */
async function play(steps: Steps, id: string, verdicts: readonly ('solved' | 'unsolved')[]): Promise<void> {
  await steps.advance(id)
  for (const verdict of verdicts) {
    const claimed = await steps.take()
    if (claimed === undefined) return
    await steps.judge(claimed, verdict)
    await steps.advance(id)
  }
}

test('a good agent goes through all stages, and the cheaper ones are not done again', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('good')

  await play(steps, 'good', ['unsolved', 'solved', 'solved', 'solved', 'unsolved'])

  expect(await steps.stateOf('good')).toBe('passed full')
  expect(await steps.attemptsOf('good')).toEqual([
    'full judged solved',
    'full judged unsolved',
    'screen judged solved',
    'screen judged solved',
    'smoke judged unsolved',
  ])
})

test('a stage that is decided is not gone on with: what waits is withdrawn', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('bad')

  await play(steps, 'bad', ['solved', 'unsolved'])

  expect(await steps.stateOf('bad')).toBe('failed screen')
  expect(await steps.attemptsOf('bad')).toEqual([
    'screen judged unsolved',
    'screen skipped',
    'smoke judged solved',
  ])
  expect(await steps.take()).toBeUndefined()
  const [row] = await steps.database.db.select().from(submissions)
  expect(row!.reasons).toEqual([
    {
      code: 'screen-failed',
      message: '100 % must be solved in the stage "screen", and at most 50 % can be',
    },
  ])
  const told = await readEvents(steps.database.db, { after: 0, submission: 'bad' })
  expect(told.map(({ kind }) => kind)).toContain('skipped')
})

test('an agent that does not run is refused at once', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('broken')
  await steps.advance('broken')

  await steps.judge((await steps.take())!, 'unsolved', 'agent-crashed')
  await steps.advance('broken')

  expect(await steps.stateOf('broken')).toBe('refused smoke')
})

test('doing it once too often changes nothing', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('good')
  for (let index = 0; index < 3; index++) await steps.advance('good')
  await steps.judge((await steps.take())!, 'solved')
  await Promise.all([1, 2, 3].map(() => steps.advance('good')))

  expect(await steps.attemptsOf('good')).toEqual(['screen planned', 'screen planned', 'smoke judged solved'])
  expect((await steps.jobs.waiting()).map(({ count }) => count)).toEqual([2])
})

test('one at a time of a cluster, in the order of their places', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('later', { cluster: 'c', block: 702 })
  await steps.enter('first', { cluster: 'c', block: 701 })
  await steps.enter('other', { block: 703 })

  for (const id of ['later', 'other', 'first']) await steps.advance(id)

  expect(await steps.stateOf('first')).toBe('working smoke')
  expect(await steps.stateOf('later')).toBe('queued smoke')
  expect(await steps.stateOf('other')).toBe('working smoke')
  await steps.judge((await steps.take())!, 'unsolved', 'agent-crashed')
  await steps.advance('first')
  await steps.advance('later')
  expect(await steps.stateOf('first')).toBe('refused smoke')
  expect(await steps.stateOf('later')).toBe('working smoke')
})

test('a harness fault is tried twice more, with evidence; then the attempt is void, and others are judged', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('unlucky', { block: 701 })
  await steps.enter('other', { block: 702 })
  await steps.advance('unlucky')
  await steps.advance('other')

  const tried: (readonly string[])[] = []
  for (const worker of ['w1', 'w2', 'w3']) {
    const claimed = (await steps.take(worker))!
    expect(claimed.submission.id).toBe('unlucky')
    tried.push(claimed.job.avoid)
    expect((await saveFault(steps.desk(worker), claimed, HARNESS)).kept).toBe(true)
  }
  await steps.advance('unlucky')

  expect(tried).toEqual([[], ['w1'], ['w1', 'w2']])
  expect(await steps.stateOf('unlucky')).toBe('voided smoke')
  const rows = await steps.database.db.select().from(faults)
  expect(rows.map(({ worker, code, evidence }) => [worker, code, evidence.exit])).toEqual([
    ['w1', 'engine-failed', 137],
    ['w2', 'engine-failed', 137],
    ['w3', 'engine-failed', 137],
  ])
  expect((await steps.take())!.submission.id).toBe('other')
})

test('a task that cannot be used is void for everybody alike, also for who was judged on it and who comes later', async () => {
  await using steps = await openSteps({ rules: { screen: { tasks: 0 }, full: { share: 0, scored: true } } })
  for (const [index, id] of ['one', 'two', 'late'].entries()) await steps.enter(id, { block: 700 + index })
  for (const id of ['one', 'two']) {
    await steps.advance(id)
    await steps.judge((await steps.take())!, 'solved')
    await steps.advance(id)
  }
  const judged = (await steps.take())!
  await steps.judge(judged, 'solved')
  const task = judged.task.digest
  let other = (await steps.take())!
  while (other.task.digest !== task || other.submission.id === judged.submission.id) {
    await steps.judge(other, 'solved')
    other = (await steps.take())!
  }

  const { alarms } = await saveFault(steps.desk(), other, TASK)
  await steps.advance('late')
  await steps.judge((await steps.take())!, 'solved')
  await steps.advance('late')

  const rows = await steps.database.db.select().from(attempts).where(eq(attempts.task, task))
  expect(rows.map(({ state, reason, verdict }) => [state, reason, verdict])).toEqual(
    Array(3).fill(['voided', 'void-task', null]),
  )
  expect(alarms).toHaveLength(1)
  const told = await readEvents(steps.database.db, { after: 0 })
  expect(told.filter(({ kind }) => kind === 'alarm')).toHaveLength(1)
  const voids = await steps.database.db.select().from(receipts).where(eq(receipts.kind, 'void'))
  expect(voids).toHaveLength(2)
})

test('a submission that always ends in faults is given up, and blocks nobody', async () => {
  await using steps = await openSteps({ rules: { screen: { tasks: 0 }, full: { share: 0, scored: true } } })
  await steps.enter('poison', { block: 600 })
  await steps.enter('other', { block: 700 })
  for (const id of ['poison', 'other']) await steps.advance(id)
  const doneBy: string[] = []
  for (let turn = 0; turn < 40; turn++) {
    const claimed = await steps.take()
    if (claimed === undefined) break
    const { id } = claimed.submission
    doneBy.push(id)
    if (id === 'poison' && claimed.attempt.stage !== 'smoke') await saveFault(steps.desk(), claimed, HARNESS)
    else await steps.judge(claimed, 'solved')
    await steps.advance(id)
  }

  expect(await steps.stateOf('poison')).toBe('voided full')
  expect(await steps.stateOf('other')).toBe('passed full')
  expect(doneBy.filter(id => id === 'poison').length).toBeLessThanOrEqual(1 + 3 * 3 + 3)
})

test('late results of a lost lease change nothing, and the loss is written down', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('one')
  await steps.advance('one')
  const stale = (await steps.take('dead'))!
  // What pg-boss does when a lease runs out.
  await steps.database.pool.query(
    `update pgboss.job set state = 'retry', retry_count = 1 where state = 'active' and id = $1`,
    [stale.job.id],
  )
  const fresh = (await steps.take('alive'))!

  expect(await steps.judge(stale, 'solved')).toBe(false)
  expect(await giveBack(steps.desk('dead'), stale)).toBe(false)
  expect((await saveFault(steps.desk('dead'), stale, HARNESS)).kept).toBe(false)
  expect(await steps.attemptsOf('one')).toEqual(['smoke working'])
  expect(await steps.judge(fresh, 'unsolved')).toBe(true)
  expect(await steps.attemptsOf('one')).toEqual(['smoke judged unsolved'])
  const rows = await steps.database.db.select().from(faults)
  expect(rows.map(({ worker, code }) => [worker, code])).toEqual([['dead', 'lease-lost']])
})

test('what is handed back is as if it had not been taken', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('one')
  await steps.advance('one')
  for (let turn = 0; turn < 5; turn++) {
    const claimed = (await steps.take())!
    expect(claimed.job.losses).toBe(0)
    expect(await giveBack(steps.desk(), claimed)).toBe(true)
    expect(await steps.attemptsOf('one')).toEqual(['smoke planned'])
  }
  expect(await steps.database.db.select().from(faults)).toEqual([])
})

test('a cancelled submission leaves nothing waiting, and results that come after it count nothing', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('one', { cluster: 'c' })
  await steps.enter('next', { cluster: 'c', block: 800 })
  await steps.advance('one')
  const claimed = (await steps.take())!

  const done = await steps.database.db.transaction(tx =>
    cancel(tx, steps.jobs, 'one', { code: 'withdrawn', message: 'The miner took it back' }),
  )
  await steps.advance('next')

  expect(done).toBe(true)
  expect(await steps.judge(claimed, 'solved')).toBe(false)
  expect(await steps.stateOf('one')).toBe('cancelled smoke')
  expect(await steps.stateOf('next')).toBe('working smoke')
})

test('jobs that somebody threw away are sent again when the steps begin, and nothing twice', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('one')
  await steps.enter('two')
  await steps.enter('new')
  await steps.advance('one')
  await steps.advance('two')
  await steps.database.pool.query(
    `delete from pgboss.job where singleton_key in (select id from attempts where submission = 'one')`,
  )

  await steer({ ...steps, advance: steps.context })
  await until(async () => ((await steps.stateOf('new')) === 'working smoke' ? true : undefined))

  const served = [await steps.take(), await steps.take(), await steps.take(), await steps.take()]
  expect(served.map(claimed => claimed?.submission.id).sort()).toEqual(['new', 'one', 'two', undefined])
})

test('what no live worker can do is seen', async () => {
  await using steps = await openSteps({ rules: RULES })
  await steps.enter('one')
  await steps.advance('one')
  const context = { database: steps.database, jobs: steps.jobs }

  const alone = await listStranded(context)
  await steps.database.db.insert(workers).values({
    ...{ id: 'w', host: 'h', engine: 'runc', cpus: 4, memoryMegabytes: 4096, labels: [], version: '1' },
    ...{ phases: ['agent', 'verify'], state: 'working' },
  })

  expect(alone).toEqual([
    {
      ...{ queue: 'whole.1.512.any.any', count: 1, kind: 'whole' },
      needs: { cpus: 1, memoryMegabytes: 512, labels: [] },
    },
  ])
  expect(await listStranded(context)).toEqual([])
})

test('the real queue gives jobs out by the order of the pure one', async () => {
  await using steps = await openSteps({ rules: RULES })
  const places = fc.sample(fc.record({ block: fc.integer({ min: 600, max: 900 }), index: fc.nat(20) }), {
    numRuns: 25,
    seed: 5,
  })
  for (const [number, place] of places.entries()) {
    await steps.enter(`s${number}`, place)
    await steps.advance(`s${number}`)
  }

  const served: { block: number; index: number }[] = []
  for (let claimed = await steps.take(); claimed !== undefined; claimed = await steps.take())
    served.push({ block: claimed.submission.block, index: claimed.submission.index })

  expect(served).toHaveLength(25)
  expect(served).toEqual(served.toSorted((one, other) => one.block - other.block || one.index - other.index))
})
