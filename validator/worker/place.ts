import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import type { Alarm } from '../queue/faults.ts'
import type { WorkerPhase } from '../queue/needs.ts'
import type { Agents } from './agents.ts'
import { describe, isEngineAway, isOutage, makeAttempt } from './attempt.ts'
import { type Claim, claim } from './claim.ts'
import { goneOf, hangOf, saveFault } from './fault.ts'
import type { Health } from './health.ts'
import { inTime, type Leavings } from './leavings.ts'
import type { WorkerModels } from './models.ts'
import type { Picked, Picker } from './pick.ts'
import type { PreparedTasks } from './prepared.ts'
import { type Desk, giveBack, returnJob } from './result.ts'
import type { Watch } from './watch.ts'

export interface PlaceContext {
  readonly desk: Desk
  readonly picker: Picker
  readonly prepared: PreparedTasks
  readonly agents: Agents
  readonly models?: WorkerModels | undefined
  readonly surroundings: Surroundings
  readonly phases: readonly WorkerPhase[]
  readonly health: Health
  readonly leavings: Leavings
  readonly watch: Watch
  readonly onAlarm: (alarm: Alarm) => void
  readonly say: (message: string) => void
}

/** A third of the time after which a lease without a sign of life is lost. */
const TOUCH_SECONDS = 3

/** What a slot holds on the engine lasts a day. */
const SLOT_HOURS = 12
/** Making one takes a second; an engine that hangs makes none. */
const SLOT_SECONDS = 60

/** How a job left its place. `spoilt`: the slot may hold what is broken, or is still being made. */
type Left = 'fine' | 'spoilt'

/** One of the places of a worker: attempt after attempt in the same slot, until the picker gives nothing more. */
export async function runPlace(
  context: PlaceContext,
  { run: name, ending }: { readonly run: string; readonly ending: AbortSignal },
): Promise<void> {
  const { surroundings, picker, health, leavings, desk } = context
  let slot: { readonly slot: Slot; readonly run: string; readonly until: number } | undefined
  let count = 0
  try {
    for (;;) {
      await health.recovered()
      await leavings.again()
      const picked = await picker.next()
      if (picked === undefined) return
      // Each slot's own: what an engine that went away keeps of an older one can go at any time.
      const run = slot?.run ?? `${name}-${++count}`
      try {
        slot ??= {
          slot: await inTime(openSlot(surroundings, run), SLOT_SECONDS),
          run,
          until: Date.now() + SLOT_HOURS * 3_600_000,
        }
      } catch (error) {
        context.say(`Cannot make a place on the engine: ${(error as Error).message}`)
        health.faulted()
        await leavings.remove(run)
        await returnJob(desk, picked.job).catch(() => {})
        picked.leave()
        continue
      }
      const left = await runJob(context, picked, { slot: slot.slot, run, ending })
      if (left === 'fine' && Date.now() < slot.until) continue
      const old = slot.slot
      slot = undefined
      await Promise.all([leavings.remove(run), inTime(old[Symbol.asyncDispose]()).catch(() => {})])
    }
  } finally {
    if (slot !== undefined) await inTime(slot.slot[Symbol.asyncDispose]()).catch(() => {})
  }
}

async function openSlot(surroundings: Surroundings, run: string): Promise<Slot> {
  const slot = new Slot({ ...surroundings, run })
  await slot.hold()
  return slot
}

async function runJob(
  context: PlaceContext,
  { job, leave }: Picked,
  place: { readonly slot: Slot; readonly run: string; readonly ending: AbortSignal },
): Promise<Left> {
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
    if (claimed === undefined) return 'fine'
    say(`${claimed.task.name} for ${claimed.submission.id}: begun (${job.kind}, ${claimed.attempt.stage})`)
    const hangs = context.watch.signal()
    const stopped = AbortSignal.any([lost.signal, place.ending, hangs])
    const outcome = await untilStopped(attempt(context, claimed, { ...place, leave, stopped }), stopped)
    if (outcome !== 'stopped') return outcome
    // What was stopped in the middle may be making sandboxes still: these go with the slot.
    const name = `${claimed.task.name} for ${claimed.submission.id}`
    if (lost.signal.aborted) say(`${name}: the lease was lost; nothing is kept`)
    else if (hangs.aborted) await blameHang(context, claimed)
    else if (await giveBack(desk, claimed)) say(`${name}: handed back`)
    return 'spoilt'
  } catch (error) {
    // The database does not answer, or a bug: the lease runs out, and somebody takes the attempt over.
    say(`A job failed (${job.attempt}): ${(error as Error).message}`)
    return 'spoilt'
  } finally {
    clearInterval(touch)
    leave()
  }
}

/** Who could hang the engine each time would else be handed back for ever. */
async function blameHang(context: PlaceContext, claimed: Claim): Promise<void> {
  const { desk, surroundings, watch, health, onAlarm, say } = context
  health.faulted()
  const fault = hangOf(surroundings.about, watch.seconds)
  const { kept, alarms } = await saveFault(desk, claimed, fault)
  say(
    `${claimed.task.name} for ${claimed.submission.id}: ${kept ? `handed back: the container engine hangs` : 'the lease was lost; nothing is kept'}`,
  )
  for (const alarm of alarms) onAlarm(alarm)
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
): Promise<Left> {
  const { desk, picker, surroundings, health, say } = context
  const name = `${claimed.task.name} for ${claimed.submission.id}`
  let isUnderWay = false
  const tellLost = (kept: unknown): void => {
    if (kept === undefined || kept === false) say(`${name}: the lease was lost; nothing is kept`)
  }
  try {
    using ready = await context.prepared.use(claimed.task)
    if (place.stopped.aborted) return 'spoilt'
    place.slot.keepOnly(new Set([ready.prepared]))
    const kept = await makeAttempt(desk, claimed, ready.prepared, {
      ...{
        surroundings,
        slot: place.slot,
        run: place.run,
        phases: context.phases,
        loadAgent: context.agents,
        models: context.models,
      },
      isBusy: picker.isBusy,
      alone: () => {
        place.leave()
        return picker.alone()
      },
      onPhase: () => {
        isUnderWay = true
      },
    })
    if (kept !== undefined) say(`${name}: ${kept}`)
    tellLost(kept)
    health.worked()
    return 'fine'
  } catch (error) {
    // Its sandboxes were taken away.
    if (place.stopped.aborted) return 'spoilt'
    const described = await describe(error, surroundings)
    // Who could bring the engine down each time would else be handed back for ever.
    const isUnderIt = isUnderWay && isEngineAway(described)
    const fault = isUnderIt ? goneOf(described) : described
    say(`${name}: ${fault.kind} fault ${fault.code}: ${fault.message.split('\n')[0]}`)
    if (fault.kind === 'harness') health.faulted()
    // That says nothing of the attempt: here nobody can be judged now.
    if (isOutage(fault) && !isUnderIt) {
      tellLost(await giveBack(desk, claimed))
      return 'spoilt'
    }
    const { kept, alarms } = await saveFault(desk, claimed, fault)
    tellLost(kept)
    for (const alarm of alarms) context.onAlarm(alarm)
    return fault.kind === 'harness' ? 'spoilt' : 'fine'
  }
}

async function untilStopped(work: Promise<Left>, signal: AbortSignal): Promise<Left | 'stopped'> {
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
    return await Promise.race([work, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
