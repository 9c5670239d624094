import { readDiscussions } from '../../../task-bank/history/discussions.ts'
import { readRecipe, USUAL } from '../../../task-bank/history/recipe.ts'
import { type MinePlan, mine } from '../../mining/mine.ts'
import { ready } from '../machine/setup.ts'
import { shown } from '../places.ts'
import { asJson } from '../text.ts'
import { checkNames, load, type MakeOptions, untilMade } from './make-tasks.ts'
import { openMineLive, renderMine } from './mine-live.ts'

export interface MineOptions extends MakeOptions {
  readonly issues?: string
  readonly since?: string
  readonly max?: number
  readonly firstParent?: true
}

/** `arete task mine`. Exit code 1 if no task came out of it, 3 if our own machinery failed on a candidate. */
export async function mineTasks(repository: string, options: MineOptions): Promise<number> {
  checkNames(options)
  const recipe = options.recipe === undefined ? USUAL : load(options.recipe, readRecipe).recipe
  const discussions =
    options.issues === undefined ? new Map() : load(options.issues, readDiscussions).discussions
  const surroundings = await ready()
  const plan: MinePlan = {
    repository,
    name: options.name,
    revision: options.revision,
    out: options.out,
    environment: options.environment,
    recipe,
    discussions,
    since: options.since,
    limit: options.limit,
    max: options.max,
    firstParent: options.firstParent === true,
    network: options.network === true,
    rounds: options.rounds,
    jobs: options.jobs ?? Math.max(1, Math.floor(surroundings.about.cpus / 2)),
  }
  const live = openMineLive(options.json ? process.stderr : process.stdout, plan.jobs)
  return await untilMade(live, async signal => {
    const result = await mine(surroundings, plan, live.onEvent, signal)
    live.stop()
    if (options.json) console.log(asJson(toJson(result)))
    else console.log(renderMine(result, process.stdout.columns ?? 120))
    if (result.rows.some(row => row.entry === undefined)) return 3
    return result.tasks.length > 0 ? 0 : 1
  })
}

function toJson({ rows, tasks, ...result }: Awaited<ReturnType<typeof mine>>): object {
  return {
    ...result,
    tasks: tasks.map(shown),
    candidates: rows.map(({ commit, subject, entry, isOld, failure }) => ({
      commit: commit.id,
      date: new Date(commit.time * 1000).toISOString().slice(0, 10),
      subject,
      outcome: entry?.outcome ?? { kind: 'failed', detail: failure },
      seconds: entry?.seconds ?? null,
      decidedBefore: isOld,
    })),
  }
}
