import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { holding } from '../sandbox/hold.ts'
import { reap } from '../sandbox/reaper.ts'
import type { Surroundings } from '../sandbox/setup.ts'
import { reapTemporary } from '../sandbox/temporary.ts'
import { forgetKeys } from './models/forget-keys.ts'
import { Admission } from './queue/admission.ts'
import type { Alarm } from './queue/faults.ts'
import { openJobs } from './stages/jobs.ts'
import type { Blobs } from './store/blobs.ts'
import type { Database } from './store/database.ts'
import { openAgents } from './worker/agents.ts'
import { openHealth } from './worker/health.ts'
import { inTime, openLeavings, removeWorker } from './worker/leavings.ts'
import type { WorkerModels } from './worker/models.ts'
import { outlast } from './worker/outlast.ts'
import { openPicker } from './worker/pick.ts'
import { runPlace } from './worker/place.ts'
import { openPrepared } from './worker/prepared.ts'
import { announce, giveSign, leave, SIGN_SECONDS, type WorkerIdentity } from './worker/presence.ts'
import { MOST_VOIDED } from './worker/void.ts'
import { openWatch } from './worker/watch.ts'

export interface WorkOptions {
  readonly database: Database
  readonly blobs: Blobs
  readonly surroundings: Surroundings
  readonly worker: WorkerIdentity
  /** Attempts at the same time, as far as memory reaches; as many as fit by their needs if undefined. */
  readonly jobs?: number | undefined
  /** Nothing new is begun after it; what is under way may end within `graceSeconds`, and is handed back then. */
  readonly signal: AbortSignal
  /** What is under way is handed back at once. */
  readonly force?: AbortSignal
  readonly graceSeconds?: number
  /** An engine that has not answered for so long hangs, and what is under way on it is handed back; 30 if not said. */
  readonly hangSeconds?: number
  /** Language models that agents may ask; none if absent. */
  readonly models?: WorkerModels | undefined
  /** A line for a person or a log. */
  readonly say?: (message: string) => void
  /** Share of void attempts in an environment above which there is an alarm. */
  readonly mostVoided?: number
  /** For metrics; the alarm itself is an event in the store. */
  readonly onAlarm?: (alarm: Alarm) => void
}

const GRACE_SECONDS = 60
const HANG_SECONDS = 30
const SWEEP_SECONDS = 60
const HOLD_SECONDS = 24 * 3600

/**
 * A worker's life: takes the most urgent job that it can do, makes the attempt, keeps the result, until the signal. Whatever happens
 * to it meanwhile, nothing is lost: what it held is given to others, and what it left on the engine goes with the next sweep.
 */
export async function work(options: WorkOptions): Promise<void> {
  const { database, blobs, surroundings, worker, say = () => {} } = options
  const drained = new AbortController()
  const signal = AbortSignal.any([options.signal, drained.signal])
  const run = randomBytes(6).toString('hex')
  const answers = (): Promise<boolean> =>
    surroundings.engine.about().then(
      () => true,
      () => false,
    )
  const leavings = openLeavings(surroundings)
  const sweep = async (): Promise<void> => {
    await leavings.again()
    const forgotten = await forgetKeys({ database, blobs })
    if (forgotten > 0) say(`forgot ${forgotten} keys of miners`)
    const removed = await reap(surroundings.engine, Date.now())
    if (removed.length > 0) say(`swept ${removed.length} things that dead processes left on the engine`)
  }
  reapTemporary()
  let held = await outlast(
    async () => {
      await sweep()
      return await holding(surroundings, `${run}-${randomBytes(3).toString('hex')}`)
    },
    { signal, say },
  )
  await using _ = {
    async [Symbol.asyncDispose]() {
      try {
        await inTime(removeWorker(surroundings, run, held), 30)
      } catch (error) {
        say(`Left things on the engine, which go with the next sweep: ${(error as Error).message}`)
      }
    },
  }
  await using jobs = await openJobs(database, say)
  await using prepared = openPrepared({ surroundings, blobs, leavings }, run)
  await announce(database, worker)
  const places = options.jobs ?? Math.max(1, worker.cpus)
  const runs = Array.from({ length: places }, (_, index) => `${run}-p${index}`)
  const admission = new Admission({
    cpus: options.jobs === undefined ? worker.cpus : Number.POSITIVE_INFINITY,
    memoryMegabytes: worker.memoryMegabytes,
  })
  const ending = new AbortController()
  const tick = (seconds: number, act: () => Promise<unknown>): Disposable => {
    const timer = setInterval(
      () => void act().catch(error => say(`failed: ${error.message}`)),
      seconds * 1000,
    )
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }
  using watch = openWatch(answers, options.hangSeconds ?? HANG_SECONDS)
  using _sign = tick(SIGN_SECONDS, async () => {
    const state = await giveSign(database, worker.id, signal.aborted ? 'draining' : 'working')
    if (state === 'draining') drained.abort()
  })
  using _sweep = tick(SWEEP_SECONDS, sweep)
  // A hold lasts a week, and a worker longer.
  using _hold = tick(HOLD_SECONDS, async () => {
    const before = held
    held = await holding(surroundings, `${run}-${Date.now()}`)
    await before[Symbol.asyncDispose]()
  })
  const picker = await openPicker({ database, jobs, worker, admission, signal, say })
  const stop = (): void => ending.abort()
  options.force?.addEventListener('abort', stop, { once: true })
  if (options.force?.aborted) stop()
  let grace: NodeJS.Timeout | undefined
  const drain = (): void => {
    say('takes nothing new')
    grace = setTimeout(stop, (options.graceSeconds ?? GRACE_SECONDS) * 1000)
    void giveSign(database, worker.id, 'draining').catch(() => {})
  }
  signal.addEventListener('abort', drain, { once: true })
  say(
    `${worker.id}: ${places} places, ${worker.cpus} cpus, ${worker.memoryMegabytes} MB, ${worker.phases.join(' and ')}`,
  )
  try {
    const desk = { database, blobs, jobs, worker: worker.id, mostVoided: options.mostVoided ?? MOST_VOIDED }
    const context = {
      ...{
        desk,
        picker,
        prepared,
        surroundings,
        leavings,
        watch,
        say,
        phases: worker.phases,
        agents: openAgents(blobs),
        models: options.models,
      },
      health: openHealth({ answers, signal, say }),
      onAlarm: options.onAlarm ?? (() => {}),
    }
    await Promise.all(runs.map(own => runPlace(context, { run: own, ending: ending.signal })))
  } finally {
    clearTimeout(grace)
    signal.removeEventListener('abort', drain)
    options.force?.removeEventListener('abort', stop)
    await picker[Symbol.asyncDispose]()
    if (ending.signal.aborted) {
      // What was stopped in the middle may have been starting something.
      await sleep(500)
    }
    await leave(database, worker.id).catch(() => {})
    say('has left')
  }
}
