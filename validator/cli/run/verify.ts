import { randomBytes } from 'node:crypto'
import { holding } from '../../../sandbox/hold.ts'
import { levelOf } from '../../../sandbox/lift.ts'
import { Slot } from '../../../sandbox/slot.ts'
import { runVerifyPhase } from '../../../sandbox/verify-phase.ts'
import { judge } from '../../scoring/verdict.ts'
import { ready } from '../machine/setup.ts'
import { asJson, plain } from '../text.ts'
import { openAttempt } from './attempt.ts'

/** `arete verify <attempt>`: exit code 0 if the verdict is the same again, 1 if not. */
export async function verify(folder: string, options: { json?: true }): Promise<number> {
  const surroundings = await ready()
  const run = randomBytes(6).toString('hex')
  await using _ = await holding(surroundings, run)
  const { record, prepared, patch } = await openAttempt(surroundings, folder, run)
  await using slot = new Slot({ ...surroundings, run })
  const sandbox = await slot.take(prepared, 'verify')
  const outcome = await runVerifyPhase({ sandbox, prepared, patch })
  slot.discard(sandbox)
  const again = judge({
    runner: prepared.task.verifier.runner,
    level: levelOf(prepared.task, prepared.lift),
    agent: { kind: 'finished' },
    patch: { kind: patch === undefined ? 'empty' : 'patch' },
    verify: outcome,
  })
  const same = again.verdict === record.verdict
  if (options.json) console.log(asJson({ same, recorded: record.verdict, again }))
  else
    console.log(
      `${same ? 'Same verdict' : 'Another verdict'}: ${again.verdict} (recorded: ${record.verdict}). ${plain(again.detail)}`,
    )
  return same ? 0 : 1
}
