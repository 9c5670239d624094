import path from 'node:path'
import { cacheFolder } from '../../sandbox/cache.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { makeRoom } from '../../sandbox/eviction.ts'
import { release } from '../../sandbox/hold.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { withLift } from '../checks/calibrate.ts'
import { isProven, prove } from '../checks/proof.ts'
import { fetchTask } from '../draws/task-packs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { tasks } from '../store/schema.ts'
import { inTime, type Leavings } from './leavings.ts'

/** Tasks made ready on this machine, the ones used last. */
export interface PreparedTasks extends AsyncDisposable {
  /**
   * A task made ready, as long as the caller does not dispose of it.
   *
   * @throws SandboxError also if its reference is not solved here: then nobody can be judged here
   */
  readonly use: (row: typeof tasks.$inferSelect) => Promise<{ readonly prepared: PreparedTask } & Disposable>
}

/** So many tasks are kept ready, beside those in use. */
const MOST_IDLE = 16
const DAY = 24 * 3_600_000

interface Entry {
  readonly prepared: Promise<PreparedTask>
  readonly run: string
  /** What it holds on the engine lasts a week; it is held anew in time. */
  readonly until: number
  users: number
}

/** @param run - of the worker; each task is held for a run of its own, so that it can be let go alone */
export function openPrepared(
  context: { surroundings: Surroundings; blobs: Blobs; leavings: Leavings; mostIdle?: number },
  run: string,
): PreparedTasks {
  const { surroundings, blobs, leavings, mostIdle = MOST_IDLE } = context
  const entries = new Map<string, Entry>()
  let releases: Promise<unknown> = Promise.resolve()
  let count = 0

  const drop = (digest: string, { run: own }: Entry): void => {
    entries.delete(digest)
    releases = releases.then(() => release(surroundings.engine, own)).catch(() => leavings.remove(own))
  }
  const trim = (): void => {
    const idle = [...entries].filter(([, entry]) => entry.users === 0)
    if (idle.length <= mostIdle) return
    for (const [digest, entry] of idle.slice(0, idle.length - mostIdle)) drop(digest, entry)
    releases = releases.then(() => makeRoom(surroundings.engine)).catch(() => {})
  }

  return {
    async use(row) {
      count += 1
      const old = entries.get(row.digest)
      if (old !== undefined && Date.now() > old.until && old.users === 0) drop(row.digest, old)
      const entry = entries.get(row.digest) ?? {
        prepared: prepare(row, `${run}-t${count}`),
        run: `${run}-t${count}`,
        until: Date.now() + DAY,
        users: 0,
      }
      // The last one in a map is the one used last.
      entries.delete(row.digest)
      entries.set(row.digest, entry)
      entry.users += 1
      try {
        const prepared = await entry.prepared
        return {
          prepared,
          [Symbol.dispose]() {
            entry.users -= 1
            trim()
          },
        }
      } catch (error) {
        entry.users -= 1
        // The next try shall not get the same failure again.
        if (entries.get(row.digest) === entry) drop(row.digest, entry)
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      for (const [digest, entry] of entries) drop(digest, entry)
      await inTime(releases).catch(() => {})
    },
  }

  async function prepare(row: typeof tasks.$inferSelect, own: string): Promise<PreparedTask> {
    const task = await fetchTask(row, blobs, path.join(cacheFolder(), 'packs'))
    const ready = await prepareTask(surroundings.engine, task, { run: own, say: () => {} })
    const lifted = await withLift(surroundings, ready, own)
    await prove(surroundings, lifted, own)
    if (isProven(lifted)) return lifted
    throw new SandboxError(
      'sandbox-lost',
      `Cannot judge anybody on "${task.name}" here: its reference was not solved, or nothing was, with the image of this machine`,
    )
  }
}
