import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { sha256 } from '../../sandbox/digest.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { RUN_LABEL } from '../../sandbox/owner.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { combineFaults } from '../../task-bank/faults/combine.ts'
import type { Fault } from '../../task-bank/faults/fault.ts'
import { plantFaults } from '../../task-bank/faults/plant.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'
import { orderFaults } from '../../task-bank/synth/order.ts'
import { openSource } from '../mining/source.ts'
import { readSite, type Site } from './ground.ts'
import { PlantLedger } from './ledger.ts'
import type { SynthEvent, SynthPlan, SynthResult } from './plan.ts'
import { Works } from './works.ts'

/** Raise when the same fault gives another task: everything is decided anew then. */
const FORMAT = 1

/**
 * Plants faults into a well-tested repository and makes tasks of those that its tests notice, in an order that follows from the seed.
 * Many are tried in one sandbox, and each that is left is proved in fresh ones. Which tasks come out depends on repository, recipe,
 * seed and count alone, not on how many are tried at once, nor on whether the command was stopped in between.
 *
 * @throws SourceError if there is no such repository
 * @throws GroundError if its tests cannot be run
 * @throws SandboxError `cancelled` after `signal` aborts
 */
export async function synth(
  surroundings: Surroundings,
  plan: SynthPlan,
  onEvent: (event: SynthEvent) => void,
  signal: AbortSignal,
): Promise<SynthResult> {
  const start = performance.now()
  const run = `synth-${randomBytes(6).toString('hex')}`
  const stop = (): Promise<void> => removeContainers(surroundings, run)
  signal.addEventListener('abort', () => void stop(), { once: true })
  try {
    using source = await openSource(plan.repository, plan)
    onEvent({ kind: 'step', step: 'reading' })
    const site = await readSite(source, plan.recipe)
    const faults = await listFaults(site, plan.seed)
    onEvent({ kind: 'planted', sources: site.texts.size, faults: faults.length })
    fs.mkdirSync(plan.out, { recursive: true })
    using ledger = new PlantLedger(plan.out, source.name, settingsOf(plan, source.head))
    await using works = new Works({ surroundings, plan, site, ledger, run, onEvent, signal })
    const rows = await works.work(faults)
    const tasks = rows.flatMap(({ entry }) =>
      entry?.outcome.kind === 'kept' ? [ledger.taskFolder(entry.outcome.task)] : [],
    )
    const seconds = (performance.now() - start) / 1000
    return { repository: source.name, head: source.head, faults: faults.length, rows, tasks, seconds }
  } catch (error) {
    if (!signal.aborted) throw error
    await stop()
    throw new SandboxError('cancelled', 'Stopped')
  }
}

/** Every fault of the repository in the order in which they are tried. */
async function listFaults({ texts }: Site, seed: string): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const [file, text] of texts) faults.push(...(await plantFaults(file, text, languageOf(file)!)))
  return orderFaults([...faults, ...combineFaults(faults)], seed)
}

/** Everything that decides beside the fault itself. */
function settingsOf({ recipe, environment, rounds, seed }: SynthPlan, head: string): string {
  return sha256(JSON.stringify([FORMAT, recipe, environment, rounds, seed, head])).slice(0, 16)
}

async function removeContainers({ engine }: Surroundings, run: string): Promise<void> {
  const ours = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  await Promise.all(
    ours.filter(({ kind }) => kind === 'container').map(({ id }) => engine.removeContainer(id)),
  )
}
