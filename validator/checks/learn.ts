import fs from 'node:fs'
import path from 'node:path'
import type { Lift } from '../../sandbox/lift.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { Expected, Task } from '../../task-bank/task.ts'
import { evaluate } from '../evaluate.ts'

type Learnt = NonNullable<Lift['learnt']>

const NOTHING: Expected = { failToPass: [], passToPass: [], others: 'any' }

/**
 * Learns the test ids of a task whose script is of the usual form, by running its reference and nothing with our own
 * runner in the script's place. What the reference passes is expected.
 *
 * @returns undefined if the script must decide: it is of another form, there is no reference, the reference does not pass
 *   every test that is run, or it passes none more than doing nothing does
 */
export async function learnTests(
  slot: Slot,
  prepared: PreparedTask,
  run: string,
): Promise<Learnt | undefined> {
  const { task } = prepared
  const asked = askAll(task)
  if (asked === undefined || !fs.existsSync(path.join(task.folder, 'solution/solve.sh'))) return undefined
  const seen = async (kind: 'oracle' | 'nop'): Promise<Map<string, string> | undefined> => {
    const job = { prepared: { ...prepared, task: asked, lift: undefined }, agent: { kind }, run }
    const { verify } = await evaluate(slot, job)
    if (verify?.ending.kind !== 'reported' || verify.report.problems.length > 0) return undefined
    return new Map(verify.report.tests.map(({ id, status }) => [id, status]))
  }
  const reference = await seen('oracle')
  const statuses = [...(reference?.values() ?? [])]
  if (reference === undefined || statuses.some(status => status === 'failed' || status === 'error'))
    return undefined
  const nothing = (await seen('nop')) ?? new Map<string, string>()
  const passed = [...reference].filter(([, status]) => status === 'passed').map(([id]) => id)
  const failToPass = passed.filter(id => nothing.get(id) !== 'passed')
  if (failToPass.length === 0) return undefined
  return {
    failToPass,
    passToPass: passed.filter(id => nothing.get(id) === 'passed'),
    others: [...reference.keys()].filter(id => reference.get(id) !== 'passed'),
  }
}

/** The task with our runner in place of its script, expecting nothing yet. */
function askAll(task: Task): Task | undefined {
  const { runner } = task.verifier
  if (runner.kind !== 'script' || runner.known === undefined) return undefined
  const { kind, tests } = runner.known
  return { ...task, verifier: { ...task.verifier, runner: { kind, tests, expected: NOTHING } } }
}
