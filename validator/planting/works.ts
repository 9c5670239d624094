import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { SandboxError } from '../../sandbox/errors.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { applyFault, type Fault } from '../../task-bank/faults/fault.ts'
import type { Outcome } from '../../task-bank/synth/journal.ts'
import { type Judgement, judgeFault } from '../../task-bank/synth/judge.ts'
import { idOf } from '../../task-bank/synth/order.ts'
import { forgeTask, type Ripe } from './forge.ts'
import { type Ground, openGround, type Site } from './ground.ts'
import type { PlantLedger } from './ledger.ts'
import type { SynthEvent, SynthPlan, SynthRow } from './plan.ts'
import { Stand } from './stand.ts'
import { drop, type Trial, tryFault } from './trial.ts'

const HARNESS_TRIES = 3
const STOP_MS = 10_000

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

/** Tries faults and forges tasks, so many at a time; decides in order. */
export class Works implements AsyncDisposable {
  readonly #job: Job
  readonly #limit: ReturnType<typeof pLimit>
  readonly #free: Stand[] = []
  readonly #stands: Stand[] = []
  readonly #running = new Set<Promise<unknown>>()
  #isClosed = false
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
        const trial = this.#tries(async () => {
          const ground = await this.#open()
          return await tryFault(ground, fault, (one, files) => this.#run(ground, one, files))
        }, LOST)
        // Whoever waits for it sees the failure; until then it must not count as unhandled.
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
    this.#isClosed = true
    // What is under way would take sandboxes that nobody removes. Once stopped it fails as these go, but for a build of an image.
    const ended = Promise.allSettled(this.#running)
    await (this.#job.signal.aborted
      ? Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })])
      : ended)
    await Promise.all(this.#stands.map(stand => stand[Symbol.asyncDispose]()))
    const ground = await this.#ground?.catch(() => undefined)
    await ground?.[Symbol.asyncDispose]()
  }

  #open(): Promise<Ground> {
    this.#ground ??= this.#openNow().catch(error => {
      // The next try shall not get the same failure again; a repository that cannot be used stays so.
      if (error instanceof SandboxError) this.#ground = undefined
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

  async #run(ground: Ground, fault: Fault, files: readonly string[]): Promise<Judgement> {
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
    const trying = this.#limit(async () => {
      const start = performance.now()
      for (let attempt = 1; ; attempt++) {
        try {
          if (this.#isClosed) throw new SandboxError('cancelled', 'Stopped')
          const value = await work()
          return { value, seconds: secondsSince(start) }
        } catch (error) {
          if (!(error instanceof SandboxError) || this.#isClosed || this.#job.signal.aborted) throw error
          if (attempt === HARNESS_TRIES) {
            // A sandbox that is lost each time was lost by what ran in it.
            const value = error.code === 'sandbox-lost' ? lost : undefined
            return value === undefined ? { failure: error.message } : { value, seconds: secondsSince(start) }
          }
          this.#job.onEvent({ kind: 'retry', message: error.message })
        }
      }
    })
    const settled = trying.finally(() => this.#running.delete(settled))
    this.#running.add(settled)
    settled.catch(() => {})
    return trying
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
