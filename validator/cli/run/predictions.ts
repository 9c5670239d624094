import path from 'node:path'
import { type Prediction, readPredictions } from '../../../task-bank/swebench/predictions.ts'
import type { Task } from '../../../task-bank/task.ts'
import type { RunResult } from '../../run.ts'
import type { RunPlan } from '../../runs/plan.ts'
import { matchPredictions, saveReports } from '../../runs/predictions.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { plain } from '../text.ts'
import type { RunOptions } from './run.ts'

/** Patches to be judged in the place of agents. */
export interface Predicted {
  readonly predictions: readonly Prediction[]
  readonly tasks: readonly Task[]
  readonly agents: RunPlan['agents']
}

/**
 * Reads predictions for tasks; the word `gold` stands for the references of those that carry a row.
 *
 * @throws UsageError for ids that no task has
 */
export async function predict(tasks: readonly Task[], source: string): Promise<Predicted> {
  const rows = tasks.flatMap(task => task.verifier.row ?? [])
  const predictions = await readPredictions(source, rows)
  const { patches, tasks: wanted, unknown } = matchPredictions(tasks, predictions)
  if (unknown.length > 0)
    throw new UsageError(
      `Cannot judge ${unknown.length} of ${predictions.length} predictions: no task is called ${unknown.slice(0, 5).join(', ')}`,
    )
  const where = source === 'gold' ? source : path.resolve(source)
  return { predictions, tasks: wanted, agents: [{ agent: patches, source: where }] }
}

/** Writes the reports that scripts of the SWE-bench family read. */
export function report(
  tasks: readonly Task[],
  predictions: readonly Prediction[],
  { run, attempts }: RunResult,
  options: RunOptions,
): ReturnType<typeof saveReports> {
  return saveReports({
    id: options.runId ?? run.id,
    tasks,
    predictions,
    attempts,
    folder: run.folder,
    reportFolder: options.reportDir ?? run.folder,
    logFolder: options.logDir ?? path.join(run.folder, 'logs'),
  })
}

/** The counts of the report, as such harnesses print them. */
export function renderReport({ file, report: counts }: ReturnType<typeof saveReports>): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Total instances', 'total_instances'],
    ['Instances submitted', 'submitted_instances'],
    ['Instances completed', 'completed_instances'],
    ['Instances resolved', 'resolved_instances'],
    ['Instances unresolved', 'unresolved_instances'],
    ['Instances with empty patches', 'empty_patch_instances'],
    ['Instances with errors', 'error_instances'],
  ]
  return [...rows.map(([title, key]) => `${title}: ${counts[key]}`), `Report     ${plain(shown(file))}`].join(
    '\n',
  )
}
