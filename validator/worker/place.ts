import { removeRun } from '../../sandbox/reaper.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import type { Alarm } from '../queue/faults.ts'
import type { WorkerPhase } from '../queue/needs.ts'
import type { Agents } from './agents.ts'
import { describe, makeAttempt } from './attempt.ts'
import { type Claim, claim } from './claim.ts'
import { saveFault } from './fault.ts'
import type { Picked, Picker } from './pick.ts'
import type { PreparedTasks } from './prepared.ts'
import { type Desk, giveBack } from './result.ts'

export interface PlaceContext {
  readonly desk: Desk
  readonly picker: Picker
  readonly prepared: PreparedTasks
  readonly agents: Agents
  readonly surroundings: Surroundings
  readonly phases: readonly WorkerPhase[]
  readonly onAlarm: (alarm: Alarm) => void
  readonly say: (message: string) => void
}

/** A third of the time after which a lease without a sign of life is lost. */
const TOUCH_SECONDS = 3

/** One of the places of a worker: attempt after attempt in the same slot, until the picker gives nothing more. */
export async function runPlace(
  context: PlaceContext,
  { run, ending }: { readonly run: string; readonly ending: AbortSignal },
): Promise<void> {
  const { surroundings, picker } = context
  let slot: Slot | undefined
  try {
    for (let picked = await picker.next(); picked !== undefined; picked = await picker.next()) {
      slot ??= await openSlot(surroundings, run)
      const wasStopped = await runJob(context, picked, { slot, run, ending })
      if (!wasStopped) continue
      // What was stopped in the middle may still be making sandboxes: these go with the slot.
      const old = slot
      slot = undefined
      await removeRun(surroundings.engine, run)
      await old[Symbol.asyncDispose]()
    }
  } finally {
    await slot?.[Symbol.asyncDispose]()
  }
}

async function openSlot(surroundings: Surroundings, run: string): Promise<Slot> {
  const slot = new Slot({ ...surroundings, run })
  await slot.hold()
  return slot
}

/** @returns whether the work was stopped in the middle */
async function runJob(
  context: PlaceContext,
  { job, leave }: Picked,
  place: { readonly slot: Slot; readonly run: string; readonly ending: AbortSignal },
): Promise<boolean> {
  const { desk, say } = context
  const lost = new AbortController()
  const touch = setInterval(() => {
    desk.jobs.touch(job).then(
      isOurs => isOurs || lost.abort(),
      // Whether it is lost is for the database to say, once it answers.
      () => {},
    )
  }, TOUCH_SECONDS * 1000)
  try {
    const claimed = await claim(desk.database, desk.jobs, job, desk.worker)
    if (claimed === undefined) return false
    say(`${claimed.task.name} for ${claimed.submission.id}: begun (${job.kind}, ${claimed.attempt.stage})`)
    const stopped = AbortSignal.any([lost.signal, place.ending])
    const outcome = await untilStopped(attempt(context, claimed, { ...place, leave, stopped }), stopped)
    if (outcome !== 'stopped') return false
    await removeRun(context.surroundings.engine, place.run)
    if (lost.signal.aborted)
      say(`${claimed.task.name} for ${claimed.submission.id}: the lease was lost; nothing is kept`)
    else if (await giveBack(desk, claimed))
      say(`${claimed.task.name} for ${claimed.submission.id}: handed back`)
    return true
  } catch (error) {
    // The database does not answer, or a bug: the lease runs out, and somebody takes the attempt over.
    say(`A job failed (${job.attempt}): ${(error as Error).message}`)
    return false
  } finally {
    clearInterval(touch)
    leave()
  }
}

/** Makes an attempt and keeps what came of it, or the fault that it ended with. */
async function attempt(
  context: PlaceContext,
  claimed: Claim,
  place: {
    readonly slot: Slot
    readonly run: string
    readonly stopped: AbortSignal
    readonly leave: () => void
  },
): Promise<void> {
  const { desk, picker, surroundings, say } = context
  const name = `${claimed.task.name} for ${claimed.submission.id}`
  const tellLost = (kept: unknown): void => {
    if (kept === undefined || kept === false) say(`${name}: the lease was lost; nothing is kept`)
  }
  try {
    using ready = await context.prepared.use(claimed.task)
    if (place.stopped.aborted) return
    place.slot.keepOnly(new Set([ready.prepared]))
    const kept = await makeAttempt(desk, claimed, ready.prepared, {
      ...{
        surroundings,
        slot: place.slot,
        run: place.run,
        phases: context.phases,
        loadAgent: context.agents,
      },
      isBusy: picker.isBusy,
      alone: () => {
        place.leave()
        return picker.alone()
      },
      onPhase: () => {},
    })
    if (kept !== undefined) say(`${name}: ${kept}`)
    tellLost(kept)
  } catch (error) {
    // Its sandboxes were taken away.
    if (place.stopped.aborted) return
    const fault = await describe(error, surroundings)
    say(`${name}: ${fault.kind} fault ${fault.code}: ${fault.message.split('\n')[0]}`)
    const { kept, alarms } = await saveFault(desk, claimed, fault)
    tellLost(kept)
    for (const alarm of alarms) context.onAlarm(alarm)
  }
}

async function untilStopped(work: Promise<void>, signal: AbortSignal): Promise<'done' | 'stopped'> {
  if (signal.aborted) {
    work.catch(() => {})
    return 'stopped'
  }
  let stop = (): void => {}
  const stopped = new Promise<'stopped'>(resolve => {
    stop = () => resolve('stopped')
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work.then(() => 'done' as const), stopped])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
