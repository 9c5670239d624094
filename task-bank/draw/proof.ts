import { z } from 'zod'
import { Block, Commitment, type Commitment as Committed, sizeOf } from './commitment.ts'
import { blockOf, Draw } from './draw.ts'
import { digestFields, Sha256 } from './fields.ts'
import { leafOf, type Opening } from './leaf.ts'
import { buildTree } from './merkle.ts'
import { parseTask, type Secrets } from './secrets.ts'
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

/** The proof of a draw that took these numbers; or mistakes in the secrets, which are not those of the commitment then. */
export function buildProof(
  commitment: Committed,
  secrets: Secrets,
  { earlier, draw, numbers }: { earlier: readonly Draw[]; draw: Draw; numbers: readonly number[] },
): { readonly proof: Proof } | { readonly mistakes: readonly string[] } {
  const tree = secrets.leaves.length === sizeOf(commitment) ? buildTree(secrets.leaves) : undefined
  if (tree?.root.toString('hex') !== commitment.tree)
    return { mistakes: ['line 1: leaves: expected those of the pool that was committed'] }
  const strata = namesOf(commitment, secrets)
  const opened = numbers.map(number => open(secrets, number, strata[number]))
  const mistakes = opened.flatMap(one => ('mistakes' in one ? one.mistakes : []))
  if (mistakes.length > 0) return { mistakes }
  // Parsed, so that keys stand in the order in which they are read.
  const unchecked = Unchecked.parse({
    format: 'arete/draw/v1',
    commitment,
    earlier,
    draw,
    block: blockOf(commitment.terms, draw),
    seed: seedOf(commitment, draw).toString('hex'),
    tasks: opened.map((opening, index) => {
      const path = tree.pathOf(numbers[index]!).map(hash => hash.toString('hex'))
      return { number: numbers[index]!, ...opening, path }
    }),
  })
  return { proof: { ...unchecked, check: checkOf(unchecked) } }
}

/** The one way to write a proof down. */
export function renderProof(proof: Proof): string {
  return `${JSON.stringify(proof, undefined, 1)}\n`
}

/** A checksum: it protects from accidents, not from forgers; against these stands all the rest. */
export function checkOf(unchecked: Omit<Proof, 'check'>): string {
  return digestFields(JSON.stringify(unchecked)).toString('hex')
}

/** The secret name of each number's repository. */
function namesOf({ strata }: Committed, secrets: Secrets): (Secrets['strata'][number] | undefined)[] {
  return strata.flatMap(({ size }, index) =>
    Array<Secrets['strata'][number] | undefined>(size).fill(secrets.strata[index]),
  )
}

function open(
  secrets: Secrets,
  number: number,
  stratum: Secrets['strata'][number] | undefined,
): Opening | { readonly mistakes: readonly string[] } {
  const parsed = parseTask(secrets, number)
  if ('mistakes' in parsed) return parsed
  const { digest, salt } = parsed.task
  const opening = { digest, salt, repository: stratum?.repository ?? '', stratumSalt: stratum?.salt ?? '' }
  return leafOf(opening).equals(secrets.leaves[number]!)
    ? opening
    : { mistakes: [`line ${number + 2}: expected the task that was committed`] }
}
