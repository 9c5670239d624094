import { z } from 'zod'
import type { Environment } from './facts.ts'

/** What an operator says of environments: which subnet each belongs to, and its weight among those of the same one. */
export const Declared = z.record(
  z.string(),
  z.strictObject({
    netuid: z.union([z.literal('local'), z.int().min(0).max(65_535)]).default('local'),
    weight: z.number().positive().max(1e6).default(1),
  }),
)
export type Declared = z.infer<typeof Declared>

/** Each environment's part of a score: subnets count the same, and within one the environments by their weights. In order of names. */
export function shareOut(names: readonly string[], declared: Declared): Environment[] {
  const all = [...new Set(names)]
    .sort()
    .map(name => ({ name, netuid: 'local' as const, weight: 1, ...declared[name] }))
  const subnets = new Set(all.map(({ netuid }) => netuid)).size
  return all.map(({ name, netuid, weight }) => {
    const sum = all.filter(one => one.netuid === netuid).reduce((total, one) => total + one.weight, 0)
    return { name, netuid, share: weight / sum / subnets }
  })
}
