import { expect, test } from 'vitest'
import { SandboxError } from '../../../sandbox/errors.ts'
import type { Surroundings } from '../../../sandbox/setup.ts'
import { Admission } from '../../../validator/queue/admission.ts'
import { attempts, faults } from '../../../validator/store/schema.ts'
import { openHealth, restSeconds } from '../../../validator/worker/health.ts'
import { openLeavings } from '../../../validator/worker/leavings.ts'
import { openPicker } from '../../../validator/worker/pick.ts'
import { runPlace } from '../../../validator/worker/place.ts'
import type { PreparedTasks } from '../../../validator/worker/prepared.ts'
import { openWatch } from '../../../validator/worker/watch.ts'
import { openSteps } from '../../support/steps.ts'
import { until, workerNamed } from '../../support/validator.ts'

test('faults in a row make a worker rest longer and longer, and one that worked ends that', async () => {
  expect([1, 2, 3, 4, 99].map(restSeconds)).toEqual([0, 2, 4, 8, 300])
  const lines: string[] = []
  const abort = new AbortController()
  const health = openHealth({
    answers: async () => true,
    signal: abort.signal,
    say: line => void lines.push(line),
  })
  health.faulted()
  await health.recovered()
  health.faulted()
  health.worked()
  await health.recovered()
  expect(lines).toEqual([])

  for (let index = 0; index < 20; index++) health.faulted()
  const rest = health.recovered()
  await until(async () => lines[0])
  abort.abort()
  await rest

  expect(lines).toEqual(['rests for 300 s after 20 faults in a row'])
})

test('a worker without its engine gives back what it took, blames no attempt, and waits', async () => {
  await using steps = await openSteps()
  await steps.enter('one')
  await steps.advance('one')
  const gone = () => Promise.reject(new SandboxError('engine-missing', 'the engine is gone'))
  const engine = { about: gone, open: gone, openStopped: gone, listLabelled: gone }
  const surroundings = {
    engine,
    about: { version: '1', cpus: 2 },
    runtimeVolume: 'r',
  } as unknown as Surroundings
  const abort = new AbortController()
  const lines: string[] = []
  const say = (line: string): void => void lines.push(line)
  const worker = workerNamed('w')
  const admission = new Admission(worker)
  const picker = await openPicker({ ...steps, worker, admission, signal: abort.signal, say })

  const place = runPlace(
    {
      ...{ desk: steps.desk('w'), picker, surroundings, say, phases: worker.phases, onAlarm: () => {} },
      prepared: {} as PreparedTasks,
      agents: async () => ({ reasons: [] }),
      leavings: openLeavings(surroundings),
      watch: openWatch(async () => true, 30),
      health: openHealth({ answers: () => gone().catch(() => false), signal: abort.signal, say }),
    },
    { run: 'test', ending: abort.signal },
  )
  await until(async () => (lines.includes('waits for its container engine') ? true : undefined), 10)
  abort.abort()
  await place
  await picker[Symbol.asyncDispose]()

  expect((await steps.jobs.waiting()).map(({ count }) => count)).toEqual([1])
  expect(await steps.database.db.select().from(faults)).toEqual([])
  const [row] = await steps.database.db.select().from(attempts)
  expect([row!.state, row!.faults]).toEqual(['planned', 0])
  expect((await steps.take())!.job.losses).toBe(0)
})
