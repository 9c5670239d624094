import type { Quantiles } from './suspects.ts'

/**
 * The quantiles that a validator goes by: of `test/bench/copies.json`, rounded up. Of patches none are known yet: it takes agents of
 * strangers that solved the same tasks.
 */
export const MEASURED: Quantiles = {
  quantile: 0.995,
  pairs: 681,
  containment: 0.21,
  pieces: 0.16,
  functions: 0.02,
  prompts: 0.08,
  patches: 1,
}
