import fs from 'node:fs'
import path from 'node:path'
import type { Patches } from '../../sandbox/agent.ts'
import type { Grade, Outcomes } from '../../task-bank/swebench/grade.ts'
import { isEmpty, type Prediction } from '../../task-bank/swebench/predictions.ts'
import {
  buildInstanceReport,
  buildRunReport,
  fileName,
  type Result,
} from '../../task-bank/swebench/report.ts'
import type { Task } from '../../task-bank/task.ts'
import { type AttemptRecord, json } from './record.ts'

/** Predictions with the tasks that they are for. */
export interface Matched {
  readonly patches: Patches
  /** Tasks whose prediction is not empty: those that are run. */
  readonly tasks: readonly Task[]
  /** Ids that no task has. */
  readonly unknown: readonly string[]
}

/** The id that predictions and reports name a task by: that of its row, else its name without the organisation. */
export function instanceId({ name, verifier }: Task): string {
  return verifier.row?.instance_id ?? name.split('/').at(-1)!
}

/** Finds the task of each prediction. */
export function matchPredictions(tasks: readonly Task[], predictions: readonly Prediction[]): Matched {
  const byId = new Map(tasks.flatMap(task => [[task.name, task] as const, [instanceId(task), task] as const]))
  const found = predictions.map(prediction => ({ prediction, task: byId.get(prediction.instance_id) }))
  const run = found.filter(({ prediction, task }) => task !== undefined && !isEmpty(prediction))
  const byTask = new Map(run.map(({ prediction, task }) => [task!.name, prediction.model_patch!]))
  return {
    patches: { kind: 'patches', name: predictions[0]?.model_name_or_path ?? 'nobody', byTask },
    tasks: tasks.filter(task => byTask.has(task.name)),
    unknown: found.filter(({ task }) => task === undefined).map(({ prediction }) => prediction.instance_id),
  }
}

/**
 * Writes what the scripts of the SWE-bench family read: the report of the run, and for each instance a folder
 * `run_evaluation/<run id>/<model>/<id>`.
 *
 * @returns the file of the run's report, and what is in it
 */
export function saveReports(run: {
  readonly id: string
  readonly tasks: readonly Task[]
  readonly predictions: readonly Prediction[]
  readonly attempts: readonly AttemptRecord[]
  /** Folder of our own run. */
  readonly folder: string
  readonly reportFolder: string
  readonly logFolder: string
}): { file: string; report: Record<string, unknown> } {
  const model = fileName(run.predictions[0]?.model_name_or_path ?? 'nobody')
  const byName = new Map(run.tasks.map(task => [task.name, task]))
  const results = new Map<string, Result>()
  const attempts = new Map<string, AttemptRecord>()
  for (const record of run.attempts) {
    const task = byName.get(record.task)
    if (task === undefined) continue
    results.set(instanceId(task), resultOf(task, record))
    attempts.set(instanceId(task), record)
  }
  const predictions = run.predictions.map(one => {
    const task = byName.get(one.instance_id)
    return task === undefined ? one : { ...one, instance_id: instanceId(task) }
  })
  for (const prediction of predictions) {
    const result = results.get(prediction.instance_id)
    const record = attempts.get(prediction.instance_id)
    if (result === undefined || record === undefined) continue
    const folder = path.join(
      run.logFolder,
      'run_evaluation',
      fileName(run.id),
      model,
      fileName(prediction.instance_id),
    )
    saveInstance(folder, { prediction, result, record, task: byName.get(record.task)!, run: run.folder })
  }
  const report = buildRunReport({ rows: run.tasks.map(instanceId), predictions, results })
  const file = path.join(run.reportFolder, `${model}.${fileName(run.id)}.json`)
  fs.mkdirSync(run.reportFolder, { recursive: true })
  fs.writeFileSync(file, `${JSON.stringify(report, undefined, 4)}\n`)
  return { file, report }
}

function resultOf({ verifier: { runner } }: Task, record: AttemptRecord): Result {
  if (record.verdict === null)
    return { kind: 'error', reason: record.reason, fault: record.fault === 'task' ? 'task' : 'harness' }
  const passed = new Set(record.tests.passed)
  const split = (ids: readonly string[]): Outcomes => ({
    success: ids.filter(id => passed.has(id)),
    failure: ids.filter(id => !passed.has(id)),
  })
  const applied = record.reason !== 'invalid-patch'
  const resolved = record.verdict === 'solved'
  if (runner.kind === 'script' || !applied) return { kind: 'graded', applied, resolved, grade: undefined }
  const failToPass = split(runner.expected.failToPass)
  const passToPass = split(runner.expected.passToPass)
  const isPartial = failToPass.success.length > 0 && passToPass.failure.length === 0
  const grade: Grade = { failToPass, passToPass, resolved: resolved ? 'full' : isPartial ? 'partial' : 'no' }
  return { kind: 'graded', applied, resolved, grade }
}

function saveInstance(
  folder: string,
  one: { prediction: Prediction; result: Result; record: AttemptRecord; task: Task; run: string },
): void {
  const { prediction, result, record, task } = one
  const log = path.join(one.run, record.folder, 'verifier/test-stdout.txt')
  const lines = [
    `instance   ${prediction.instance_id}`,
    `attempt    ${path.join(one.run, record.folder)}`,
    `verdict    ${record.verdict ?? 'none'} (${record.reason}, level ${record.level ?? 'none'})`,
    `detail     ${record.detail}`,
    ...record.dropped.map(name => `left as it was: ${name}`),
    `seconds    ${record.seconds.verify}`,
  ]
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'patch.diff'), prediction.model_patch ?? '')
  fs.writeFileSync(path.join(folder, 'eval.sh'), task.verifier.row?.eval_script ?? '')
  fs.writeFileSync(path.join(folder, 'run_instance.log'), `${lines.join('\n')}\n`)
  fs.writeFileSync(path.join(folder, 'test_output.txt'), fs.existsSync(log) ? fs.readFileSync(log) : '')
  // The last: scripts take its presence for the end.
  fs.writeFileSync(path.join(folder, 'report.json'), json(buildInstanceReport(prediction, result)))
}
