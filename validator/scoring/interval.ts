import { type Random, randomOf } from './random.ts'

/** Bounds of a score, from 0 to 1. */
export type Interval = readonly [low: number, high: number]

const Z_95 = 1.959964
const RESAMPLES = 2000

/** Wilson score interval of a proportion (E. B. Wilson, 1927) at 95 %; [0, 1] if there is nothing to go by. */
export function wilson(successes: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1]
  const share = successes / trials
  const centre = share + (Z_95 * Z_95) / (2 * trials)
  const spread = Z_95 * Math.sqrt((share * (1 - share)) / trials + (Z_95 * Z_95) / (4 * trials * trials))
  const scale = 1 + (Z_95 * Z_95) / trials
  const low = successes === 0 ? 0 : (centre - spread) / scale
  const high = successes === trials ? 1 : (centre + spread) / scale
  return [low, high]
}

/**
 * Percentile bootstrap interval of a mean at 95 %, whole clusters at a time: tasks out of one repository are no independent
 * witnesses. The same scores and seed give the same bounds; the order of clusters does not matter.
 *
 * @param clusters - scores from 0 to 1, by repository
 */
export function bootstrap(clusters: Readonly<Record<string, readonly number[]>>, seed: number): Interval {
  const groups = Object.keys(clusters)
    .sort()
    .map(name => clusters[name]!)
    .filter(scores => scores.length > 0)
    .map(scores => ({ sum: scores.reduce((total, one) => total + one, 0), count: scores.length }))
  if (groups.length === 0) return [0, 1]
  const random = randomOf(seed)
  const means = Array.from({ length: RESAMPLES }, () => resampledMean(groups, random)).sort(
    (one, other) => one - other,
  )
  return [means[Math.floor(RESAMPLES * 0.025)]!, means[Math.ceil(RESAMPLES * 0.975) - 1]!]
}

function resampledMean(groups: readonly { sum: number; count: number }[], random: Random): number {
  let sum = 0
  let count = 0
  for (let index = 0; index < groups.length; index++) {
    const group = groups[Math.floor(random() * groups.length)]!
    sum += group.sum
    count += group.count
  }
  return sum / count
}
