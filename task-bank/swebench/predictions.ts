import { z } from 'zod'
import { TaskError } from '../errors.ts'
import { readRecords } from './read.ts'
import type { Row } from './row.ts'

/** One patch of a model for one problem; null and blank ones are listed, but not run. */
export const Prediction = z.looseObject({
  instance_id: z.string().min(1).max(200),
  model_name_or_path: z.string().min(1).max(500),
  model_patch: z
    .string()
    .nullish()
    .transform(patch => patch ?? null),
})
export type Prediction = z.infer<typeof Prediction>

/**
 * Reads predictions: a list, an object by id, or one a line, as JSON; or the word `gold`, which stands for the references of the
 * given rows.
 *
 * @throws TaskError naming the place and the key, for an id that stands twice, and for several models in one file
 */
export async function readPredictions(source: string, rows: readonly Row[]): Promise<Prediction[]> {
  if (source === 'gold')
    return rows.map(({ instance_id, patch }) => ({
      instance_id,
      model_name_or_path: 'gold',
      model_patch: patch,
    }))
  const predictions: Prediction[] = []
  const reasons: string[] = []
  for (const { place, value } of await readRecords(source)) {
    const parsed = Prediction.safeParse(value)
    if (!parsed.success)
      reasons.push(
        ...parsed.error.issues.map(
          issue => `${place}: ${issue.path.join('.') || 'prediction'}: ${issue.message}`,
        ),
      )
    else predictions.push(parsed.data)
    if (reasons.length >= 20) break
  }
  const first = predictions[0]
  const seen = new Set<string>()
  for (const { instance_id, model_name_or_path } of predictions) {
    if (seen.has(instance_id)) reasons.push(`instance_id: "${instance_id}" stands twice`)
    seen.add(instance_id)
    if (model_name_or_path !== first?.model_name_or_path)
      reasons.push(
        `model_name_or_path: "${model_name_or_path}" beside "${first?.model_name_or_path}": one file is one model's`,
      )
  }
  if (predictions.length === 0 && reasons.length === 0) reasons.push('there is no prediction in it')
  if (reasons.length > 0) throw new TaskError(source, [...new Set(reasons)].slice(0, 20))
  return predictions
}

export function isEmpty({ model_patch }: Prediction): boolean {
  return model_patch === null || model_patch.trim() === ''
}
