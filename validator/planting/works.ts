import pLimit from 'p-limit'
import { sha256 } from '../../sandbox/digest.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { applyFault, type Fault } from '../../task-bank/faults/fault.ts'
import type { Outcome } from '../../task-bank/synth/journal.ts'
import { type Judgement, judgeFault } from '../../task-bank/synth/judge.ts'
import { idOf } from '../../task-bank/synth/order.ts'
import { reachOf } from '../../task-bank/synth/reach.ts'
import { forgeTask, type Ripe } from './forge.ts'
import { type Ground, openGround, type Site } from './ground.ts'
import type { PlantLedger } from './ledger.ts'
import type { SynthEvent, SynthPlan, SynthRow } from './plan.ts'
import { Stand } from './stand.ts'
import { tellFault } from './tell.ts'

const HARNESS_TRIES = 3

/** What trying and forging need. */
export interface Job {
  readonly surroundings: Surroundings
  readonly plan: SynthPlan
  readonly site: Site
  readonly ledger: PlantLedger
  readonly run: string
  readonly onEvent: (event: SynthEvent) => void
  readonly signal: AbortSignal
}

/** Test files that import what a fault changes; all if none does, since there may be ways that cannot be read. */
function reachingTests({ tests, imports }: Ground, fault: Fault): string[] {
  const files = new Set(fault.edits.map(edit => edit.file))
  const reaching = [...tests.keys()].filter(test => [...reachOf(test, imports)].some(file => files.has(file)))
  return reaching.length > 0 ? reaching : [...tests.keys()]
}

/** What trying a fault came to, before it is compared with others. */
type Trial =
  | (Ripe & { readonly kind: 'ripe'; readonly sight: string })
  | (Outcome & { readonly kind: 'dropped' })

/** Tries faults and forges tasks, so many at a time; decides in order. */
export class Works implements AsyncDisposable {
  readonly #job: Job
  readonly #limit: ReturnType<typeof pLimit>
  readonly #free: Stand[] = []
  readonly #stands: Stand[] = []
  /** Opened when a fault is tried for which it is needed. */
  #ground: Promise<Ground & AsyncDisposable> | undefined

  constructor(job: Job) {
    this.#job = job
    this.#limit = pLimit(job.plan.jobs)
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
        const trial = this.#tries(() => this.#try(fault), LOST)
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
    const ground = await this.#ground?.catch(() => undefined)
    await ground?.[Symbol.asyncDispose]()
  }

  #open(): Promise<Ground> {
    this.#ground ??= this.#openNow().catch(error => {
      // The next try shall not get the same failure again.
      this.#ground = undefined
      throw error
    })
    return this.#ground
  }

  async #openNow(): Promise<Ground & AsyncDisposable> {
    const { surroundings, site, plan, run, onEvent } = this.#job
    const onStep = (step: string): void => onEvent({ kind: 'step', step })
    const ground = await openGround(surroundings, site, { network: plan.network, run, onStep })
    const tests = [...ground.tests.values()].reduce((sum, { passing }) => sum + passing.size, 0)
    onEvent({ kind: 'opened', tests, files: ground.tests.size, seconds: ground.seconds })
    return ground
  }

  #takeStand(ground: Ground): Stand {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const { surroundings, run } = this.#job
    const stand = new Stand(new Slot({ ...surroundings, run }), ground)
    this.#stands.push(stand)
    return stand
  }

  /** Puts a fault in and sees what the tests say. */
  async #try(fault: Fault): Promise<Trial> {
    const ground = await this.#open()
    const reaching = reachingTests(ground, fault)
    const judgement = await this.#run(fault, reaching)
    if (judgement.kind === 'dropped') return drop(judgement.reason, judgement.detail)
    if (fault.kind === 'combined') {
      for (const file of new Set(fault.edits.map(edit => edit.file))) {
        const half = { ...fault, edits: fault.edits.filter(edit => edit.file === file) }
        if ((await this.#run(half, reaching)).kind === 'dropped')
          return drop('half-noticed', `the part in ${file} alone is not noticed`)
      }
    }
    // No test that would tell may stay visible, also if it gets there in a way that cannot be read from its imports.
    const others = [...ground.tests.keys()].filter(test => !reaching.includes(test))
    const rest = others.length === 0 ? undefined : await this.#run(fault, others)
    if (rest?.kind === 'dropped' && rest.reason !== 'not-noticed') return drop(rest.reason, rest.detail)
    const failing = [...judgement.failing, ...(rest?.kind === 'caught' ? rest.failing : [])]
    const statement = await tellFault(ground, fault, failing)
    if (statement === undefined)
      return drop('no-statement', `${failing.length} failing tests, none of which can be told`)
    const { file, scope } = fault.place
    const sight = sha256(JSON.stringify([file, scope, failing.map(({ id }) => id)])).slice(0, 16)
    return { kind: 'ripe', fault, failing, statement, sight }
  }

  async #run(fault: Fault, files: readonly string[]): Promise<Judgement> {
    const ground = await this.#open()
    const passing = new Set(files.flatMap(test => [...ground.tests.get(test)!.passing]))
    const stand = this.#takeStand(ground)
    try {
      const { ending, report } = await stand.try(applyFault(fault, ground.texts), files)
      return judgeFault(passing, ending, report.tests)
    } finally {
      this.#free.push(stand)
    }
  }

  async #forge(ripe: Ripe): Promise<Outcome> {
    const ground = await this.#open()
    const { surroundings, plan, ledger, run, onEvent } = this.#job
    const name = `${ground.source.name}-${idOf(ripe.fault)}`
    return await forgeTask(surroundings, ground, ripe, {
      ...{ name, run, environment: plan.environment, seed: plan.seed, rounds: plan.rounds },
      folder: ledger.workFolder(name),
      onRound: round => onEvent({ kind: 'checking', fault: ripe.fault, round }),
    })
  }

  /** Does something again if our own machinery failed. */
  #tries<T>(work: () => Promise<T>, lost?: T): Promise<Timed<T>> {
    return this.#limit(async () => {
      const start = performance.now()
      for (let attempt = 1; ; attempt++) {
        try {
          const value = await work()
          return { value, seconds: secondsSince(start) }
        } catch (error) {
          if (!(error instanceof SandboxError) || this.#job.signal.aborted) throw error
          if (attempt === HARNESS_TRIES) {
            // A sandbox that is lost each time was lost by what ran in it.
            const value = error.code === 'sandbox-lost' ? lost : undefined
            return value === undefined ? { failure: error.message } : { value, seconds: secondsSince(start) }
          }
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

const LOST = drop('ends-early', 'the sandbox of the tests is lost each time')

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000
}

type Timed<T> = { readonly value: T; readonly seconds: number } | { readonly failure: string }

function drop(
  reason: (Outcome & { kind: 'dropped' })['reason'],
  detail: string,
): Outcome & { kind: 'dropped' } {
  return { kind: 'dropped', reason, detail: detail.slice(0, 1000) }
}
