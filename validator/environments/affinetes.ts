import { createHash } from 'node:crypto'
import {
  type Control,
  type Disposition,
  dispose,
  disposeError,
  wantsControl,
} from '../../sandbox/affinetes/disposition.ts'
import { AffinetesEnvironment, type Endpoint } from '../../sandbox/affinetes/environment.ts'
import { readOutcome } from '../../sandbox/affinetes/outcome.ts'
import type { Engine, Image } from '../../sandbox/engine.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import type { Callable } from '../../task-bank/affinetes.ts'
import type { Scored } from '../scoring/board.ts'

/** What calls of an environment are made with. */
export interface CallContext {
  readonly engine: Engine
  readonly runtimeVolume: string
  readonly run: string
  readonly id: string
  readonly image: Image
  readonly declared: Callable
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

export interface Call {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly endpoint: Endpoint | undefined
}

/** What one call of an environment came to: for the board what a verdict is for a task of ours. */
export interface CallRecord {
  readonly environment: string
  /** Digest of the image that was called. */
  readonly image: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly disposition: Disposition
  /** Hosts that it wanted to reach. */
  readonly visits: readonly string[]
  readonly started: string
  readonly seconds: number
}

/** An environment stops a call by itself this long after the time that it was given; so long it is waited for, and not longer. */
const GRACE_SECONDS = 30

/** The call that lets an agent take part in a task, which meets it as the model behind `endpoint`. */
export function taskCall(id: string, declared: Callable, task: number, endpoint: Endpoint): Call {
  const params = { ...declared.params, task_id: task, seed: seedOf(id, task), timeout: declared.seconds }
  return { method: declared.method, params, endpoint }
}

/** The same for everybody: the first 31 bits of SHA-256 of environment and task. */
export function seedOf(id: string, task: number): number {
  return createHash('sha256').update(`${id}:${task}`).digest().readUInt32BE(0) >>> 1
}

/**
 * Makes one call in a container of its own, and says whose failure it was if it was one. Where the agent could have caused what
 * happened, the control that was declared decides: a call with a known score, in another fresh container.
 *
 * @throws SandboxError `cancelled`
 */
export async function callEnvironment(context: CallContext, call: Call): Promise<CallRecord> {
  const started = new Date()
  const { visits, disposition } = await callOnce(context, call, () => controlOf(context))
  return {
    environment: context.id,
    image: context.declared.image,
    method: call.method,
    params: call.params,
    disposition,
    visits,
    started: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
  }
}

/** As the board counts it: what is void has no verdict. */
export function scoredOf(agent: string, { environment, disposition }: CallRecord): Scored {
  switch (disposition.kind) {
    case 'scored': {
      const { score } = disposition
      return { agent, environment, verdict: score >= 1 ? 'solved' : 'unsolved', score }
    }
    case 'failed':
      return { agent, environment, verdict: 'unsolved', score: 0 }
    case 'void':
      return { agent, environment, verdict: undefined }
  }
}

async function callOnce(
  context: CallContext,
  call: Call,
  control: () => Promise<Control>,
): Promise<{ readonly disposition: Disposition; readonly visits: readonly string[] }> {
  const { declared } = context
  try {
    const seen = await using(context, call, async environment => {
      const reply = await environment.call(call.method, call.params, declared.seconds + GRACE_SECONDS)
      const outcome = readOutcome(reply, declared.score)
      return { outcome, visits: environment.visits, host: await environment.look(outcome.code === 'dropped') }
    })
    const { outcome, host, visits } = seen
    const found = wantsControl(outcome, host) ? await control() : 'none'
    return { disposition: dispose(outcome, host, found), visits }
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code === 'cancelled') throw error
    return { disposition: disposeError(error), visits: [] }
  }
}

async function using<Result>(
  context: CallContext,
  { endpoint }: Call,
  work: (environment: AffinetesEnvironment) => Promise<Result>,
): Promise<Result> {
  await using environment = await AffinetesEnvironment.open({ ...context, endpoint })
  return await work(environment)
}

/** A call whose score is declared, and that needs no agent; undefined if there is none. */
export function controlCall(
  { controls, method, params }: Callable,
  which: 'oracle' | 'nop',
): Call | undefined {
  const control = controls[which]
  if (control === undefined) return undefined
  return { method: control.method ?? method, params: { ...params, ...control.params }, endpoint: undefined }
}

/** Whether a call that needs no agent comes to what it must. */
async function controlOf(context: CallContext): Promise<Control> {
  const call = controlCall(context.declared, 'oracle') ?? controlCall(context.declared, 'nop')
  if (call === undefined) return 'none'
  const { disposition } = await callOnce(context, call, async () => 'none')
  if (disposition.kind === 'scored') return 'passed'
  // Ours says nothing of the environment.
  return disposition.kind === 'void' && disposition.fault === 'harness' ? 'none' : 'failed'
}
