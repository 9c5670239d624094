import { RUN_LABEL } from '../../sandbox/owner.ts'
import { removeRun } from '../../sandbox/reaper.ts'
import type { Surroundings } from '../../sandbox/setup.ts'

/** What this worker left on the engine: an engine that does not answer removes nothing, and the owner lives on. */
export interface Leavings {
  /** Removes all of a run that is over; later, if that cannot be done now. Never throws. */
  readonly remove: (run: string) => Promise<void>
  /** Tries again what could not be done. Never throws. */
  readonly again: () => Promise<void>
}

/** An engine that hangs keeps nobody waiting for longer. */
const SECONDS = 5

/** Waits for what the engine was asked to do, but not for ever. @throws what it fails with, or that it takes too long */
export async function inTime<T>(removal: Promise<T>, seconds = SECONDS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the container engine did not do it within ${seconds} s`)),
      seconds * 1000,
    )
  })
  try {
    return await Promise.race([removal, late])
  } finally {
    clearTimeout(timer)
  }
}

export function openLeavings({ engine }: Pick<Surroundings, 'engine'>): Leavings {
  const owed = new Set<string>()
  const remove = async (run: string): Promise<void> => {
    owed.add(run)
    try {
      await inTime(removeRun(engine, run))
      owed.delete(run)
    } catch {
      // It does not answer: with the next sweep.
    }
  }
  return {
    remove,
    async again() {
      for (const run of owed) await remove(run)
    },
  }
}

/** Lets go what a worker holds, and removes all that was made for it, whichever of its runs it was made for. */
export async function removeWorker(
  { engine }: Pick<Surroundings, 'engine'>,
  run: string,
  held: AsyncDisposable,
): Promise<void> {
  await held[Symbol.asyncDispose]()
  const things = await engine.listLabelled(RUN_LABEL)
  const runs = new Set(things.map(({ labels }) => labels[RUN_LABEL]!))
  for (const one of runs) if (one === run || one.startsWith(`${run}-`)) await removeRun(engine, one)
}
