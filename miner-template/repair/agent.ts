import type { Context, Solution } from '../../agent-runtime/index.ts'
import { openEcosystem } from './ecosystem.ts'
import { search } from './search.ts'
import { rank } from './spectrum.ts'

/** Seconds kept back for the last full run and for leaving a clean tree. */
const RESERVE = 15

/** Repairs what a visible test, or an example in the statement, shows to be broken; else leaves the tree alone. */
export async function solve(context: Context): Promise<Solution> {
  const { log, signal, task } = context
  const statement = task.problemStatement
  const secondsLeft = (): number => (signal.aborted ? 0 : context.budget.secondsLeft() - RESERVE)
  const ecosystem = await openEcosystem(context)
  if (ecosystem === undefined) return log('Found no test this agent can run')

  try {
    let run = await ecosystem.run()
    while (run.failed.size > 0 && secondsLeft() > 0) {
      log('Tests fail', { passed: run.passed.length, failed: [...run.failed.keys()], seconds: run.seconds })
      const suspects = rank(run, ecosystem.sources, statement)
      log('Ranked the suspicious lines', suspects.slice(0, 5))
      const fix = await search({ ecosystem, run, suspects, statement, secondsLeft, log })
      if (fix === undefined) return log('Found no change that passes a failing test and breaks none')
      log('Keeping a change', fix.changes)
      ecosystem.keep(fix.texts)
      run = await ecosystem.run()
    }
    log('Ended', { passed: run.passed.length, failed: run.failed.size })
  } finally {
    await ecosystem.close()
  }
}
