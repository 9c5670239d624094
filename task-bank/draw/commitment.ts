import { z } from 'zod'
import { digestFields, Sha256 } from './fields.ts'

/** So many blocks at least lie between the commitment and the block whose hash is the seed. */
export const MIN_DELTA = 20
/** Bounds that keep every check of a stranger's file short, and all sums below 2^53. */
const MAX_TASKS = 2 ** 20
const MAX_BLOCK = 2 ** 40

export const Block = z.number().int().nonnegative().max(MAX_BLOCK)
const Count = z.number().int().positive().max(MAX_TASKS)

/** What is settled before anybody can know the seed; nothing of it can be chosen afterwards. */
export const Terms = z.strictObject({
  environment: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes')
    .max(64),
  /** The root is to be public before this block. */
  before: Block,
  delta: z.number().int().min(MIN_DELTA, `expected ${MIN_DELTA} blocks or more`).max(MAX_BLOCK),
  /** Length of a window; window `w` is the blocks from `w × windowBlocks` on. */
  windowBlocks: z.number().int().positive().max(MAX_BLOCK),
  /** Tasks of a window's draw, and of the confirmation of a duel. */
  draw: Count,
  confirmation: Count,
  /** No window is drawn while fewer tasks are fresh. */
  minimum: Count,
})
export type Terms = z.infer<typeof Terms>

/** The public half of a pool. Tasks are numbered from 0 through all strata. */
export const Commitment = z.strictObject({
  root: Sha256,
  terms: Terms,
  /** Root of the Merkle tree of the tasks. */
  tree: Sha256,
  /** Name (`stratumOf`) and number of tasks of each repository, in the order of names. */
  strata: z.array(z.strictObject({ id: Sha256, size: Count })).min(1),
})
export type Commitment = z.infer<typeof Commitment>

/**
 * The root of a pool: `digestFields("arete/pool/v1", environment, before, delta, windowBlocks, draw, confirmation, minimum,
 * tree, id, size, id, size, …)`, numbers in decimal digits, `tree` and each `id` as 32 bytes. It stands for the terms and for
 * the size of each stratum too, so that a proof needs no other word of the operator.
 */
export function rootOf({ terms, tree, strata }: Omit<Commitment, 'root'>): string {
  const { environment, before, delta, windowBlocks, draw, confirmation, minimum } = terms
  return digestFields(
    'arete/pool/v1',
    environment,
    ...[before, delta, windowBlocks, draw, confirmation, minimum].map(String),
    Buffer.from(tree, 'hex'),
    ...strata.flatMap(({ id, size }) => [Buffer.from(id, 'hex'), String(size)]),
  ).toString('hex')
}

/** What contradicts itself in a commitment, as `key: what is wrong`. */
export function checkCommitment(commitment: Commitment): string[] {
  const { root, terms, strata } = commitment
  const size = sizeOf(commitment)
  return [
    ...(rootOf(commitment) === root ? [] : ['root: is not that of terms, tree and strata']),
    ...(strata.every(({ id }, index) => index === 0 || strata[index - 1]!.id < id)
      ? []
      : ['strata: expected ids in ascending order, each once']),
    ...(size <= MAX_TASKS ? [] : [`strata: ${size} tasks are more than ${MAX_TASKS}`]),
    ...(terms.minimum <= size
      ? []
      : [`terms.minimum: ${terms.minimum} is more than the pool's ${size} tasks`]),
    ...(terms.minimum >= terms.draw + terms.confirmation
      ? []
      : [`terms.minimum: expected draw + confirmation or more, that is ${terms.draw + terms.confirmation}`]),
  ]
}

/** Number of tasks of a pool. */
export function sizeOf({ strata }: Pick<Commitment, 'strata'>): number {
  return strata.reduce((sum, { size }) => sum + size, 0)
}
