import { z } from 'zod'
import type { Environment } from './facts.ts'

/**
 * What an operator says of environments: which subnet each belongs to, its weight among those of the same one, and which families of
 * tasks count as it. A duel has as many rounds as its smallest environment has tasks: families that are too small for that go together.
 */
export const Declared = z
  .record(
    z.string(),
    z.strictObject({
      netuid: z.union([z.literal('local'), z.int().min(0).max(65_535)]).default('local'),
      weight: z.number().positive().max(1e6).default(1),
      of: z.array(z.string().min(1)).min(1).optional(),
    }),
  )
  .superRefine((declared, context) => {
    const all = Object.entries(declared).flatMap(([name, { of = [] }]) => of.map(family => [family, name]))
    for (const [index, [family, name]] of all.entries()) {
      const other = all.slice(0, index).find(([earlier]) => earlier === family)?.[1]
      const wrong =
        other !== undefined
          ? `${family} belongs to ${other} already`
          : family !== name && Object.hasOwn(declared, family!)
            ? `${family} is an environment of its own`
            : undefined
      if (wrong !== undefined) context.addIssue({ code: 'custom', path: [name!, 'of'], message: wrong })
    }
  })
export type Declared = z.infer<typeof Declared>

/** The environment that a family of tasks counts as: its own if nothing else is said. */
export function environmentOf(family: string, declared: Declared): string {
  return Object.entries(declared).find(([, { of = [] }]) => of.includes(family))?.[0] ?? family
}

/** Each environment's part of a score: subnets count the same, and within one the environments by their weights. In order of names. */
export function shareOut(names: readonly string[], declared: Declared): Environment[] {
  const all = [...new Set(names)].sort().map(name => ({
    name,
    netuid: declared[name]?.netuid ?? ('local' as const),
    weight: declared[name]?.weight ?? 1,
  }))
  const subnets = new Set(all.map(({ netuid }) => netuid)).size
  return all.map(({ name, netuid, weight }) => {
    const sum = all.filter(one => one.netuid === netuid).reduce((total, one) => total + one.weight, 0)
    return { name, netuid, share: weight / sum / subnets }
  })
}
