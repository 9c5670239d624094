import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Agent } from '../sandbox/agent.ts'
import { agentName } from '../sandbox/agent.ts'
import { SandboxError, type SandboxErrorCode } from '../sandbox/errors.ts'
import { type PreparedTask, prepareTask } from '../sandbox/prepare.ts'
import type { Surroundings } from '../sandbox/setup.ts'
import { Slot } from '../sandbox/slot.ts'
import type { Task } from '../task-bank/task.ts'
import { type Evaluation, evaluate, type Phase, verifyAgain } from './evaluate.ts'
import { Admission, type Need } from './queue/admission.ts'
import { Line } from './queue/line.ts'
import {
  type AttemptRecord,
  buildFailure,
  buildRecord,
  findRecord,
  json,
  openEvents,
  saveAttempt,
  saveRecord,
  type Wanted,
} from './record.ts'
import { type Board, buildBoard } from './scoring/board.ts'
import { mayBeLoad } from './scoring/verdict.ts'

/** What one command evaluates. */
export interface RunPlan {
  readonly id: string
  readonly tasks: readonly Task[]
  readonly agents: readonly { readonly agent: Agent; readonly source: string }[]
  readonly attempts: number
  /** Attempts at the same time; undefined: as many as fit the machine by what their tasks declare. */
  readonly jobs: number | undefined
  /** Folder of the run. Complete attempts in it are not repeated. */
  readonly out: string
}

export interface RunResult {
  readonly run: {
    readonly id: string
    readonly started: string
    readonly finished: string
    readonly folder: string
  }
  readonly attempts: readonly AttemptRecord[]
  readonly board: Board
}

/** What happens while a run goes on; for showing it. */
export type RunEvent =
  | {
      readonly kind: 'started'
      readonly total: number
      readonly wanted: readonly { readonly agent: string; readonly task: string }[]
      readonly resumed: readonly AttemptRecord[]
    }
  | { readonly kind: 'preparing'; readonly task: string }
  | {
      readonly kind: 'phase'
      readonly wanted: Wanted
      readonly phase: Phase | 'queue' | 'image' | 'second look'
    }
  | { readonly kind: 'finished'; readonly record: AttemptRecord }
  | { readonly kind: 'retry'; readonly wanted: Wanted; readonly message: string }

const HARNESS_TRIES = 3
const OWN_MEMORY_MEGABYTES = 1024

/**
 * Evaluates every agent on every task. Failures of our own machinery are tried again, then recorded without a verdict.
 * A failure that a busy machine may have caused is verified once more alone before it counts.
 *
 * @throws SandboxError `cancelled` once everything is cleaned up after `signal` aborts
 */
export async function runAll(
  surroundings: Surroundings,
  plan: RunPlan,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const started = new Date()
  fs.mkdirSync(plan.out, { recursive: true })
  const wanted = listWanted(plan, surroundings.runtimeVolume)
  const done = new Map<Wanted, AttemptRecord>()
  for (const one of wanted) {
    const record = findRecord(plan.out, one)
    if (record !== undefined) done.set(one, record)
  }
  const names = wanted.map(({ agent, task }) => ({ agent: agentName(agent), task: task.name }))
  onEvent({ kind: 'started', total: wanted.length, wanted: names, resumed: [...done.values()] })
  saveRun(plan, surroundings, { id: plan.id, started, finished: undefined })
  const todo = wanted.filter(one => !done.has(one))
  await using workers = new Workers(surroundings, plan, onEvent, signal)
  await workers.work(todo, record => done.set(record.wanted, record.record))
  if (signal.aborted)
    throw new SandboxError('cancelled', `Stopped; ${done.size} of ${wanted.length} attempts are complete`)

  const attempts = wanted.map(one => done.get(one)!)
  const counted = attempts.filter(record => record.certified)
  const board = buildBoard(counted.map(record => ({ ...record, verdict: record.verdict ?? undefined })))
  const finished = new Date()
  saveRun(plan, surroundings, { id: plan.id, started, finished, board })
  const run = {
    id: plan.id,
    started: started.toISOString(),
    finished: finished.toISOString(),
    folder: plan.out,
  }
  return { run, attempts, board }
}

