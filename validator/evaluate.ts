import type { Agent, Patches } from '../sandbox/agent.ts'
import type { AgentEventRecord } from '../sandbox/agent-events.ts'
import { mountPackages } from '../sandbox/agent-packages.ts'
import type { AgentOutcome } from '../sandbox/agent-phase.ts'
import type { Collected } from '../sandbox/collect.ts'
import { SandboxError } from '../sandbox/errors.ts'
import type { Visit } from '../sandbox/gate.ts'
import type { AttemptModels } from '../sandbox/gateway/attempt.ts'
import type { RecordedCall } from '../sandbox/gateway/calls.ts'
import type { SessionReport } from '../sandbox/gateway/session.ts'
import { patchFromModel } from '../sandbox/lenient.ts'
import { levelOf } from '../sandbox/lift.ts'
import type { PreparedTask } from '../sandbox/prepare.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Slot } from '../sandbox/slot.ts'
import { patchRulesOf } from '../sandbox/suite.ts'
import { runVerifyPhase, type VerifyOutcome } from '../sandbox/verify-phase.ts'
import { evaluateSteps } from './attempt/evaluate-steps.ts'
import { openServices } from './attempt/neighbours.ts'
import { patchOf, playRound, type Round } from './attempt/round.ts'
import { evaluateDialogue, hearAgain } from './environments/dialogue.ts'
import { judge, type Verdict } from './scoring/verdict.ts'

/** Everything that is known of one evaluated attempt. */
export interface Evaluation {
  readonly verdict: Verdict
  /** Of a task with steps, that of the last one that was worked on, with what all of them said. */
  readonly agent: AgentOutcome
  readonly verify: VerifyOutcome | undefined
  readonly started: Date
  readonly seconds: { readonly agent: number; readonly verify: number; readonly overhead: number }
  /** What the task wants collected. */
  readonly artifacts: readonly Collected[]
  /** In snapshot mode: tools of the agent's machine that were made again what they are in its image. */
  readonly restored: readonly string[]
  /** Hosts outside that programs wanted to reach in each phase. */
  readonly visits: { readonly agent: readonly Visit[]; readonly verify: readonly Visit[] }
  /** Rewards by their keys, if any were given. */
  readonly rewards: Readonly<Record<string, number>> | undefined
  readonly steps: readonly StepEvaluation[]
  /** What its agent did with language models; absent if it was offered none. */
  readonly models?: ModelUse
}

export interface ModelUse {
  readonly report: SessionReport
  readonly calls: readonly RecordedCall[]
}

/** One step of an attempt at a task with steps. */
export interface StepEvaluation extends Round {
  readonly name: string
}

/** A job whose models are open. */
export interface OpenJob extends Job {
  readonly models: AttemptModels | undefined
}

export type Phase = 'sandbox' | 'agent' | 'patch' | 'verify'

export interface Observer {
  readonly onPhase?: (phase: Phase) => void
  readonly onEvent?: (event: AgentEventRecord) => void
  /** The sandbox of the tests is there; they start once this has settled, and what it gives is disposed of when they have ended. */
  readonly onVerifier?: (sandbox: Sandbox) => Promise<AsyncDisposable>
}

export interface Job {
  readonly prepared: PreparedTask
  readonly agent: Agent
  readonly run: string
  /** Opens the language models that its agent may ask; nobody is asked if absent. */
  readonly openModels?: (() => Promise<AttemptModels>) | undefined
}

/**
 * One attempt of an agent at a task: it works in one sandbox, the patch is read from outside, and hidden tests judge it in
 * a second sandbox that never ran anything of the agent. Knows neither store nor chain.
 *
 * @throws SandboxError if our own machinery failed; the attempt then has no verdict
 */
export async function evaluate(slot: Slot, job: Job, observer: Observer = {}): Promise<Evaluation> {
  const { result, models } = await withModels(job, open => attempt(slot, open, observer))
  return models === undefined ? result : { ...result, models }
}

/** Works while the language models of a job are open, and ends them however that ends. */
export async function withModels<Result>(
  job: Job,
  work: (job: OpenJob) => Promise<Result>,
): Promise<{ readonly result: Result; readonly models: ModelUse | undefined }> {
  const models = await job.openModels?.()
  try {
    const result = await work({ ...job, models })
    return { result, models: models && { report: await models.end(), calls: models.calls() } }
  } finally {
    await models?.end()
  }
}

