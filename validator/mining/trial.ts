import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { DropReason } from '../../task-bank/history/journal.ts'
import { type Evaluation, evaluate } from '../evaluate.ts'

/** What the hidden tests do with the reference and without it. */
export interface Sets {
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
}

export interface Dropped {
  readonly reason: DropReason
  readonly detail: string
}

/** Runs the hidden tests of a draft, whose ids nobody knows yet, once with the reference and once with nothing done. */
export async function findSets(slot: Slot, prepared: PreparedTask, run: string): Promise<Sets | Dropped> {
  const after = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
  const failure = failureOf(after)
  if (failure !== undefined) return failure
  const before = await evaluate(slot, { prepared, agent: { kind: 'nop' }, run })
  const passing = passed(before)
  const ids = [...passed(after)].sort()
  const failToPass = ids.filter(id => !passing.has(id))
  if (failToPass.length === 0)
    return { reason: 'no-fail-to-pass', detail: `all ${ids.length} tests pass without the change too` }
  return { failToPass, passToPass: ids.filter(id => passing.has(id)) }
}

/** With the reference every test that runs must pass. */
function failureOf({ agent, verify, verdict }: Evaluation): Dropped | undefined {
  if (agent.ending.kind !== 'finished' || agent.patch.kind !== 'patch' || verify === undefined)
    return { reason: 'no-reference', detail: verdict.detail }
  if (verify.ending.kind !== 'reported') return { reason: 'tests-end-early', detail: verdict.detail }
  const problem = verify.report.problems[0]
  if (problem !== undefined) return { reason: 'tests-end-early', detail: verdict.detail }
  const bad = verify.report.tests.filter(({ status }) => status !== 'passed')
  const first = bad[0]
  if (first !== undefined) {
    const why = first.message.trim().split('\n').at(-1) ?? ''
    return {
      reason: 'tests-fail',
      detail: `${bad.length} of ${verify.report.tests.length} do not pass with the reference: ${first.id} is ${first.status}: ${why.slice(0, 200)}`,
    }
  }
  return verify.report.tests.length === 0 ? { reason: 'tests-fail', detail: 'no test ran' } : undefined
}

function passed({ verify }: Evaluation): Set<string> {
  return new Set(verify?.report.tests.filter(({ status }) => status === 'passed').map(({ id }) => id))
}
