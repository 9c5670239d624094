import { stringify } from 'smol-toml'
import type { Licence } from './licence.ts'
import type { Recipe } from './recipe.ts'
import type { RunnerKind } from './toolchain.ts'

/** What is known of every task that was made out of a repository. */
export interface MadeTask {
  readonly name: string
  readonly environment: string
  readonly runner: RunnerKind
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
  /** Tests of the hidden files that do not pass each time, or are skipped: what becomes of them does not count. */
  readonly others: readonly string[] | 'any'
  readonly protectedPaths: readonly string[]
  readonly difficulty: string
  readonly recipe: Recipe
  readonly origin: {
    readonly repository: string
    readonly commit: string
    readonly licence: Licence | undefined
  }
}

/**
 * The text of a `task.toml`.
 *
 * @param about - `keyword` of the task, and what its `metadata` says beside difficulty and origin
 */
export function writeMade(
  task: MadeTask,
  about: {
    readonly description: string
    readonly keyword: string
    readonly metadata: Readonly<Record<string, unknown>>
    /** More of where it comes from. */
    readonly origin?: Readonly<Record<string, string>>
  },
): string {
  const { origin, recipe } = task
  const user = 'agent'
  return `${stringify({
    schema_version: '1.4',
    task: {
      name: `arete/${task.name}`,
      description: about.description,
      keywords: [about.keyword, task.runner],
    },
    metadata: {
      difficulty: task.difficulty,
      ...about.metadata,
      origin: {
        repository: origin.repository,
        commit: origin.commit,
        ...about.origin,
        licence: origin.licence?.id ?? 'none found',
        ...(origin.licence === undefined ? {} : { licence_file: origin.licence.file }),
      },
    },
    agent: { timeout_sec: 600, user },
    verifier: { timeout_sec: recipe.test_seconds, user },
    environment: {
      build_timeout_sec: recipe.build_seconds,
      cpus: 1,
      memory_mb: recipe.memory_mb,
      storage_mb: recipe.storage_mb,
      network_mode: 'no-network',
      ...(Object.keys(recipe.env).length === 0 ? {} : { env: recipe.env }),
    },
    arete: {
      environment: task.environment,
      mode: 'patch',
      runner: task.runner,
      workdir: '/app',
      place: 'repository',
      accepts: 'reported',
      protected: task.protectedPaths,
      fail_to_pass: task.failToPass,
      pass_to_pass: task.passToPass,
      others: task.others,
    },
  })}\n`
}