function listWanted({ tasks, agents, attempts }: RunPlan, runtime: string): Wanted[] {
  const numbers = Array.from({ length: attempts }, (_, index) => index + 1)
  return tasks.flatMap(task =>
    agents.flatMap(({ agent, source }) =>
      numbers.map(attempt => ({ task, agent, agentSource: source, attempt, runtime })),
    ),
  )
}

/** Takes attempts one after the other on each of its slots. */
class Workers implements AsyncDisposable {
  readonly #surroundings: Surroundings
  readonly #plan: RunPlan
  readonly #onEvent: (event: RunEvent) => void
  readonly #signal: AbortSignal
  readonly #admission: Admission
  readonly #prepareLimit = pLimit(2)
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
      const slot = await Slot.open({ ...this.#surroundings, run: this.#plan.id })
      this.#slots.push(slot)
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
      await removeAll(engine, this.#plan.id)
      await Promise.race([Promise.all(this.#loops), sleep(1000, undefined, { ref: false })])
      await removeAll(engine, this.#plan.id)
    } else await Promise.all(this.#slots.map(slot => slot[Symbol.asyncDispose]()))
  }

  async #attempt(slot: Slot, wanted: Wanted, next: () => Wanted | undefined): Promise<AttemptRecord> {
    for (let number = 1; ; number++) {
      try {
        return await this.#evaluate(slot, wanted, next)
      } catch (error) {
        if (!(error instanceof SandboxError)) throw error
        const fault = faultOf(error.code)
        if (fault === 'task' || number === HARNESS_TRIES || this.#signal.aborted) {
          const record = buildFailure(wanted, fault, error.code, error)
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
      const job = { prepared, agent: wanted.agent, run: this.#plan.id }
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
    const record = buildRecord(wanted, evaluation, looksAgain ? first : undefined)
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
        slot.warm(prepared, prepared.repository === undefined || prepared.verifierImage !== undefined ? 1 : 2)
      })
      .catch(() => {})
  }

  #prepare(task: Task): Promise<PreparedTask> {
    let prepared = this.#prepared.get(task)
    if (prepared === undefined) {
      prepared = this.#prepareLimit(() => {
        this.#onEvent({ kind: 'preparing', task: task.name })
        return prepareTask(this.#surroundings.engine, task, { run: this.#plan.id, say: () => {} })
      })
      this.#prepared.set(task, prepared)
    }
    return prepared
  }
}

function needOf({ limits }: Task): Need {
  return { cpus: limits.cpus, memoryMegabytes: limits.memoryMegabytes }
}

/** What a failure of our own machinery says about the task: an image that cannot be had is the task's matter. */
function faultOf(code: SandboxErrorCode): 'task' | 'harness' {
  switch (code) {
    case 'image-missing':
    case 'build-failed':
    case 'task-unusable':
      return 'task'
    default:
      return 'harness'
  }
}

async function removeAll(engine: Surroundings['engine'], run: string): Promise<void> {
  const ours = await engine.listLabelled(`arete.run=${run}`)
  await Promise.all(ours.filter(one => one.kind === 'container').map(one => engine.removeContainer(one.id)))
  await Promise.all(ours.filter(one => one.kind === 'image').map(one => engine.removeImage(one.id)))
}

function saveRun(
  plan: RunPlan,
  { about }: Surroundings,
  run: { id: string; started: Date; finished: Date | undefined; board?: Board },
): void {
  const content = {
    id: run.id,
    started: run.started.toISOString(),
    finished: run.finished?.toISOString() ?? null,
    machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model ?? 'unknown', memoryBytes: os.totalmem() },
    engine: about,
    tasks: plan.tasks.map(task => ({
      name: task.name,
      digest: task.digest,
      environment: task.environment,
      notes: task.notes,
    })),
    agents: plan.agents.map(({ agent, source }) => ({ name: agentName(agent), source })),
    attempts: plan.attempts,
    board: run.board ?? null,
  }
  fs.writeFileSync(path.join(plan.out, 'run.json'), json(content))
}