async function attempt(slot: Slot, job: OpenJob, observer: Observer): Promise<Evaluation> {
  const { prepared } = job
  const started = new Date()
  const clock = performance.now()
  const { agent } = job
  if (agent.kind === 'patches') return await evaluatePatch(slot, prepared, agent, observer)
  if (prepared.task.dialogue !== undefined) return await evaluateDialogue(slot, job, observer)
  observer.onPhase?.('sandbox')
  const packages = agent.kind === 'program' ? agent.packages : undefined
  if (prepared.steps.length > 0) {
    if (packages !== undefined) throw tooMuch(prepared)
    return await evaluateSteps(slot, job, observer)
  }
  await using services = await openServices(slot, prepared, job.run)
  if (services !== undefined && packages !== undefined) throw tooMuch(prepared)
  const first =
    packages !== undefined
      ? slot.takeWith(prepared, await mountPackages(slot.engine, packages))
      : services === undefined
        ? slot.take(prepared)
        : slot.takeAmong(prepared, services)
  const round = await playRound(
    slot,
    { ...job, first, services, isFirst: true, keepsMachine: false },
    observer,
  )
  const total = (performance.now() - clock) / 1000
  const seconds = { agent: round.agent.seconds, verify: round.verify?.seconds ?? 0 }
  return {
    ...round,
    started,
    seconds: { ...seconds, overhead: Math.max(0, total - seconds.agent - seconds.verify) },
    rewards: round.verify?.report.rewards,
    steps: [],
  }
}

function tooMuch({ task }: PreparedTask): SandboxError {
  return new SandboxError(
    'task-unusable',
    `Cannot let an agent with packages work on "${task.name}": it has steps or services`,
  )
}

/** A patch that was made elsewhere: no agent works, so that no first sandbox is needed. */
async function evaluatePatch(
  slot: Slot,
  prepared: PreparedTask,
  { byTask }: Patches,
  observer: Observer,
): Promise<Evaluation> {
  const { repository, task } = prepared
  if (repository === undefined || prepared.verifierImage !== undefined) {
    const why = repository === undefined ? 'it is in snapshot mode' : 'its verifier has an image of its own'
    throw new SandboxError('task-unusable', `Cannot judge a patch for "${task.name}": ${why}`)
  }
  const started = new Date()
  const clock = performance.now()
  observer.onPhase?.('patch')
  const diff = Buffer.from(byTask.get(task.name) ?? '')
  const patch = await patchFromModel(repository, diff, patchRulesOf(prepared))
  const agent: AgentOutcome = {
    ending: { kind: 'finished' },
    exitCode: undefined,
    patch,
    events: [],
    log: Buffer.alloc(0),
    seconds: 0,
  }
  const facts = {
    runner: task.verifier.runner,
    level: levelOf(task, prepared.lift),
    agent: agent.ending,
    patch,
  }
  const before: Evaluation = {
    verdict: judge({ ...facts, verify: undefined }),
    agent,
    verify: undefined,
    started,
    seconds: { agent: 0, verify: 0, overhead: 0 },
    artifacts: [],
    restored: [],
    visits: { agent: [], verify: [] },
    rewards: undefined,
    steps: [],
  }
  const overhead = (verify: number): number => Math.max(0, (performance.now() - clock) / 1000 - verify)
  if (patch.kind === 'invalid') return { ...before, seconds: { ...before.seconds, overhead: overhead(0) } }
  observer.onPhase?.('verify')
  const after = await verifyAgain(slot, prepared, before)
  const verify = after.verify?.seconds ?? 0
  return { ...after, seconds: { agent: 0, verify, overhead: overhead(verify) } }
}

/** Judges a patch once more in a fresh sandbox, for instance on a quiet machine. Patch mode only. */
export async function verifyAgain(
  slot: Slot,
  prepared: PreparedTask,
  evaluation: Evaluation,
): Promise<Evaluation> {
  if (prepared.task.dialogue !== undefined) return await hearAgain(slot, prepared, evaluation)
  const sandbox = await slot.take(prepared, 'verify')
  try {
    const { agent } = evaluation
    const verify = await runVerifyPhase({ sandbox, prepared, patch: patchOf(agent) })
    const verdict = judge({
      runner: prepared.task.verifier.runner,
      level: levelOf(prepared.task, prepared.lift),
      agent: agent.ending,
      patch: agent.patch,
      verify,
    })
    return { ...evaluation, verify, verdict }
  } finally {
    slot.discard(sandbox)
  }
}
