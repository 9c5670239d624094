import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { levelOf } from '../../sandbox/lift.ts'
import { type PatchOutcome, patchFromDiff } from '../../sandbox/patch.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { patchRulesOf } from '../../sandbox/suite.ts'
import type { VerifyOutcome } from '../../sandbox/verify-phase.ts'
import type { Task } from '../../task-bank/task.ts'
import {
  type Evaluation,
  type Job,
  type ModelUse,
  type Observer,
  verifyAgain,
  withModels,
} from '../evaluate.ts'
import { judge } from '../scoring/verdict.ts'
import { workOnce } from './agent-work.ts'

/**
 * Whether the two phases of a task can be done on two machines: all that crosses is a patch, and both machines are made of
 * nothing but the task's image.
 */
export function splits(task: Task): boolean {
  return (
    task.mode === 'patch' &&
    task.steps.length === 0 &&
    // Its environment asks while the agent works.
    task.dialogue === undefined &&
    task.compose === undefined &&
    task.verifier.compose === undefined &&
    task.verifier.image === undefined &&
    task.healthcheck === undefined &&
    task.verifier.healthcheck === undefined &&
    task.network.kind === 'none' &&
    task.verifier.network.kind === 'none' &&
    task.uploads === undefined
  )
}

/** The first half of `evaluate` for a task that can be split: the agent works, and its patch is read. */
export async function workAlone(
  slot: Slot,
  job: Job,
  observer: Observer = {},
): Promise<{ readonly agent: AgentOutcome; readonly models: ModelUse | undefined }> {
  const { result: agent, models } = await withModels(job, async open => {
    observer.onPhase?.('sandbox')
    return await workOnce(slot, open, await slot.take(open.prepared), observer)
  })
  return { agent, models }
}

/** The second half: what is left of an agent phase elsewhere is judged. */
export async function judgeAlone(
  slot: Slot,
  prepared: PreparedTask,
  agent: AgentOutcome,
  observer: Observer = {},
): Promise<Evaluation> {
  const started = new Date()
  const clock = performance.now()
  const facts = {
    runner: prepared.task.verifier.runner,
    level: levelOf(prepared.task, prepared.lift),
    agent: agent.ending,
    patch: agent.patch,
  }
  const before: Evaluation = {
    ...{ agent, started, verdict: judge({ ...facts, verify: undefined }), verify: undefined },
    ...{ seconds: { agent: agent.seconds, verify: 0, overhead: 0 }, artifacts: [], restored: [], steps: [] },
    ...{ visits: { agent: [], verify: [] }, rewards: undefined },
  }
  // As in `evaluate`: an agent that failed, or left nothing that could be used, is not verified.
  const worth = agent.ending.kind === 'finished' && agent.patch.kind !== 'invalid'
  if (worth) observer.onPhase?.('verify')
  const after = worth ? await verifyAgain(slot, prepared, before) : before
  const total = (performance.now() - clock) / 1000
  const verify: VerifyOutcome | undefined = after.verify
  return {
    ...after,
    seconds: {
      agent: agent.seconds,
      verify: verify?.seconds ?? 0,
      overhead: Math.max(0, total - (verify?.seconds ?? 0)),
    },
    rewards: verify?.report.rewards,
  }
}

/**
 * A patch out of the bytes of its diff.
 *
 * @throws SandboxError if it is not the patch that it is said to be
 */
export async function patchOfDiff(
  prepared: PreparedTask,
  diff: Buffer,
  known: { readonly digest: string; readonly dropped: readonly string[] },
): Promise<PatchOutcome & { kind: 'patch' }> {
  if (prepared.repository === undefined)
    throw new SandboxError(
      'task-unusable',
      `Cannot judge a patch for "${prepared.task.name}": it has no repository`,
    )
  const outcome = await patchFromDiff(prepared.repository, diff, patchRulesOf(prepared))
  if (outcome.kind !== 'patch' || outcome.patch.digest !== known.digest)
    throw new SandboxError(
      'task-unusable',
      `Cannot judge the patch ${known.digest.slice(0, 12)} for "${prepared.task.name}" again: here it comes to ${outcome.kind === 'patch' ? `the patch ${outcome.patch.digest.slice(0, 12)}` : `"${outcome.kind}"`}`,
    )
  return { kind: 'patch', patch: { ...outcome.patch, dropped: [...known.dropped] } }
}
