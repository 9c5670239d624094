import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { agentName } from '../sandbox/agent.ts'
import { SandboxError } from '../sandbox/errors.ts'
import { holding } from '../sandbox/hold.ts'
import type { Surroundings } from '../sandbox/setup.ts'
import { distinctReplacements } from '../task-bank/mapping.ts'
import type { RunEvent, RunPlan } from './runs/plan.ts'
import { type AttemptRecord, findRecord, json, type Wanted } from './runs/record.ts'
import { writeJob } from './runs/trial-files.ts'
import { Workers } from './runs/workers.ts'
import { type Board, buildBoard } from './scoring/board.ts'

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
  const save = (end?: { finished: Date; board: Board }): void =>
    saveRun(plan, surroundings, { started, records: [...done.values()], ...end })
  save()
  const todo = wanted.filter(one => !done.has(one))
  await using _ = await holding(surroundings, plan.id)
  await using workers = new Workers(surroundings, plan, onEvent, signal)
  await workers.work(todo, record => done.set(record.wanted, record.record))
  if (signal.aborted) {
    save()
    throw new SandboxError('cancelled', `Stopped; ${done.size} of ${wanted.length} attempts are complete`)
  }

  const attempts = wanted.map(one => done.get(one)!)
  const counted = attempts.filter(record => record.certified)
  const board = buildBoard(counted.map(record => ({ ...record, verdict: record.verdict ?? undefined })))
  const finished = new Date()
  const finishedAttempts = wanted.map(one => ({ wanted: one, record: done.get(one)! }))
  writeJob({
    ...{
      folder: plan.out,
      started,
      finished,
      attempts: plan.attempts,
      concurrent: plan.jobs ?? os.cpus().length,
    },
    ...{ total: wanted.length, wanted, done: finishedAttempts },
  })
  save({ finished, board })
  const run = {
    id: plan.id,
    started: started.toISOString(),
    finished: finished.toISOString(),
    folder: plan.out,
  }
  return { run, attempts, board }
}

function listWanted({ tasks, agents, attempts, models }: RunPlan, runtime: string): Wanted[] {
  const numbers = Array.from({ length: attempts }, (_, index) => index + 1)
  return tasks.flatMap(task =>
    agents.flatMap(({ agent, source }) =>
      numbers.map(attempt => ({
        ...{ task, agent, agentSource: source, attempt, runtime },
        // Whoever cannot ask is the same with any models.
        ...(agent.kind === 'program' && models?.offer(task.environment) !== undefined
          ? { models: models.identity(task.environment) }
          : {}),
      })),
    ),
  )
}

function saveRun(
  plan: RunPlan,
  { about }: Surroundings,
  run: { started: Date; records: readonly AttemptRecord[]; finished?: Date; board?: Board },
): void {
  const content = {
    id: plan.id,
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
    replaced: distinctReplacements([
      ...(plan.replaced ?? []),
      ...run.records.flatMap(record => record.replaced),
    ]),
    models: plan.models?.described ?? null,
    spent: plan.models?.totals() ?? null,
    board: run.board ?? null,
  }
  fs.writeFileSync(path.join(plan.out, 'run.json'), json(content))
}
