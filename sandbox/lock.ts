import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BASE_IMAGE } from './base.ts'
import type { Engine, Labels } from './engine.ts'
import { SandboxError } from './errors.ts'
import { isAbandoned, labelsOf, OWNER_LABEL, processName } from './owner.ts'

const LOCK_LABEL = 'arete.lock'
const TRY_LABEL = 'arete.try'
/** The engine tells when a lock is given back, but not that its owner died. */
const LOOK_AGAIN = 1000
const HOUR = 3600

/**
 * Waits until nobody else on this engine has the lock `name`, and has it until the result is disposed of. It is a container that
 * never runs, since of those no two have the same name: so it holds between processes and machines that share the engine,
 * and that of a process that died counts for nothing.
 */
export async function lock(engine: Engine, name: string, run: string): Promise<AsyncDisposable> {
  for (;;) {
    const taken = await take(engine, name, run)
    if (taken !== undefined) return taken
    const others = await engine.listLabelled(`${LOCK_LABEL}=${name}`)
    for (const { id, labels } of others) {
      if (isAbandoned(labels, Date.now()) || isForgotten(labels)) await engine.removeContainer(id)
      else await engine.untilGone(id, LOOK_AGAIN)
    }
    // Given back since, or about to be made: the engine keeps a name from before until after.
    if (others.length === 0) await sleep(20)
  }
}

/** Tries of this process to get a lock: under way, or successful and not given back yet. */
const tries = new Set<string>()

async function take(engine: Engine, name: string, run: string): Promise<AsyncDisposable | undefined> {
  const own = randomUUID()
  const labels = {
    ...labelsOf({ run, role: 'lock', seconds: 2 * HOUR, now: Date.now() }),
    [LOCK_LABEL]: name,
    [TRY_LABEL]: own,
  }
  tries.add(own)
  try {
    const stopped = await engine.openStopped({
      image: BASE_IMAGE,
      name: `arete-lock-${name}`,
      labels,
      mounts: [],
    })
    return {
      async [Symbol.asyncDispose]() {
        tries.delete(own)
        await stopped[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    tries.delete(own)
    if (error instanceof SandboxError && error.code === 'name-taken') return undefined
    throw error
  }
}

/** Whether it is our own, and nobody has it: the engine went away while it was taken or given back. */
function isForgotten(labels: Labels): boolean {
  return labels[OWNER_LABEL] === processName() && !tries.has(labels[TRY_LABEL] ?? '')
}
