import { levelOf } from '../../sandbox/lift.ts'
import type { Patch } from '../../sandbox/patch.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { runVerifyPhase, type VerifyOutcome } from '../../sandbox/verify-phase.ts'
import { evaluate } from '../evaluate.ts'
import { judge } from '../scoring/verdict.ts'
import type { CheckContext, Seen } from './rule.ts'

export interface TrialOptions {
  readonly busy?: boolean
  /** Told of the sandbox of the tests before they start; ended when they have. */
  readonly watch?: (sandbox: Sandbox) => Promise<AsyncDisposable>
}

/** Lets the oracle, or nobody, work on the task and judges it as any attempt. */
export async function tryWhole(
  context: CheckContext,
  what: Seen['what'],
  { busy = false, watch }: TrialOptions = {},
): Promise<Seen> {
  const { slot, prepared, run } = context
  if (isWarmable(context)) slot.warm(prepared, ['agent', 'verify'])
  const agentOf = { nothing: { kind: 'nop' }, reference: { kind: 'oracle' } } as const
  const observer = watch === undefined ? {} : { onVerifier: watch }
  const job = { prepared, agent: agentOf[what], run }
  const { verdict, verify, agent } = await evaluate(slot, job, observer)
  if (what === 'reference' && agent.patch.kind === 'patch') context.reference = agent.patch.patch
  return keep(context, { what, busy, verdict, tests: statuses(verify), seconds: verify?.seconds ?? 0 })
}

/** The same from a patch alone, in a single sandbox; in snapshot mode there is no such thing, and it is the whole again. */
export async function tryPatch(
  context: CheckContext,
  what: Seen['what'],
  options: TrialOptions = {},
): Promise<Seen> {
  if (!isWarmable(context)) return await tryWhole(context, what, options)
  const patch = what === 'reference' ? context.reference : undefined
  const { busy = false, watch } = options
  return keep(context, { what, busy, ...(await judgePatch(context, patch, watch)) })
}

/** How a patch is judged that no agent made. Patch mode only. */
export async function judgePatch(
  { slot, prepared }: CheckContext,
  patch: Pick<Patch, 'files' | 'removed'> | undefined,
  watch?: (sandbox: Sandbox) => Promise<AsyncDisposable>,
): Promise<Pick<Seen, 'verdict' | 'tests' | 'seconds'>> {
  const sandbox = await slot.take(prepared, 'verify')
  try {
    await using _ = await watch?.(sandbox)
    const verify = await runVerifyPhase({ sandbox, prepared, patch })
    const verdict = judge({
      runner: prepared.task.verifier.runner,
      level: levelOf(prepared.task, prepared.lift),
      agent: { kind: 'finished' },
      patch: { kind: patch === undefined ? 'empty' : 'patch' },
      verify,
    })
    return { verdict, tests: statuses(verify), seconds: verify.seconds }
  } finally {
    slot.discard(sandbox)
  }
}

/** Whether its sandboxes can be made ahead, and its patch be judged alone. */
export function isWarmable({ prepared }: CheckContext): boolean {
  return prepared.repository !== undefined && prepared.verifierImage === undefined
}

function keep(context: CheckContext, seen: Seen): Seen {
  context.seen.push(seen)
  context.step()
  return seen
}

function statuses(verify: VerifyOutcome | undefined): Map<string, string> {
  return new Map(verify?.report.tests.map(({ id, status }) => [id, status]))
}
