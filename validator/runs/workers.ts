import { setTimeout as sleep } from 'node:timers/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { SandboxError, type SandboxErrorCode } from '../../sandbox/errors.ts'
import { type PreparedTask, prepareTask, withOffer } from '../../sandbox/prepare.ts'
import { removeRun } from '../../sandbox/reaper.ts'
import { memoryOf } from '../../sandbox/service-spec.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { purposesAhead, Slot } from '../../sandbox/slot.ts'
import type { Task } from '../../task-bank/task.ts'
import { withLift } from '../checks/calibrate.ts'
import { isProven, prove } from '../checks/proof.ts'
import { type Evaluation, evaluate, verifyAgain } from '../evaluate.ts'
import { Admission, type Need } from '../queue/admission.ts'
import { Line } from '../queue/line.ts'
import { mayBeLoad } from '../scoring/verdict.ts'
import { saveAttempt } from './attempt-files.ts'
import type { RunEvent, RunPlan } from './plan.ts'
import {
  type AttemptRecord,
  buildFailure,
  buildRecord,
  openEvents,
  saveRecord,
  type Wanted,
} from './record.ts'
import { writeTrial } from './trial-files.ts'

const HARNESS_TRIES = 3
const OWN_MEMORY_MEGABYTES = 1024

/** Takes attempts one after the other on each of its slots. */
export class Workers implements AsyncDisposable {
  readonly #surroundings: Surroundings
  readonly #plan: RunPlan
  readonly #onEvent: (event: RunEvent) => void
  readonly #signal: AbortSignal
  readonly #admission: Admission
  readonly #prepareLimit: LimitFunction
  readonly #prepared = new Map<Task, Promise<PreparedTask>>()
  readonly #slots: Slot[] = []
  #loops: Promise<void>[] = []

