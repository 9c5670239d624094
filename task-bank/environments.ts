import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { Affinetes } from './affinetes.ts'
import { MIN_DELTA, Terms } from './draw/commitment.ts'
import { groupBy } from './group.ts'
import { RUNNERS } from './manifest.ts'

const { shape } = Terms

/** An environment whose tasks are Harbor's. */
const Native = z.strictObject({
  protocol: z.literal('native'),
  about: z.string().default(''),
  /** The subnet it belongs to; `local` counts on no chain. */
  netuid: z.union(
    [z.literal('local'), z.number().int().nonnegative().max(65_535)],
    'expected a netuid or "local"',
  ),
  /** Its weight among the environments of the same subnet. */
  weight: z.number().positive().max(1e6),
  runners: z.array(z.enum([...RUNNERS, 'log'])).min(1),
  /** The public file of its pool; relative to the file that declares it. */
  pool: z.string().min(1),
  draw: shape.draw,
  confirmation: shape.confirmation,
  minimum: shape.minimum,
})
export type Native = z.infer<typeof Native>

const Environment = z.preprocess(
  value =>
    typeof value === 'object' && value !== null && !('protocol' in value)
      ? { ...value, protocol: 'native' }
      : value,
  z.discriminatedUnion('protocol', [Native, Affinetes], {
    error: issue =>
      issue.code === 'invalid_union' ? 'expected the protocol "native" or "affinetes"' : undefined,
  }),
)
export type Environment = z.infer<typeof Environment>

/** The file that declares all environments and what they have in common. */
export const Environments = z.strictObject({
  window_blocks: shape.windowBlocks,
  delta: shape.delta.default(MIN_DELTA),
  environments: z.record(shape.environment, Environment),
})
export type Environments = z.infer<typeof Environments>

/** Reads the text of an `environments.toml`: the declarations, or each mistake as `line or key: what was expected`. */
export function parseEnvironments(
  text: string,
): { readonly environments: Environments } | { readonly mistakes: readonly string[] } {
  let raw: unknown
  try {
    raw = parseToml(text)
  } catch (error) {
    const { line, column, message } = error as { line?: number; column?: number; message: string }
    return { mistakes: [`line ${line ?? '?'}, column ${column ?? '?'}: ${message.split('\n')[0]}`] }
  }
  const parsed = Environments.safeParse(raw)
  if (!parsed.success)
    return {
      mistakes: parsed.error.issues.map(issue => `${issue.path.join('.') || 'file'}: ${issue.message}`),
    }
  const mistakes = Object.entries(parsed.data.environments).flatMap(([id, environment]) => {
    const { draw, confirmation } = environment
    return environment.protocol === 'affinetes' || environment.minimum >= draw + confirmation
      ? []
      : [`environments.${id}.minimum: expected draw + confirmation or more, that is ${draw + confirmation}`]
  })
  return mistakes.length > 0 ? { mistakes } : { environments: parsed.data }
}

/**
 * Share of each environment in a score: subnets weigh the same, and within a subnet the environments by their weights; all
 * together 1.
 */
export function sharesOf({ environments }: Environments): ReadonlyMap<string, number> {
  const groups = groupBy(Object.entries(environments), ([, { netuid }]) => netuid)
  return new Map(
    [...groups.values()].flatMap(group => {
      const sum = group.reduce((total, [, { weight }]) => total + weight, 0)
      return group.map(([id, { weight }]) => [id, weight / sum / groups.size] as const)
    }),
  )
}
