import { stringify } from 'smol-toml'
import type { Fault } from '../faults/fault.ts'
import type { Licence } from '../history/licence.ts'
import type { Recipe } from '../history/recipe.ts'
import type { RunnerKind } from '../history/toolchain.ts'
import type { Difficulty } from './difficulty.ts'

/** Everything that the `task.toml` of a task with a planted fault says. */
export interface PlantedTask {
  readonly name: string
  readonly environment: string
  readonly runner: RunnerKind
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
  /** Tests of the hidden files that do not pass each time, or are skipped: what becomes of them does not count. */
  readonly others: readonly string[]
  readonly protectedPaths: readonly string[]
  readonly difficulty: Difficulty
  readonly fault: Pick<Fault, 'kind' | 'place' | 'description'>
  readonly origin: {
    readonly repository: string
    readonly commit: string
    readonly licence: Licence | undefined
  }
  readonly seed: string
  readonly recipe: Recipe
}

/** The text of a `task.toml`. Whoever may read it knows the answer; agents never get it. */
export function writePlanted(task: PlantedTask): string {
  const { fault, origin, recipe } = task
  const user = 'agent'
  return `${stringify({
    schema_version: '1.4',
    task: {
      name: `arete/${task.name}`,
      description: `A fault that was planted into ${origin.repository}.`,
      keywords: ['planted', task.runner],
    },
    metadata: {
      difficulty: task.difficulty,
      category: fault.kind,
      planted: {
        file: fault.place.file,
        line: fault.place.line,
        description: fault.description,
        seed: task.seed,
      },
      origin: {
        repository: origin.repository,
        commit: origin.commit,
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
