import type { Engine, Labelled } from './engine.ts'
import { isAbandoned, OWNER_LABEL, RUN_LABEL } from './owner.ts'

/**
 * Removes what dead processes of ours left on the engine: containers first, for they hold images, networks and volumes. Nothing
 * without our label is looked at, and nothing whose maker still lives within its deadline.
 *
 * @returns what was removed
 */
export async function reap(engine: Engine, now: number): Promise<Labelled[]> {
  const abandoned = await findAbandoned(engine, now)
  const order = { container: 0, network: 1, volume: 2, image: 3 }
  for (const thing of abandoned.toSorted((one, other) => order[one.kind] - order[other.kind])) {
    await remove(engine, thing)
  }
  return abandoned
}

/** Removes everything of a run that still goes on, so that what is under way in it fails at once. */
export async function removeRun(engine: Engine, run: string): Promise<void> {
  const ours = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  // What is in use by containers can go only after them.
  for (const kind of ['container', 'image', 'network', 'volume'] as const)
    await Promise.all(ours.filter(one => one.kind === kind).map(one => remove(engine, one)))
}

/** What `reap` would remove. */
export async function findAbandoned(engine: Engine, now: number): Promise<Labelled[]> {
  const ours = await engine.listLabelled(OWNER_LABEL)
  return ours.filter(thing => isAbandoned(thing.labels, now))
}

function remove(engine: Engine, thing: Labelled): Promise<void> {
  switch (thing.kind) {
    case 'container':
      return engine.removeContainer(thing.id)
    case 'image':
      return engine.removeImage(thing.id)
    case 'network':
      return engine.removeNetwork(thing.id)
    case 'volume':
      return engine.removeVolume(thing.id)
  }
}
