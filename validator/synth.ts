import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import pLimit from 'p-limit'
import { sha256 } from '../sandbox/digest.ts'
import { SandboxError } from '../sandbox/errors.ts'
import { RUN_LABEL } from '../sandbox/owner.ts'
import type { Surroundings } from '../sandbox/setup.ts'
import { Slot } from '../sandbox/slot.ts'
import { combineFaults } from '../task-bank/faults/combine.ts'
import { applyFault, type Fault } from '../task-bank/faults/fault.ts'
import { plantFaults } from '../task-bank/faults/plant.ts'
import { languageOf } from '../task-bank/faults/syntax.ts'
import type { Recipe } from '../task-bank/history/recipe.ts'
import type { Entry, Outcome } from '../task-bank/synth/journal.ts'
import { type Judgement, judgeFault } from '../task-bank/synth/judge.ts'
import { idOf, orderFaults } from '../task-bank/synth/order.ts'
import { reachOf } from '../task-bank/synth/reach.ts'
import { openSource } from './mining/source.ts'
import { forgeTask, type Ripe } from './planting/forge.ts'
import { type Ground, openGround } from './planting/ground.ts'
import { PlantLedger } from './planting/ledger.ts'
import { Stand } from './planting/stand.ts'
import { tellFault } from './planting/tell.ts'

/** Raise when the same fault gives another task: everything is decided anew then. */
const FORMAT = 1
const HARNESS_TRIES = 3

export interface SynthPlan {
  readonly repository: string
  readonly name: string | undefined
  readonly revision: string
  readonly out: string
  readonly environment: string
  readonly recipe: Recipe
  readonly seed: string
  /** Tasks to make, and faults to try for them at most. */
  readonly count: number
  readonly limit: number | undefined
  readonly network: boolean
  readonly rounds: number
  readonly jobs: number
}

export type SynthEvent =
  | { readonly kind: 'step'; readonly step: string }
  | {
      readonly kind: 'opened'
      readonly tests: number
      readonly testFiles: number
      readonly sources: number
      readonly faults: number
      readonly seconds: number
    }
  | { readonly kind: 'checking'; readonly fault: Fault; readonly round: number }
  | { readonly kind: 'retry'; readonly message: string }
  | { readonly kind: 'decided'; readonly row: SynthRow }

/** A fault that was tried, and what became of it. */
export interface SynthRow {
  readonly fault: Fault
  /** Undefined: a failure of ours came in the way. */
  readonly entry: Entry | undefined
  /** Whether it was decided by an earlier command. */
  readonly isOld: boolean
  readonly failure: string | undefined
}

export interface SynthResult {
  readonly repository: string
  readonly head: string
  readonly tests: number
  readonly faults: number
  /** In the order in which they were tried. */
  readonly rows: readonly SynthRow[]
  readonly tasks: readonly string[]
  readonly seconds: number
}

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
    await using ground = await openGround(surroundings, {
      ...plan,
      source,
      run,
      onStep: step => onEvent({ kind: 'step', step }),
    })
    onEvent({ kind: 'step', step: 'planting' })
    const faults = await listFaults(ground, plan.seed)
    const tests = [...ground.tests.values()].reduce((sum, { passing }) => sum + passing.size, 0)
    onEvent({
      kind: 'opened',
      ...{ tests, testFiles: ground.tests.size, sources: ground.texts.size, faults: faults.length },
      seconds: ground.seconds,
    })
    fs.mkdirSync(plan.out, { recursive: true })
    const ledger = new PlantLedger(plan.out, source.name, settingsOf(plan, source.head))
    await using works = new Works({ surroundings, plan, ground, ledger, run, onEvent, signal })
    const rows = await works.work(faults)
    const tasks = rows.flatMap(({ entry }) =>
      entry?.outcome.kind === 'kept' ? [ledger.taskFolder(entry.outcome.task)] : [],
    )
    const seconds = (performance.now() - start) / 1000
    return { repository: source.name, head: source.head, tests, faults: faults.length, rows, tasks, seconds }
  } catch (error) {
    if (!signal.aborted) throw error
    await stop()
    throw new SandboxError('cancelled', 'Stopped')
  }
}

