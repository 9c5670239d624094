import { sha256 } from '../../sandbox/digest.ts'
import type { Fault } from '../../task-bank/faults/fault.ts'
import type { Outcome } from '../../task-bank/synth/journal.ts'
import type { Judgement } from '../../task-bank/synth/judge.ts'
import { reachOf } from '../../task-bank/synth/reach.ts'
import type { Ripe } from './forge.ts'
import type { Ground } from './ground.ts'
import { tellFault } from './tell.ts'

/** What trying a fault came to, before it is compared with others. */
export type Trial =
  /** `sight` is equal for faults of one function that the same tests notice. */
  (Ripe & { readonly kind: 'ripe'; readonly sight: string }) | Dropped

export type Dropped = Outcome & { readonly kind: 'dropped' }

/**
 * Puts a fault in and sees what the tests say.
 *
 * @param run - runs some test files with a fault in place
 */
export async function tryFault(
  ground: Ground,
  fault: Fault,
  run: (fault: Fault, files: readonly string[]) => Promise<Judgement>,
): Promise<Trial> {
  const reaching = reachingTests(ground, fault)
  const judgement = await run(fault, reaching)
  if (judgement.kind === 'dropped') return drop(judgement.reason, judgement.detail)
  if (fault.kind === 'combined') {
    for (const file of new Set(fault.edits.map(edit => edit.file))) {
      const half = { ...fault, edits: fault.edits.filter(edit => edit.file === file) }
      if ((await run(half, reaching)).kind === 'dropped')
        return drop('half-noticed', `the part in ${file} alone is not noticed`)
    }
  }
  // No test that would tell may stay visible, also if it gets there in a way that cannot be read from its imports.
  const others = [...ground.tests.keys()].filter(test => !reaching.includes(test))
  const rest = others.length === 0 ? undefined : await run(fault, others)
  if (rest?.kind === 'dropped' && rest.reason !== 'not-noticed') return drop(rest.reason, rest.detail)
  const failing = [...judgement.failing, ...(rest?.kind === 'caught' ? rest.failing : [])]
  const statement = await tellFault(ground, fault, failing)
  if (statement === undefined)
    return drop('no-statement', `${failing.length} failing tests, none of which can be told`)
  const { file, scope } = fault.place
  const sight = sha256(JSON.stringify([file, scope, failing.map(({ id }) => id)])).slice(0, 16)
  return { kind: 'ripe', fault, failing, statement, sight }
}

export function drop(reason: Dropped['reason'], detail: string): Dropped {
  return { kind: 'dropped', reason, detail: detail.slice(0, 1000) }
}

/** Test files that import what a fault changes; all if none does, since there may be ways that cannot be read. */
function reachingTests({ tests, imports }: Ground, fault: Fault): string[] {
  const files = new Set(fault.edits.map(edit => edit.file))
  const reaching = [...tests.keys()].filter(test => [...reachOf(test, imports)].some(file => files.has(file)))
  return reaching.length > 0 ? reaching : [...tests.keys()]
}
