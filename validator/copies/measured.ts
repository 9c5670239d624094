import type { Quantiles } from './suspects.ts'

/**
 * The quantiles that a validator goes by: of `test/bench/copies.json`, and for patches of `test/bench/patches.json`, rounded up.
 */
export const MEASURED: Quantiles = {
  quantile: 0.995,
  pairs: 1248,
  containment: 0.21,
  pieces: 0.16,
  functions: 0.04,
  prompts: 0.12,
  patches: 0.1,
}
