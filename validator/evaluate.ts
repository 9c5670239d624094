import type { Agent, Patches } from '../sandbox/agent.ts'
import type { AgentEventRecord } from '../sandbox/agent-events.ts'
import { type AgentOutcome, runAgentPhase } from '../sandbox/agent-phase.ts'
import { SandboxError } from '../sandbox/errors.ts'
import { patchFromModel } from '../sandbox/lenient.ts'
import { levelOf } from '../sandbox/lift.ts'
import { labelsOf } from '../sandbox/owner.ts'
import type { Patch } from '../sandbox/patch.ts'
import type { PreparedTask } from '../sandbox/prepare.ts'
import { type Restored, restoreTools } from '../sandbox/restore.ts'
import type { Files, Sandbox } from '../sandbox/sandbox.ts'
import { freshName, type Slot } from '../sandbox/slot.ts'
import { patchRulesOf } from '../sandbox/suite.ts'
import { runVerifyPhase, type VerifyOutcome } from '../sandbox/verify-phase.ts'
import { judge, type Verdict } from './scoring/verdict.ts'

/** Everything that is known of one evaluated attempt. */
export interface Evaluation {
  readonly verdict: Verdict
  readonly agent: AgentOutcome
  readonly verify: VerifyOutcome | undefined
  readonly started: Date
  readonly seconds: { readonly agent: number; readonly verify: number; readonly overhead: number }
  /** What the task wants collected from the agent's machine. */
  readonly artifacts: Files | undefined
  /** In snapshot mode: tools of the agent's machine that were made again what they are in its image. */
  readonly restored: readonly string[]
}

export type Phase = 'sandbox' | 'agent' | 'patch' | 'verify'

export interface Observer {
  readonly onPhase?: (phase: Phase) => void
  readonly onEvent?: (event: AgentEventRecord) => void
}

/**
 * One attempt of an agent at a task: it works in one sandbox, the patch is read from outside, and hidden tests judge it in
 * a second sandbox that never ran anything of the agent. Knows neither store nor chain.
 *
 * @throws SandboxError if our own machinery failed; the attempt then has no verdict
 */
export async function evaluate(
  slot: Slot,
  job: { prepared: PreparedTask; agent: Agent; run: string },
  observer: Observer = {},
): Promise<Evaluation> {
  const { prepared, agent } = job
  const started = new Date()
  const clock = performance.now()
  if (agent.kind === 'patches') return await evaluatePatch(slot, prepared, agent, observer)
  observer.onPhase?.('sandbox')
  const first = slot.take(prepared)
  const snapshotMode = prepared.repository === undefined
  // The second sandbox is made while the agent works; frozen machines and other images can only come later.
  const early =
    snapshotMode || prepared.verifierImage !== undefined ? undefined : slot.take(prepared, 'verify')
  early?.catch(() => {})
  let second: Sandbox | undefined
  let image: string | undefined
  let restored: Restored = { done: [], leftovers: [] }
  try {
    const sandbox = await first
    observer.onPhase?.('agent')
    const outcome = await runAgentPhase({
      sandbox,
      prepared,
      agent,
      ...(observer.onEvent === undefined ? {} : { onEvent: observer.onEvent }),
    })
    observer.onPhase?.('patch')
    const artifacts = await collectArtifacts(sandbox, prepared, outcome)
    const worth = outcome.ending.kind === 'finished' && outcome.patch.kind !== 'invalid'
    if (snapshotMode && worth && prepared.verifierImage === undefined) {
      restored = await restoreTools(slot.engine, sandbox, prepared, job.run)
      image = freshName('arete/snapshot')
      await sandbox.freeze(
        image,
        labelsOf({ run: job.run, role: 'snapshot', seconds: 24 * 3600, now: Date.now() }),
      )
    }
    // An agent that is root could have broken our resident: its container must be gone before the tests come.
    if (prepared.agentUser.uid === 0) await sandbox[Symbol.asyncDispose]()
    else slot.discard(sandbox)

    let verify: VerifyOutcome | undefined
    if (worth) {
      observer.onPhase?.('verify')
      const opened = await (early ?? openVerifier(slot, prepared, image))
      if ('spoilt' in opened) verify = neverRan(opened.spoilt)
      else {
        second = opened
        verify = await runVerifyPhase({
          sandbox: second,
          prepared,
          patch: patchOf(outcome),
          leftovers: restored.leftovers,
          ...(artifacts === undefined || prepared.verifierImage === undefined ? {} : { artifacts }),
        })
      }
    }
    const verdict = judge({
      runner: prepared.task.verifier.runner,
      level: levelOf(prepared.task, prepared.lift),
      agent: outcome.ending,
      patch: outcome.patch,
      verify,
    })
    const total = (performance.now() - clock) / 1000
    const seconds = { agent: outcome.seconds, verify: verify?.seconds ?? 0 }
    return {
      verdict,
      agent: outcome,
      verify,
      started,
      seconds: { ...seconds, overhead: Math.max(0, total - seconds.agent - seconds.verify) },
      artifacts,
      restored: restored.done,
    }
  } finally {
    if (second !== undefined) slot.discard(second, image)
    else early?.then(sandbox => slot.discard(sandbox)).catch(() => {})
    // A snapshot that never got a sandbox waits for nobody.
    first.then(sandbox => slot.discard(sandbox, second === undefined ? image : undefined)).catch(() => {})
  }
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
    artifacts: undefined,
    restored: [],
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

async function openVerifier(
  slot: Slot,
  prepared: PreparedTask,
  snapshot: string | undefined,
): Promise<Sandbox | { spoilt: string }> {
  if (prepared.verifierImage !== undefined) return slot.takeVerifier(prepared, prepared.verifierImage)
  if (snapshot === undefined)
    throw new SandboxError('sandbox-lost', "Cannot verify: there is no snapshot of the agent's machine")
  try {
    return await slot.takeSnapshot(prepared, snapshot)
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    // Root can spoil its machine so that no engine starts it. If the engine starts the pristine one, this is what happened.
    slot.discard(await slot.take(prepared))
    return { spoilt: error.message }
  }
}

function neverRan(message: string): VerifyOutcome {
  return {
    ending: { kind: 'ended-early', message: `the agent's machine does not start any more: ${message}` },
    report: { tests: [], observations: [], through: [], problems: [], reward: undefined },
    unmet: new Map(),
    log: Buffer.alloc(0),
    seconds: 0,
  }
}

function patchOf({ patch }: AgentOutcome): Patch | undefined {
  return patch.kind === 'patch' ? patch.patch : undefined
}

async function collectArtifacts(
  sandbox: Sandbox,
  { task, agentUser }: PreparedTask,
  { ending }: AgentOutcome,
): Promise<Files | undefined> {
  if (ending.kind !== 'finished') return undefined
  if (task.artifacts.length === 0 && task.verifier.image === undefined) return undefined
  const paths = ['/logs/artifacts', ...task.artifacts.map(artifact => artifact.source)]
  try {
    return withoutOdd(await sandbox.read(paths, { maxBytes: 256 * 2 ** 20, maxEntries: 20_000 }))
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'sandbox-lost') throw error
    // Root can break the resident, and anybody can leave it no memory to read with; all else is our failure.
    if (agentUser.uid !== 0 && !(await sandbox.ranOutOfMemory())) throw error
    return undefined
  }
}

/** Pipes and sockets cannot be put anywhere. */
function withoutOdd({ entries, body }: Files): Files {
  return { entries: entries.filter(entry => entry.kind !== 'other'), body }
}
