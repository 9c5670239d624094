import { z } from 'zod'
import { Block, Commitment, type Commitment as Committed, sizeOf } from './commitment.ts'
import { blockOf, Draw } from './draw.ts'
import { digestFields, Sha256 } from './fields.ts'
import { leafOf, type Opening } from './leaf.ts'
import { buildTree } from './merkle.ts'
import type { Secrets } from './secrets.ts'
import { seedOf } from './seed.ts'

/**
 * Everything that shows that a draw took these tasks and could take no others: the commitment, the draws before it, block hash
 * and seed, and of each task, in the order of the draw, what was hidden of it and its way to the root.
 */
const Unchecked = z.strictObject({
  format: z.literal('arete/draw/v1'),
  commitment: Commitment,
  /** All draws from the pool before this one, in their order; which tasks they took follows from them. */
  earlier: z.array(Draw).max(10_000),
  draw: Draw,
  block: Block,
  seed: Sha256,
  tasks: z.array(
    z.strictObject({
      number: z.number().int().nonnegative(),
      digest: Sha256,
      salt: Sha256,
      repository: z.string().min(1),
      stratumSalt: Sha256,
      path: z.array(Sha256),
    }),
  ),
})
export const Proof = Unchecked.extend({
  /** `digestFields` of all before it, as JSON without white space. */
  check: Sha256,
})
export type Proof = z.infer<typeof Proof>

/**
 * The proof of a draw that took these numbers.
 *
 * @returns undefined if these secrets are not those of the commitment
 */
export function buildProof(
  commitment: Committed,
  secrets: Secrets,
  { earlier, draw, numbers }: { earlier: readonly Draw[]; draw: Draw; numbers: readonly number[] },
): Proof | undefined {
  const openings = openAll(commitment, secrets)
  if (openings === undefined) return undefined
  const tree = buildTree(openings.map(leafOf))
  if (tree.root.toString('hex') !== commitment.tree) return undefined
  // Parsed, so that keys stand in the order in which they are read.
  const unchecked = Unchecked.parse({
    format: 'arete/draw/v1',
    commitment,
    earlier,
    draw,
    block: blockOf(commitment.terms, draw),
    seed: seedOf(commitment, draw).toString('hex'),
    tasks: numbers.map(number => {
      const path = tree.pathOf(number).map(hash => hash.toString('hex'))
      return { number, ...openings[number]!, path }
    }),
  })
  return { ...unchecked, check: checkOf(unchecked) }
}

/** The one way to write a proof down. */
export function renderProof(proof: Proof): string {
  return `${JSON.stringify(proof, undefined, 1)}\n`
}

/** A checksum: it protects from accidents, not from forgers; against these stands all the rest. */
export function checkOf(unchecked: Omit<Proof, 'check'>): string {
  return digestFields(JSON.stringify(unchecked)).toString('hex')
}

function openAll({ strata }: Committed, secrets: Secrets): Opening[] | undefined {
  if (secrets.strata.length !== strata.length || secrets.tasks.length !== sizeOf({ strata })) return undefined
  const names = strata.flatMap(({ size }, index) => Array<number>(size).fill(index))
  return secrets.tasks.map(({ digest, salt }, number) => {
    const { repository, salt: stratumSalt } = secrets.strata[names[number]!]!
    return { digest, salt, repository, stratumSalt }
  })
}
