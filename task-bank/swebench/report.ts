import type { Grade, Outcomes } from './grade.ts'
import { isEmpty, type Prediction } from './predictions.ts'

/** How one prediction came out. `error`: there is no verdict, because the image or our machinery failed. */
export type Result =
  | {
      readonly kind: 'graded'
      readonly applied: boolean
      readonly resolved: boolean
      readonly grade: Grade | undefined
    }
  | { readonly kind: 'error'; readonly reason: string; readonly fault: 'task' | 'harness' }

/** The report on a whole run, schema 2, as `<model>.<run id>.json` holds it. */
export function buildRunReport(run: {
  readonly rows: readonly string[]
  readonly predictions: readonly Prediction[]
  readonly results: ReadonlyMap<string, Result>
}): Record<string, unknown> {
  const submitted = new Set(run.predictions.map(({ instance_id }) => instance_id))
  const empty = new Set(run.predictions.filter(isEmpty).map(({ instance_id }) => instance_id))
  const ids = (keep: (id: string, result: Result | undefined) => boolean): string[] =>
    run.rows.filter(id => submitted.has(id) && !empty.has(id) && keep(id, run.results.get(id))).sort()
  const resolved = ids((_, result) => result?.kind === 'graded' && result.resolved)
  const unresolved = ids((_, result) => result?.kind === 'graded' && !result.resolved)
  const error = ids((_, result) => result?.kind !== 'graded')
  const infra = ids((_, result) => result?.kind === 'error')
  const emptyIds = run.rows.filter(id => empty.has(id)).sort()
  const reasons = infra.map(id => [id, (run.results.get(id) as { reason: string }).reason])
  return {
    total_instances: run.rows.length,
    submitted_instances: submitted.size,
    completed_instances: resolved.length + unresolved.length,
    resolved_instances: resolved.length,
    unresolved_instances: unresolved.length,
    infra_failure_instances: infra.length,
    ambiguous_failure_instances: 0,
    empty_patch_instances: emptyIds.length,
    error_instances: error.length,
    completed_ids: [...resolved, ...unresolved].sort(),
    incomplete_ids: run.rows.filter(id => !submitted.has(id)).sort(),
    empty_patch_ids: emptyIds,
    submitted_ids: [...submitted].sort(),
    resolved_ids: resolved,
    unresolved_ids: unresolved,
    infra_failure_ids: infra,
    ambiguous_failure_ids: [],
    failure_reasons: Object.fromEntries(reasons),
    error_ids: error,
    unstopped_instances: 0,
    unstopped_containers: [],
    unremoved_images: [],
    schema_version: 2,
  }
}

/** The report on one instance, as its `report.json` holds it. */
export function buildInstanceReport(
  { instance_id, model_patch }: Prediction,
  result: Result,
): Record<string, unknown> {
  const graded = result.kind === 'graded' ? result : undefined
  const report = {
    patch_is_None: model_patch === null,
    patch_exists: model_patch !== null,
    patch_successfully_applied: graded?.applied ?? false,
    resolved: graded?.resolved ?? false,
    infra_failure: result.kind === 'error',
    ...(result.kind === 'error' ? { infra_failure_reason: result.reason } : {}),
  }
  const grade = graded?.grade
  if (grade === undefined) return { [instance_id]: report }
  const nothing: Outcomes = { success: [], failure: [] }
  const tests = {
    FAIL_TO_PASS: grade.failToPass,
    PASS_TO_PASS: grade.passToPass,
    FAIL_TO_FAIL: nothing,
    PASS_TO_FAIL: nothing,
  }
  return { [instance_id]: { ...report, tests_status: tests } }
}

/** A model's name as part of a file's name. */
export function fileName(model: string): string {
  return model
    .replaceAll('/', '__')
    .replace(/[^\w.+@-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 150)
}
