import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { type PreparedTask, withOffer } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { judgeAlone, patchOfDiff, workAlone } from '../attempt/phases.ts'
import { type Evaluation, evaluate, type Phase, verifyAgain } from '../evaluate.ts'
import type { WorkerPhase } from '../queue/needs.ts'
import { faultOf } from '../runs/workers.ts'
import { mayBeLoad, unusable } from '../scoring/verdict.ts'
import { BlobError } from '../store/blob-error.ts'
import { VERSION } from '../version.ts'
import type { Agents } from './agents.ts'
import type { Claim } from './claim.ts'
import type { Fault } from './fault.ts'
import type { Left } from './left.ts'
import type { WorkerModels } from './models.ts'
import { type Desk, saveLeft, savePatched, saveVerdict } from './result.ts'

/** Where an attempt is made, and beside whom. */
export interface Bench {
  readonly surroundings: Surroundings
  readonly slot: Slot
  readonly run: string
  readonly phases: readonly WorkerPhase[]
  readonly loadAgent: Agents
  /** Language models for agents; none if absent. */
  readonly models?: WorkerModels | undefined
  /** Whether anybody else is at work on this machine now. */
  readonly isBusy: () => boolean
  /** Waits until nobody else is at work, and keeps everybody away until it is disposed of. */
  readonly alone: () => Promise<Disposable>
  readonly onPhase: (phase: Phase | 'second look') => void
}

/**
 * Makes the attempt that a claim is for, as far as this worker does, and keeps what came of it.
 *
 * @returns what was kept, or undefined if the lease was lost meanwhile
 * @throws what our side failed with; the attempt has no result then
 */
export async function makeAttempt(
  desk: Desk,
  claim: Claim,
  prepared: PreparedTask,
  bench: Bench,
): Promise<string | undefined> {
  const { surroundings, slot, run } = bench
  const started = new Date()
  const versions = {
    arete: VERSION,
    runtime: surroundings.runtimeVolume,
    engine: surroundings.about.version,
  }
  if (claim.job.kind === 'verify') {
    const left = claim.left!
    const agent = await outcomeOf(desk, prepared, left)
    const { evaluation, first } = await lookAgain(bench, prepared, observer =>
      judgeAlone(slot, prepared, agent, observer),
    )
    const judged = { evaluation, first, left, prepared, versions }
    return (await saveVerdict(desk, claim, judged)) ? say(evaluation) : undefined
  }
  const agent = await bench.loadAgent(claim.submission.digest)
  if ('reasons' in agent) {
    const evaluation = neverRan(
      prepared,
      started,
      agent.reasons.map(({ message }) => message),
    )
    const left = await saveLeft(desk, claim, { agent: evaluation.agent, prepared, started })
    const judged = { evaluation, first: undefined, left, prepared, versions }
    return (await saveVerdict(desk, claim, judged)) ? say(evaluation) : undefined
  }
  bench.models?.learn(prepared.task)
  const models = await bench.models?.of(claim)
  const job = { prepared: withOffer(prepared, models?.offer), agent, run, openModels: models?.open }
  if (!bench.phases.includes('verify')) {
    const worked = await workAlone(slot, job, { onPhase: bench.onPhase })
    const { agent: outcome } = worked
    const left = await saveLeft(desk, claim, { ...worked, prepared, started })
    return (await savePatched(desk, claim, left)) ? `left ${outcome.patch.kind}` : undefined
  }
  const { evaluation, first } = await lookAgain(bench, prepared, observer => evaluate(slot, job, observer))
  const left = await saveLeft(desk, claim, {
    ...{ agent: evaluation.agent, models: evaluation.models, prepared, started },
  })
  const judged = { evaluation, first, left, prepared, versions }
  return (await saveVerdict(desk, claim, judged)) ? say(evaluation) : undefined
}

/** What a failure says, as it is kept; anything that we do not know is our machinery's. */
export async function describe(error: unknown, { engine, about }: Surroundings): Promise<Fault> {
  const known = error instanceof SandboxError || error instanceof BlobError ? error : undefined
  const { message } = error instanceof Error ? error : new Error(String(error))
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined
  const answers = await engine.about().then(
    () => true,
    () => false,
  )
  return {
    kind: error instanceof SandboxError ? faultOf(error.code) : 'harness',
    code: error instanceof BlobError ? `blob-${error.code}` : (known?.code ?? 'internal'),
    message,
    evidence: {
      ...(cause === undefined ? {} : { cause }),
      ...(error instanceof SandboxError && error.container !== undefined
        ? { container: { ...error.container } }
        : {}),
      ...(known === undefined && error instanceof Error ? { stack: error.stack?.slice(0, 2000) } : {}),
      engine: { version: about.version, runtime: about.runtime ?? 'runc', cpus: about.cpus, answers },
      node: process.version,
    },
  }
}

/** Whether a fault is that of the surroundings of this worker as a whole, and not of one attempt. */
export function isOutage(fault: Fault): boolean {
  return isEngineAway(fault) || fault.code === 'blob-unreachable' || fault.code === 'blob-full'
}

export function isEngineAway({ evidence }: Fault): boolean {
  const { answers } = evidence.engine as { readonly answers: boolean }
  return !answers
}

/** A verdict must not depend on who else was running: the same patch is verified alone, and that counts. */
async function lookAgain(
  bench: Bench,
  prepared: PreparedTask,
  look: (observer: { onPhase: (phase: Phase) => void }) => Promise<Evaluation>,
): Promise<{ evaluation: Evaluation; first: Evaluation | undefined }> {
  let wasBusy = bench.isBusy()
  const evaluation = await look({
    onPhase: phase => {
      wasBusy ||= bench.isBusy()
      bench.onPhase(phase)
    },
  })
  wasBusy ||= bench.isBusy()
  if (!wasBusy || evaluation.agent.patch.kind !== 'patch' || !mayBeLoad(evaluation.verdict))
    return { evaluation, first: undefined }
  bench.onPhase('second look')
  using _ = await bench.alone()
  return { evaluation: await verifyAgain(bench.slot, prepared, evaluation), first: evaluation }
}

/** An agent phase that another worker did. */
async function outcomeOf({ blobs }: Desk, prepared: PreparedTask, left: Left): Promise<AgentOutcome> {
  const patch =
    left.patch.kind === 'patch'
      ? await patchOfDiff(prepared, await blobs.get(left.patch.digest), left.patch)
      : left.patch
  return {
    ending: left.ending,
    patch,
    events: [],
    log: Buffer.alloc(0),
    seconds: left.seconds,
    exitCode: left.exitCode ?? undefined,
  }
}

/** What comes of an agent that cannot be put into a sandbox at all. */
function neverRan(prepared: PreparedTask, started: Date, mistakes: readonly string[]): Evaluation {
  return {
    verdict: unusable(prepared.task.verifier.runner, mistakes),
    agent: {
      ending: { kind: 'crashed', message: mistakes[0] ?? '' },
      patch: { kind: 'invalid', reasons: [...mistakes] },
      events: [],
      log: Buffer.from(mistakes.join('\n')),
      seconds: 0,
      exitCode: undefined,
    },
    ...{ verify: undefined, started, seconds: { agent: 0, verify: 0, overhead: 0 }, artifacts: [] },
    ...{ restored: [], visits: { agent: [], verify: [] }, rewards: undefined, steps: [] },
  }
}

function say({ verdict: { verdict, detail } }: Evaluation): string {
  return `${verdict}: ${detail}`
}
