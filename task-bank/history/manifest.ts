import { stringify } from 'smol-toml'
import type { Difficulty, Extent } from './difficulty.ts'
import type { Licence } from './licence.ts'
import type { Recipe } from './recipe.ts'
import type { StatementSource } from './statement.ts'
import type { RunnerKind } from './toolchain.ts'

/** Everything that the `task.toml` of a mined task says. */
export interface MinedTask {
  readonly name: string
  readonly environment: string
  readonly runner: RunnerKind
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
  /** Tests of the same files that do not pass with the reference: skipped, or not for this machine. */
  readonly others: readonly string[] | 'any'
  readonly protectedPaths: readonly string[]
  readonly difficulty: Difficulty
  readonly extent: Extent
  readonly statement: StatementSource
  readonly origin: Origin
  readonly recipe: Recipe
}

/** Where a task comes from. */
export interface Origin {
  readonly repository: string
  readonly commit: string
  /** The commit before, whose tree an agent starts from. */
  readonly parent: string
  /** Day of the commit. */
  readonly date: string
  readonly licence: Licence | undefined
}

/** The text of a `task.toml`. */
export function writeManifest(task: MinedTask): string {
  const { origin, recipe, extent } = task
  const user = 'agent'
  return `${stringify({
    schema_version: '1.4',
    task: {
      name: `arete/${task.name}`,
      description: `A change that was really made to ${origin.repository}.`,
      keywords: ['history', task.runner],
    },
    metadata: {
      difficulty: task.difficulty,
      category: 'history',
      statement: sayStatement(task.statement),
      reference: { lines: extent.lines, places: extent.places, files: extent.files },
      origin: {
        repository: origin.repository,
        commit: origin.commit,
        parent: origin.parent,
        date: origin.date,
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
      accepts: 'reported',
      place: 'repository',
      protected: task.protectedPaths,
      fail_to_pass: task.failToPass,
      pass_to_pass: task.passToPass,
      others: task.others,
    },
  })}\n`
}

/** `issue 12`, `pull request 13`, `commit message`. */
export function sayStatement(source: StatementSource): string {
  switch (source.kind) {
    case 'issue':
      return `issue ${source.number}`
    case 'pull':
      return `pull request ${source.number}`
    case 'commit-message':
      return 'commit message'
  }
}
