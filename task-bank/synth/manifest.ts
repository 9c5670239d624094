import type { Fault } from '../faults/fault.ts'
import { type MadeTask, writeMade } from '../history/made.ts'
import type { Difficulty } from './difficulty.ts'

/** Everything that the `task.toml` of a task with a planted fault says. */
export interface PlantedTask extends MadeTask {
  readonly others: readonly string[]
  readonly difficulty: Difficulty
  readonly fault: Pick<Fault, 'kind' | 'place' | 'description'>
  readonly seed: string
}

/** The text of a `task.toml`. Whoever may read it knows the answer; agents never get it. */
export function writePlanted(task: PlantedTask): string {
  const { fault, origin, seed } = task
  return writeMade(task, {
    description: `A fault that was planted into ${origin.repository}.`,
    keyword: 'planted',
    metadata: {
      category: fault.kind,
      planted: { file: fault.place.file, line: fault.place.line, description: fault.description, seed },
    },
  })
}
