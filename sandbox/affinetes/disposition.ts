import type { SandboxErrorCode } from '../errors.ts'
import type { Outcome, OutcomeCode } from './outcome.ts'

/** What the engine says of an environment's container after a call: never what the container says of itself. */
export type HostFacts =
  | { readonly container: 'running' }
  | { readonly container: 'ended'; readonly exitCode: number; readonly outOfMemory: boolean }
  /** It was removed, and not by us; or the engine does not answer. */
  | { readonly container: 'lost'; readonly reason: string }

/** Whether a call that any well environment answers was answered, in a fresh container on the same host. */
export type Control = 'passed' | 'failed' | 'none'

export type Evidence = Readonly<Record<string, string | number | boolean>>

/** Whether a call counts, and whose failure it was if not everything went well. */
export type Disposition =
  | { readonly kind: 'scored'; readonly score: number; readonly evidence: Evidence }
  /** The agent's failure, or what counts as one: intent to treat, so that nobody gains by breaking what he is judged with. */
  | {
      readonly kind: 'failed'
      readonly score: 0
      readonly fault: 'agent'
      readonly code: DispositionCode
      readonly evidence: Evidence
    }
  /** No score for anybody. */
  | {
      readonly kind: 'void'
      readonly fault: 'task' | 'harness'
      readonly code: DispositionCode
      readonly evidence: Evidence
    }

export type DispositionCode =
  | Exclude<OutcomeCode, 'scored'>
  | 'container-lost'
  | 'container-ended'
  | 'out-of-memory'
  | SandboxErrorCode

/**
 * Whose failure the outcome of a call was.
 *
 * 1. A score counts.
 * 2. Ours is what the host shows: the engine or our container beside the environment failed.
 * 3. The environment's is what the agent cannot cause: it refuses the method that was declared.
 * 4. All else counts as the agent's, with score 0, also if the environment says that it was not; unless a control call fails as well:
 *    then it is the environment's.
 */
export function dispose(outcome: Outcome, host: HostFacts, control: Control): Disposition {
  const evidence = { outcome: outcome.code, detail: outcome.detail, ...flatten(host), control }
  if (outcome.code === 'scored') return { kind: 'scored', score: outcome.score, evidence }
  if (host.container === 'lost') return { kind: 'void', fault: 'harness', code: 'container-lost', evidence }
  if (outcome.code === 'caller-lost') return { kind: 'void', fault: 'harness', code: 'caller-lost', evidence }
  if (outcome.code === 'refused') return { kind: 'void', fault: 'task', code: 'refused', evidence }
  const code = codeOf(outcome.code, host)
  return control === 'failed'
    ? { kind: 'void', fault: 'task', code, evidence }
    : { kind: 'failed', score: 0, fault: 'agent', code, evidence }
}

/** Whether a control call would change what `dispose` says. */
export function wantsControl(outcome: Outcome, host: HostFacts): boolean {
  return dispose(outcome, host, 'failed').kind !== dispose(outcome, host, 'passed').kind
}

/** What the host saw says more than what the caller saw. */
function codeOf(outcome: Exclude<OutcomeCode, 'scored'>, host: HostFacts): DispositionCode {
  if (host.container !== 'ended') return outcome
  return host.outOfMemory ? 'out-of-memory' : 'container-ended'
}

function flatten(host: HostFacts): Evidence {
  return { ...host }
}

const OF_THE_TASK: readonly SandboxErrorCode[] = ['image-missing', 'build-failed', 'task-unusable']

/** What keeps a call from being made at all: the environment's image or start, else our machinery. */
export function disposeError(error: {
  readonly code: SandboxErrorCode
  readonly message: string
}): Disposition {
  const evidence = { detail: error.message.slice(0, 500) }
  const fault = OF_THE_TASK.includes(error.code) ? 'task' : 'harness'
  return { kind: 'void', fault, code: error.code, evidence }
}
