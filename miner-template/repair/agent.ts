import type { Context, Solution } from 'arete'
import { openEcosystem } from './ecosystem.ts'
import { search } from './search.ts'
import { rank } from './spectrum.ts'

/** Seconds kept back for leaving a clean tree. */
const RESERVE = 10

/** Repairs what a visible test, or else an example in the statement, shows to be broken. */
export async function solve(context: Context): Promise<Solution> {
  const { log, signal, budget } = context
  const statement = context.task.problemStatement
  const secondsLeft = (): number => (signal.aborted ? 0 : budget.secondsLeft() - RESERVE)
  const ecosystem = await openEcosystem(context)
  if (ecosystem === undefined) return log('Found no tests that this agent can run')

  try {
    while (secondsLeft() > 0) {
      const observed = await ecosystem.observe(secondsLeft())
      log('Ran the tests', { passed: observed.passed.length, failed: [...observed.failed.keys()] })
      if (observed.failed.size === 0) return log('No test fails')

      const suspects = rank(observed, ecosystem.sources, statement)
      log('Ranked the lines', suspects.slice(0, 5))

      const fix = await search({ ecosystem, observed, suspects, statement, secondsLeft, log })
      if (fix === undefined) return log('Found no change that mends a test and breaks none')
      log('Keeping a change', fix.change)
      ecosystem.keep(fix.texts)
    }
  } finally {
    await ecosystem.close()
  }
}
