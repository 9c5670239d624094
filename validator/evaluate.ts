import type { Agent } from '../sandbox/agent.ts'
import type { AgentEventRecord } from '../sandbox/agent-events.ts'
import type { AgentOutcome } from '../sandbox/agent-phase.ts'
import type { Collected } from '../sandbox/collect.ts'
import type { Visit } from '../sandbox/gate.ts'
import { levelOf } from '../sandbox/lift.ts'
import type { PreparedTask } from '../sandbox/prepare.ts'
import type { Slot } from '../sandbox/slot.ts'
import { runVerifyPhase, type VerifyOutcome } from '../sandbox/verify-phase.ts'
import { evaluateSteps } from './evaluate-steps.ts'
import { openServices } from './neighbours.ts'
import { patchOf, playRound, type Round } from './round.ts'
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
}

/** One step of an attempt at a task with steps. */
export interface StepEvaluation extends Round {
  readonly name: string
}

export type Phase = 'sandbox' | 'agent' | 'patch' | 'verify'

export interface Observer {
  readonly onPhase?: (phase: Phase) => void
  readonly onEvent?: (event: AgentEventRecord) => void
}

export interface Job {
  readonly prepared: PreparedTask
  readonly agent: Agent
  readonly run: string
}

/**
 * One attempt of an agent at a task: it works in one sandbox, the patch is read from outside, and hidden tests judge it in
 * a second sandbox that never ran anything of the agent. Knows neither store nor chain.
 *
 * @throws SandboxError if our own machinery failed; the attempt then has no verdict
 */
export async function evaluate(slot: Slot, job: Job, observer: Observer = {}): Promise<Evaluation> {
  const { prepared } = job
  const started = new Date()
  const clock = performance.now()
  observer.onPhase?.('sandbox')
  if (prepared.steps.length > 0) return await evaluateSteps(slot, job, observer)
  await using services = await openServices(slot, prepared, job.run)
  const first = services === undefined ? slot.take(prepared) : slot.takeAmong(prepared, services)
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

/** Judges a patch once more in a fresh sandbox, for instance on a quiet machine. Patch mode only. */
export async function verifyAgain(
  slot: Slot,
  prepared: PreparedTask,
  evaluation: Evaluation,
): Promise<Evaluation> {
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