/** Every fault of the repository in the order in which they are tried. */
async function listFaults({ texts }: Ground, seed: string): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const [file, text] of texts) faults.push(...(await plantFaults(file, text, languageOf(file)!)))
  return orderFaults([...faults, ...combineFaults(faults)], seed)
}

interface Job {
  readonly surroundings: Surroundings
  readonly plan: SynthPlan
  readonly ground: Ground
  readonly ledger: PlantLedger
  readonly run: string
  readonly onEvent: (event: SynthEvent) => void
  readonly signal: AbortSignal
}

/** What trying a fault came to, before it is compared with others. */
type Trial =
  | (Ripe & { readonly kind: 'ripe'; readonly sight: string })
  | (Outcome & { readonly kind: 'dropped' })

/** Tries faults and forges tasks, so many at a time; decides in order. */
class Works implements AsyncDisposable {
  readonly #job: Job
  readonly #limit: ReturnType<typeof pLimit>
  readonly #free: Stand[]
  readonly #stands: readonly Stand[]

  constructor(job: Job) {
    this.#job = job
    const { surroundings, plan, ground, run } = job
    this.#limit = pLimit(plan.jobs)
    this.#stands = Array.from(
      { length: plan.jobs },
      () => new Stand(new Slot({ ...surroundings, run }), ground),
    )
    this.#free = [...this.#stands]
  }

  async work(faults: readonly Fault[]): Promise<SynthRow[]> {
    const { plan, ledger, signal } = this.#job
    const rows: SynthRow[] = []
    const sights = new Set<string>()
    const trials = new Map<Fault, Promise<Timed<Trial>>>()
    const forging = new Set<Promise<void>>()
    const isKept = ({ entry }: SynthRow): boolean => entry?.outcome.kind === 'kept'
    const last = Math.min(faults.length, plan.limit ?? faults.length)
    const ahead = (index: number): void => {
      for (const fault of faults.slice(index, Math.min(last, index + plan.jobs + 1))) {
        if (trials.has(fault) || ledger.find(idOf(fault)) !== undefined) continue
        const trial = this.#tries(() => this.#try(fault))
        trial.catch(() => {})
        trials.set(fault, trial)
      }
    }
    for (let index = 0; index < last && !signal.aborted; index++) {
      // As many as may still be needed are forged at once; what they come to decides whether more are.
      while (forging.size > 0 && rows.filter(isKept).length + forging.size >= plan.count)
        await Promise.race(forging)
      if (rows.filter(isKept).length >= plan.count) break
      const fault = faults[index]!
      const known = ledger.find(idOf(fault))
      if (known !== undefined) {
        if (known.sight !== '') sights.add(known.sight)
        rows[index] = this.#say({ fault, entry: known, isOld: true, failure: undefined })
        continue
      }
      ahead(index)
      const trial = await trials.get(fault)!
      trials.delete(fault)
      if ('failure' in trial) {
        rows[index] = this.#say({ fault, entry: undefined, isOld: false, failure: trial.failure })
        continue
      }
      const { value, seconds } = trial
      const isDouble = value.kind === 'ripe' && sights.has(value.sight)
      if (value.kind === 'dropped' || isDouble) {
        const outcome: Outcome =
          value.kind === 'dropped'
            ? value
            : drop('duplicate', 'the same tests notice another fault of the same function')
        rows[index] = this.#decide(fault, outcome, '', seconds)
        continue
      }
      sights.add(value.sight)
      const work = this.#tries(() => this.#forge(value)).then(forged => {
        rows[index] =
          'failure' in forged
            ? this.#say({ fault, entry: undefined, isOld: false, failure: forged.failure })
            : this.#decide(fault, forged.value, value.sight, seconds + forged.seconds)
      })
      const settled = work.finally(() => forging.delete(settled))
      // Who waits sees the failure; until then it must not count as unhandled.
      settled.catch(() => {})
      forging.add(settled)
    }
    await Promise.all(forging)
    await Promise.allSettled(trials.values())
    if (signal.aborted) throw new SandboxError('cancelled', 'Stopped')
    return rows.filter(row => row !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stands.map(stand => stand[Symbol.asyncDispose]()))
  }

  /** Puts a fault in and sees what the tests say. */
  async #try(fault: Fault): Promise<Trial> {
    const { ground } = this.#job
    const judgement = await this.#run(fault)
    if (judgement.kind === 'dropped') return drop(judgement.reason, judgement.detail)
    if (fault.kind === 'combined') {
      for (const file of new Set(fault.edits.map(edit => edit.file))) {
        const half = { ...fault, edits: fault.edits.filter(edit => edit.file === file) }
        if ((await this.#run(half)).kind === 'dropped')
          return drop('half-noticed', `the part in ${file} alone is not noticed`)
      }
    }
    const { failing } = judgement
    const statement = await tellFault(ground, fault, failing)
    if (statement === undefined)
      return drop('no-statement', `${failing.length} failing tests, none of which can be told`)
    const { file, scope } = fault.place
    const sight = sha256(JSON.stringify([file, scope, failing.map(({ id }) => id)])).slice(0, 16)
    return { kind: 'ripe', fault, failing, statement, sight }
  }

  async #run(fault: Fault): Promise<Judgement> {
    const { ground } = this.#job
    const { tests, imports, texts } = ground
    const files = new Set(fault.edits.map(edit => edit.file))
    const reaching = [...tests.keys()].filter(test =>
      [...reachOf(test, imports)].some(file => files.has(file)),
    )
    // What is imported in a way that cannot be read may be used by any test.
    const wanted = reaching.length > 0 ? reaching : [...tests.keys()]
    const passing = new Set(wanted.flatMap(test => [...tests.get(test)!.passing]))
    const stand = this.#free.pop()!
    try {
      const { ending, report } = await stand.try(applyFault(fault, texts), wanted)
      return judgeFault(passing, ending, report.tests)
    } finally {
      this.#free.push(stand)
    }
  }

  #forge(ripe: Ripe): Promise<Outcome> {
    const { surroundings, ground, plan, ledger, run, onEvent } = this.#job
    const name = `${ground.source.name}-${idOf(ripe.fault)}`
    return forgeTask(surroundings, ground, ripe, {
      ...{ name, run, environment: plan.environment, seed: plan.seed, rounds: plan.rounds },
      folder: ledger.workFolder(name),
      onRound: round => onEvent({ kind: 'checking', fault: ripe.fault, round }),
    })
  }

  /** Does something again if our own machinery failed. */
  #tries<T>(work: () => Promise<T>): Promise<Timed<T>> {
    return this.#limit(async () => {
      const start = performance.now()
      for (let attempt = 1; ; attempt++) {
        try {
          const value = await work()
          return { value, seconds: Math.round(performance.now() - start) / 1000 }
        } catch (error) {
          if (!(error instanceof SandboxError) || this.#job.signal.aborted) throw error
          if (attempt === HARNESS_TRIES) return { failure: error.message }
          this.#job.onEvent({ kind: 'retry', message: error.message })
        }
      }
    })
  }

  #decide(fault: Fault, outcome: Outcome, sight: string, seconds: number): SynthRow {
    const { kind, place, description } = fault
    const entry = this.#job.ledger.decide({
      ...{ fault: idOf(fault), kind, file: place.file, line: place.line, scope: place.scope },
      ...{ description, sight, outcome, seconds: Math.round(seconds * 1000) / 1000 },
    })
    return this.#say({ fault, entry, isOld: false, failure: undefined })
  }

  #say(row: SynthRow): SynthRow {
    this.#job.onEvent({ kind: 'decided', row })
    return row
  }
}

type Timed<T> = { readonly value: T; readonly seconds: number } | { readonly failure: string }

function drop(
  reason: (Outcome & { kind: 'dropped' })['reason'],
  detail: string,
): Outcome & { kind: 'dropped' } {
  return { kind: 'dropped', reason, detail: detail.slice(0, 1000) }
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
