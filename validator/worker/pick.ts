import pLimit from 'p-limit'
import type { Admission } from '../queue/admission.ts'
import { fits, type Needs, type Offer, parseQueue } from '../queue/needs.ts'
import type { HeldJob, Jobs, WaitingQueue } from '../stages/jobs.ts'
import type { Database } from '../store/database.ts'
import { listOffers, type WorkerIdentity } from './presence.ts'

/** A job, and the room that it has on this machine. */
export interface Picked {
  readonly job: HeldJob
  readonly leave: () => void
}

export interface Picker extends AsyncDisposable {
  /** The most urgent job that this worker can do, as soon as there is one and room for it; undefined after the signal. */
  readonly next: () => Promise<Picked | undefined>
  /** Nothing is taken while somebody waits to be alone. */
  readonly alone: () => Promise<Disposable>
  readonly isBusy: () => boolean
}

/** Jobs of lost leases wake nobody. */
const LOOK_SECONDS = 2

/** Chooses jobs for all places of a worker, one after the other, so that none takes a lease for what it has no room for. */
export async function openPicker(context: {
  readonly database: Database
  readonly jobs: Jobs
  readonly worker: WorkerIdentity
  readonly admission: Admission
  readonly signal: AbortSignal
  readonly say: (message: string) => void
}): Promise<Picker> {
  const { database, jobs, worker, admission, signal, say } = context
  const turn = pLimit(1)
  const sleepers = new Set<() => void>()
  let lonely = 0
  const wake = (): void => {
    for (const sleeper of sleepers) sleeper()
  }
  const listener = await jobs.listen(wake)
  signal.addEventListener('abort', wake)
  const sleep = (): Promise<void> =>
    new Promise(resolve => {
      const done = (): void => {
        clearTimeout(timer)
        sleepers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, LOOK_SECONDS * 1000)
      sleepers.add(done)
    })

  return {
    async next() {
      return await turn(async () => {
        while (!signal.aborted) {
          const slept = sleep()
          const picked =
            lonely > 0 ? undefined : await pick().catch(error => say(`Cannot ask for jobs: ${error.message}`))
          if (picked) return picked
          await slept
        }
        return undefined
      })
    },
    async alone() {
      lonely += 1
      const leave = await admission.enter('alone')
      return {
        [Symbol.dispose]() {
          leave()
          lonely -= 1
          wake()
        },
      }
    },
    isBusy: () => admission.busy,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', wake)
      await listener[Symbol.asyncDispose]()
    },
  }

  async function pick(): Promise<Picked | undefined> {
    const waiting = await jobs.waiting()
    const offers = waiting.some(({ avoided }) => avoided.length > 0) ? await listOffers(database.db) : []
    for (const one of waiting) {
      const parsed = parseQueue(one.queue)
      if (parsed === undefined || !fits(worker, parsed.kind, parsed.needs)) continue
      // What is urgent and large must not wait for ever behind what is small.
      if (!admission.hasRoom(parsed.needs)) return undefined
      const job = await jobs.take(one.queue, leftToOthers(worker, one, parsed, offers))
      if (job === undefined) continue
      const enter = await admission.enter(parsed.needs)
      return {
        job,
        leave: () => {
          enter()
          wake()
        },
      }
    }
    return undefined
  }
}

/** Sets of workers that failed at a job, this one among them, while there is somebody else who could try. */
function leftToOthers(
  { id }: WorkerIdentity,
  { avoided }: WaitingQueue,
  { kind, needs }: { kind: HeldJob['kind']; needs: Needs },
  offers: readonly (Offer & { readonly id: string })[],
): (readonly string[])[] {
  return avoided.filter(
    failed =>
      failed.includes(id) && offers.some(offer => !failed.includes(offer.id) && fits(offer, kind, needs)),
  )
}
