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

export function openLeavings({ engine }: Pick<Surroundings, 'engine'>): Leavings {
  const owed = new Set<string>()
  const remove = async (run: string): Promise<void> => {
    owed.add(run)
    try {
      await removeRun(engine, run)
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

/** Removes all that was made for a worker, whichever of its runs it was made for. */
export async function removeWorker({ engine }: Pick<Surroundings, 'engine'>, run: string): Promise<void> {
  const things = await engine.listLabelled(RUN_LABEL)
  const runs = new Set(things.map(({ labels }) => labels[RUN_LABEL]!))
  for (const one of runs) if (one === run || one.startsWith(`${run}-`)) await removeRun(engine, one)
}