  constructor(
    surroundings: Surroundings,
    plan: RunPlan,
    onEvent: (event: RunEvent) => void,
    signal: AbortSignal,
  ) {
    this.#surroundings = surroundings
    this.#plan = plan
    this.#onEvent = onEvent
    this.#signal = signal
    const { cpus, memoryBytes } = surroundings.about
    this.#prepareLimit = pLimit(Math.max(1, cpus))
    const memoryMegabytes = Math.max(512, memoryBytes / 2 ** 20 - OWN_MEMORY_MEGABYTES)
    this.#admission = new Admission({
      cpus: plan.jobs === undefined ? cpus : Number.POSITIVE_INFINITY,
      memoryMegabytes,
    })
  }

  async work(
    todo: readonly Wanted[],
    onDone: (done: { wanted: Wanted; record: AttemptRecord }) => void,
  ): Promise<void> {
    const line = new Line(todo)
    const count = Math.min(todo.length, this.#plan.jobs ?? Math.max(1, this.#surroundings.about.cpus))
    const abort = new Promise<void>(resolve =>
      this.#signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    const loops = Array.from({ length: count }, async () => {
      const slot = new Slot({ ...this.#surroundings, run: this.#plan.id })
      this.#slots.push(slot)
      // Pays off with the second attempt.
      if (todo.length > count) await slot.hold()
      for (
        let wanted = line.take(slot);
        wanted !== undefined && !this.#signal.aborted;
        wanted = line.take(slot)
      ) {
        const record = await this.#attempt(slot, wanted, () => line.reserve(slot))
        if (this.#signal.aborted) return
        onDone({ wanted, record })
        this.#onEvent({ kind: 'finished', record })
      }
    })
    await Promise.race([Promise.all(loops), abort])
    this.#loops = loops.map(loop => loop.catch(() => {}))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { engine } = this.#surroundings
    if (this.#signal.aborted) {
      // What is under way fails as its sandboxes go; what it was just starting goes in the second round.
      await removeRun(engine, this.#plan.id)
      await Promise.race([Promise.all(this.#loops), sleep(1000, undefined, { ref: false })])
      await removeRun(engine, this.#plan.id)
    } else await Promise.all(this.#slots.map(slot => slot[Symbol.asyncDispose]()))
  }

  async #attempt(slot: Slot, wanted: Wanted, next: () => Wanted | undefined): Promise<AttemptRecord> {
    for (let number = 1; ; number++) {
      try {
        return await this.#evaluate(slot, wanted, next)
      } catch (error) {
        if (!(error instanceof SandboxError)) throw error
        const fault = faultOf(error.code)
        if (this.#signal.aborted) throw error
        if (fault === 'task' || number === HARNESS_TRIES) {
          const record = buildFailure(wanted, fault, error.code, error)
          writeTrial(this.#plan.out, record, wanted, undefined)
          saveRecord(this.#plan.out, record)
          return record
        }
        this.#onEvent({ kind: 'retry', wanted, message: error.message.split('\n')[0]! })
      }
    }
  }

  async #evaluate(slot: Slot, wanted: Wanted, next: () => Wanted | undefined): Promise<AttemptRecord> {
    const phase = (name: (RunEvent & { kind: 'phase' })['phase']): void =>
      this.#onEvent({ kind: 'phase', wanted, phase: name })
    phase('image')
    const prepared = await this.#prepare(wanted.task)
    phase('queue')
    const leave = await this.#admission.enter(needOf(wanted.task))
    let evaluation: Evaluation
    let wasBusy = this.#admission.busy
    const events = openEvents(this.#plan.out, wanted)
    try {
      const { models } = this.#plan
      const openModels =
        models === undefined || wanted.models === undefined ? undefined : () => models.open(wanted)
      const job = { prepared, agent: wanted.agent, run: this.#plan.id, openModels }
      evaluation = await evaluate(slot, job, {
        onPhase: name => {
          wasBusy ||= this.#admission.busy
          phase(name)
          if (name === 'agent') this.#warmNext(slot, prepared, next())
        },
        onEvent: events,
      })
      wasBusy ||= this.#admission.busy
    } finally {
      leave()
    }
    const first = evaluation
    const looksAgain = wasBusy && first.agent.patch.kind === 'patch' && mayBeLoad(first.verdict)
    if (looksAgain) evaluation = await this.#lookAgain(slot, wanted, prepared, first)
    // What a stopped run says of an attempt may be about its sandboxes being taken away.
    if (this.#signal.aborted) throw new SandboxError('cancelled', 'The run was stopped')
    const proven = isProven(prepared)
    const record = buildRecord(wanted, evaluation, looksAgain ? first : undefined, proven, prepared)
    saveAttempt(this.#plan.out, record, wanted, evaluation)
    return record
  }

  /** A verdict must not depend on who else was running: the same patch is verified alone, and that counts. */
  async #lookAgain(
    slot: Slot,
    wanted: Wanted,
    prepared: PreparedTask,
    first: Evaluation,
  ): Promise<Evaluation> {
    this.#onEvent({ kind: 'phase', wanted, phase: 'second look' })
    const leave = await this.#admission.enter('alone')
    try {
      return await verifyAgain(slot, prepared, first)
    } finally {
      leave()
    }
  }

  #warmNext(slot: Slot, current: PreparedTask, next: Wanted | undefined): void {
    if (next === undefined) return
    this.#prepare(next.task)
      .then(prepared => {
        slot.keepOnly(new Set([current, prepared]))
        slot.warm(prepared, purposesAhead(prepared))
      })
      .catch(() => {})
  }

  #prepare(task: Task): Promise<PreparedTask> {
    let prepared = this.#prepared.get(task)
    if (prepared === undefined) {
      const run = this.#plan.id
      prepared = this.#prepareLimit(async () => {
        this.#onEvent({ kind: 'preparing', task: task.name })
        const ready = await prepareTask(this.#surroundings.engine, task, { run, say: () => {} })
        const leave = await this.#admission.enter(needOf(task))
        try {
          const lifted = await withLift(this.#surroundings, ready, run)
          await prove(this.#surroundings, lifted, run)
          return withOffer(lifted, this.#plan.models?.offer(task.environment))
        } finally {
          leave()
        }
      })
      this.#prepared.set(task, prepared)
      // The next try shall not get the same failure again.
      prepared.catch(() => this.#prepared.delete(task))
    }
    return prepared
  }
}

/** Services run beside the agent, so their memory is taken, too. */
export function needOf({ limits, compose }: Task): Need {
  const services = (compose?.services ?? []).reduce((sum, service) => sum + memoryOf(service), 0)
  return { cpus: limits.cpus, memoryMegabytes: limits.memoryMegabytes + services }
}

/** What a failure of our own machinery says about the task: an image that cannot be had is the task's matter. */
export function faultOf(code: SandboxErrorCode): 'task' | 'harness' {
  switch (code) {
    case 'image-missing':
    case 'build-failed':
    case 'task-unusable':
      return 'task'
    default:
      return 'harness'
  }
}
