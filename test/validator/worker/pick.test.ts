import { expect, test } from 'vitest'
import { Admission } from '../../../validator/queue/admission.ts'
import { workers } from '../../../validator/store/schema.ts'
import { persist } from '../../../validator/worker/persist.ts'
import { openPicker, type Picker } from '../../../validator/worker/pick.ts'
import { announce, giveSign, listOffers, type WorkerIdentity } from '../../../validator/worker/presence.ts'
import { openSteps, type Steps } from '../../support/steps.ts'
import { workerNamed } from '../../support/validator.ts'

const NEEDS = { cpus: 1, memoryMegabytes: 512, labels: [] }

async function send(steps: Steps, attempt: string, change: object = {}): Promise<void> {
  await steps.database.db.transaction(tx =>
    steps.jobs.sendAttempt(tx, {
      ...{ attempt, kind: 'whole', needs: NEEDS, priority: 0, seconds: 60, losses: 0, avoid: [] },
      ...change,
    }),
  )
}

async function pickerOf(
  steps: Steps,
  worker: WorkerIdentity,
  signal = new AbortController().signal,
): Promise<Picker> {
  const admission = new Admission(worker)
  return await openPicker({ ...steps, worker, admission, signal, say: () => {} })
}

test('a worker takes what it fits, the most urgent first, across queues', async () => {
  await using steps = await openSteps()
  await send(steps, 'low', { priority: 1 })
  await send(steps, 'high', { priority: 9, kind: 'agent' })
  await send(steps, 'gpu', { priority: 20, needs: { ...NEEDS, labels: ['gpu'] } })
  await send(steps, 'middle', { priority: 5, needs: { ...NEEDS, memoryMegabytes: 1024 } })
  await using picker = await pickerOf(steps, workerNamed('w', { cpus: 9 }))

  const taken = [await picker.next(), await picker.next(), await picker.next()]

  expect(taken.map(picked => picked!.job.attempt)).toEqual(['high', 'middle', 'low'])
})

test('what is urgent and large waits for its room, and nothing smaller slips in', async () => {
  await using steps = await openSteps()
  await using picker = await pickerOf(steps, workerNamed('w', { cpus: 2 }))
  await send(steps, 'first')
  const first = (await picker.next())!
  await send(steps, 'large', { priority: 9, needs: { ...NEEDS, cpus: 2 } })
  await send(steps, 'small')

  const next = picker.next()
  const early = await Promise.race([next, new Promise(resolve => setTimeout(resolve, 300, 'nothing'))])
  first.leave()

  expect(early).toBe('nothing')
  expect((await next)!.job.attempt).toBe('large')
})

test('nothing is taken while somebody is, or waits to be, alone', async () => {
  await using steps = await openSteps()
  await using picker = await pickerOf(steps, workerNamed('w'))
  const alone = await picker.alone()
  await send(steps, 'one')

  const next = picker.next()
  const early = await Promise.race([next, new Promise(resolve => setTimeout(resolve, 300, 'nothing'))])
  alone[Symbol.dispose]()

  expect(early).toBe('nothing')
  expect((await next)!.job.attempt).toBe('one')
})

test('who failed at a job leaves it to others, as long as there are some who could', async () => {
  await using steps = await openSteps()
  const [here, there] = [workerNamed('here'), workerNamed('there')]
  await announce(steps.database, here)
  await announce(steps.database, there)
  await using mine = await pickerOf(steps, here)
  await using theirs = await pickerOf(steps, there)
  await send(steps, 'avoided', { priority: 9, avoid: ['here'] })
  await send(steps, 'free')

  expect((await mine.next())!.job.attempt).toBe('free')
  expect((await theirs.next())!.job.attempt).toBe('avoided')

  await send(steps, 'avoided again', { avoid: ['here'] })
  await giveSign(steps.database, 'there', 'draining')
  expect((await mine.next())!.job.attempt).toBe('avoided again')
})

test('after the signal there is nothing more', async () => {
  await using steps = await openSteps()
  const abort = new AbortController()
  await using picker = await pickerOf(steps, workerNamed('w'), abort.signal)
  const next = picker.next()
  abort.abort()
  await send(steps, 'late')

  expect(await next).toBeUndefined()
})

test('workers that give no sign of life are marked, and count no more', async () => {
  await using steps = await openSteps()
  await announce(steps.database, workerNamed('silent'))
  await announce(steps.database, workerNamed('here'))
  await steps.database.pool.query(`update workers set seen = now() - interval '1 minute' where id = 'silent'`)

  expect((await listOffers(steps.database.db)).map(({ id }) => id)).toEqual(['here'])
  await giveSign(steps.database, 'here', 'working')

  const rows = await steps.database.db.select({ id: workers.id, state: workers.state }).from(workers)
  expect(new Map(rows.map(({ id, state }) => [id, state]))).toEqual(
    new Map([
      ['silent', 'gone'],
      ['here', 'working'],
    ]),
  )
})

test('what failed for a reason that passes is done again, and nothing else', async () => {
  let tries = 0
  const failing = (code: string) => async () => {
    tries += 1
    if (tries < 3) throw new Error('wrapped', { cause: Object.assign(new Error('it failed'), { code }) })
    return tries
  }

  expect(await persist(failing('40P01'))).toBe(3)
  tries = 0
  await expect(persist(failing('23505'))).rejects.toThrow('wrapped')
  expect(tries).toBe(1)
})
