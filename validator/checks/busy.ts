import { openNeighbours } from './neighbours.ts'
import type { Rule } from './rule.ts'
import { tryPatch } from './trial.ts'
import { changing } from './verdicts.ts'

const MOST_ROUNDS = 3

/**
 * The same beside neighbours that keep processors, disk and memory busy. A reference that fails only then is a warning, since
 * failures on a busy machine are looked at again on a quiet one; nothing done must not be solved at any time.
 */
export const busy: Rule = {
  name: 'busy',
  isSlow: true,
  steps: ({ rounds }) => 2 * Math.min(rounds, MOST_ROUNDS),
  async run(context) {
    const { surroundings, run, reason, warn } = context
    const rounds = Math.min(context.rounds, MOST_ROUNDS)
    const quiet = new Set(changing(context.seen))
    await using _ = await openNeighbours(surroundings, run)
    let nopUnsolved = 0
    let oracleSolved = 0
    for (let round = 0; round < rounds; round++) {
      const nothing = await tryPatch(context, 'nothing', { busy: true })
      if (nothing.verdict.verdict === 'solved')
        reason('doing nothing is judged as solved beside busy neighbours')
      else nopUnsolved += 1
      const reference = await tryPatch(context, 'reference', { busy: true })
      if (reference.verdict.verdict === 'solved') oracleSolved += 1
      else warn(`beside busy neighbours the reference is judged as unsolved: ${reference.verdict.detail}`)
    }
    const flaky = changing(context.seen).filter(id => !quiet.has(id))
    for (const id of flaky) warn(`"${id}" has another result beside busy neighbours`)
    return { busy: { rounds, nopUnsolved, oracleSolved } }
  },
}
