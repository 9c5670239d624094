import type { Difficulty, Extent } from './difficulty.ts'
import { type MadeTask, writeMade } from './made.ts'
import type { StatementSource } from './statement.ts'

/** Everything that the `task.toml` of a mined task says. */
export interface MinedTask extends MadeTask {
  readonly difficulty: Difficulty
  readonly extent: Extent
  readonly statement: StatementSource
  readonly origin: Origin
}

/** Where a task comes from. */
export interface Origin extends Readonly<MadeTask['origin']> {
  /** The commit before, whose tree an agent starts from. */
  readonly parent: string
  /** Day of the commit. */
  readonly date: string
}

/** The text of a `task.toml`. */
export function writeManifest(task: MinedTask): string {
  const { origin, extent } = task
  return writeMade(task, {
    description: `A change that was really made to ${origin.repository}.`,
    keyword: 'history',
    metadata: {
      category: 'history',
      statement: sayStatement(task.statement),
      reference: { lines: extent.lines, places: extent.places, files: extent.files },
    },
    origin: { parent: origin.parent, date: origin.date },
  })
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
