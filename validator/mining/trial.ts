import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import type { DropReason } from '../../task-bank/history/journal.ts'
import { type Evaluation, evaluate } from '../evaluate.ts'

/** What the hidden tests do with the reference and without it. */
export interface Sets {
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
  readonly others: readonly string[]
}

export interface Dropped {
  readonly reason: DropReason
  readonly detail: string
}

/** Runs the hidden tests of a draft, whose ids nobody knows yet, once with the reference and once with nothing done. */
export async function findSets(
  surroundings: Surroundings,
  prepared: PreparedTask,
  run: string,
): Promise<Sets | Dropped> {
  await using slot = new Slot({ ...surroundings, run })
  const after = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
  const failure = failureOf(after)
  if (failure !== undefined) return failure
  const before = await evaluate(slot, { prepared, agent: { kind: 'nop' }, run })
  const results = after.verify!.report.tests
  const passing = passed(before)
  const ids = [...passed(after)].sort()
  const failToPass = ids.filter(id => !passing.has(id))
  const others = results.filter(({ status }) => status !== 'passed').map(({ id }) => id)
  const broken = others.filter(id => passing.has(id))
  if (broken.length > 0)
    return { reason: 'tests-fail', detail: `${broken[0]} passes only without the change` }
  if (failToPass.length > 0)
    return { failToPass, passToPass: ids.filter(id => passing.has(id)), others: others.sort() }
  const failing = results.find(({ status }) => status === 'failed' || status === 'error')
  if (failing === undefined)
    return {
      reason: 'no-fail-to-pass',
      detail: `all ${ids.length} tests that pass do so without the change too`,
    }
  const why = failing.message.trim().split('\n').at(-1) ?? ''
  const detail = `${ids.length} of ${results.length} pass, none by the change; ${failing.id}: ${why.slice(0, 200)}`
  return { reason: 'tests-fail', detail }
}

/** Whether there is a reference, and the tests were run to their end with it. */
function failureOf({ agent, verify, verdict }: Evaluation): Dropped | undefined {
  if (agent.ending.kind !== 'finished' || agent.patch.kind !== 'patch' || verify === undefined)
    return { reason: 'no-reference', detail: verdict.detail }
  if (verify.ending.kind !== 'reported' || verify.report.problems.length > 0)
    return { reason: 'tests-end-early', detail: verdict.detail }
  return verify.report.tests.length === 0 ? { reason: 'tests-fail', detail: 'no test ran' } : undefined
}

function passed({ verify }: Evaluation): Set<string> {
  return new Set(verify?.report.tests.filter(({ status }) => status === 'passed').map(({ id }) => id))
}
