import { LEVELS, type Lift, levelOf } from '../../sandbox/lift.ts'
import type { Task } from '../../task-bank/task.ts'
import type { CheckContext, Rule, Seen } from './rule.ts'
import { tryWhole } from './trial.ts'

/** Doing nothing is unsolved and the reference solved, in each of several rounds, for what can be observed. */
export const verdicts: Rule = {
  name: 'verdicts',
  isSlow: false,
  steps: ({ rounds }) => 2 * rounds,
  async run(context) {
    const { prepared, rounds, reason } = context
    const { task, lift } = prepared
    const references: Seen[] = []
    let nopUnsolved = 0
    for (let round = 0; round < rounds; round++) {
      const nothing = await tryWhole(context, 'nothing')
      if (nothing.verdict.verdict === 'solved') reason('doing nothing is judged as solved')
      else nopUnsolved += 1
      for (const odd of oddities(task, nothing.verdict.tests.passed)) reason(odd)
      const reference = await tryWhole(context, 'reference')
      const { verdict, detail } = reference.verdict
      if (verdict !== 'solved') reason(`the reference is judged as ${verdict}: ${detail}`)
      references.push(reference)
    }
    rejectChanging(context)
    const level = levelOf(task, lift)
    if (LEVELS.indexOf(level) < LEVELS.indexOf(task.accepts)) {
      const weak = weakTests(task, lift)
      reason(
        `${weak.length} tests are decided inside the container (${weak.slice(0, 3).join(', ')}${weak.length > 3 ? ' …' : ''}); lift their assertions, or set arete.accepts = "${level}"`,
      )
    }
    return {
      rounds,
      nopUnsolved,
      oracleSolved: references.filter(({ verdict }) => verdict.verdict === 'solved').length,
      tests: references.at(-1)?.verdict.tests.expected.length ?? 0,
      level,
      testSeconds: Math.round(1000 * median(references.map(({ seconds }) => seconds))) / 1000,
    }
  },
}

/** A test that has two results on a quiet machine decides nothing. */
export function rejectChanging({ seen, reason }: CheckContext): void {
  for (const id of changing(seen)) reason(`"${id}" passes at one time and fails at another`)
}

/** Tests whose result was not the same in all runs of the same thing. */
export function changing(seen: readonly Seen[]): string[] {
  const ids = new Set(seen.flatMap(({ tests }) => [...tests.keys()]))
  return [...ids].filter(id =>
    (['nothing', 'reference'] as const).some(what => {
      const runs = seen.filter(one => one.what === what)
      return new Set(runs.map(({ tests }) => tests.get(id))).size > 1
    }),
  )
}

/** With nothing done, exactly the tests that shall pass then may pass. */
function oddities({ verifier: { runner } }: Task, passed: readonly string[]): string[] {
  if (runner.kind === 'script') return []
  const before = new Set(passed)
  return [
    ...runner.expected.failToPass
      .filter(id => before.has(id))
      .map(id => `fail_to_pass: "${id}" passes with nothing done`),
    ...runner.expected.passToPass
      .filter(id => !before.has(id))
      .map(id => `pass_to_pass: "${id}" fails with nothing done`),
  ]
}

/** Tests that are decided by their own process. */
function weakTests({ verifier: { runner } }: Task, lift: Lift | undefined): string[] {
  if (runner.kind === 'script') return ['tests/test.sh']
  const ids = [...runner.expected.failToPass, ...runner.expected.passToPass]
  return ids.filter(id => lift?.tests[id]?.level !== 'observed')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
