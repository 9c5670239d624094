import { readRecipe, USUAL } from '../../../task-bank/history/recipe.ts'
import type { SynthPlan, SynthResult } from '../../planting/plan.ts'
import { synth } from '../../planting/synth.ts'
import { ready } from '../machine/setup.ts'
import { shown } from '../places.ts'
import { asJson } from '../text.ts'
import { checkNames, load, type MakeOptions, untilMade } from './make-tasks.ts'
import { openSynthLive, renderSynth } from './synth-live.ts'

export interface SynthOptions extends MakeOptions {
  readonly seed: string
  readonly count: number
}

/** `arete task synth`. Exit code 1 if fewer tasks came out of it than were asked for, 3 if our own machinery failed on a fault. */
export async function synthTasks(repository: string, options: SynthOptions): Promise<number> {
  checkNames(options)
  const recipe = options.recipe === undefined ? USUAL : load(options.recipe, readRecipe).recipe
  const surroundings = await ready()
  const plan: SynthPlan = {
    repository,
    recipe,
    name: options.name,
    revision: options.revision,
    out: options.out,
    environment: options.environment,
    seed: options.seed,
    count: options.count,
    limit: options.limit,
    network: options.network === true,
    rounds: options.rounds,
    jobs: options.jobs ?? Math.max(1, Math.floor(surroundings.about.cpus / 2)),
  }
  const live = openSynthLive(options.json ? process.stderr : process.stdout, plan)
  return await untilMade(live, async signal => {
    const result = await synth(surroundings, plan, live.onEvent, signal)
    live.stop()
    if (options.json) console.log(asJson(toJson(result)))
    else console.log(renderSynth(result, process.stdout.columns ?? 120))
    if (result.rows.some(row => row.entry === undefined)) return 3
    return result.tasks.length >= plan.count ? 0 : 1
  })
}

function toJson({ rows, tasks, ...result }: SynthResult): object {
  return {
    ...result,
    tasks: tasks.map(shown),
    tried: rows.map(({ fault, entry, isOld, failure }) => ({
      fault: entry?.fault ?? null,
      kind: fault.kind,
      ...fault.place,
      description: fault.description,
      outcome: entry?.outcome ?? { kind: 'failed', detail: failure },
      seconds: entry?.seconds ?? null,
      decidedBefore: isOld,
    })),
  }
}
