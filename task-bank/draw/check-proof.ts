import { checkCommitment, sizeOf } from './commitment.ts'
import { blockOf } from './draw.ts'
import { parseJson } from './json.ts'
import { leafOf, stratumOf } from './leaf.ts'
import { drawNext, enter, type Ledger, openLedger } from './ledger.ts'
import { climb } from './merkle.ts'
import { checkOf, Proof, renderProof } from './proof.ts'
import { seedOf } from './seed.ts'

/** Numbers ranked through all draws of a proof: minutes of work, where a forger might ask for days. */
const MAX_RANKED = 2 ** 28

/**
 * Whether the text of a proof holds, by itself alone: every draw from the pool is made again, and each task climbs to the root.
 * What remains to be looked up is on the chain: that the root was public before `terms.before`, and the hash of `block`.
 *
 * @returns the proof, or each mistake as `place: what is wrong`
 */
export function checkProof(
  text: string,
): { readonly proof: Proof } | { readonly mistakes: readonly [string, ...string[]] } {
  const parsed = parseJson(Proof, text)
  if ('mistakes' in parsed) return { mistakes: parsed.mistakes as [string, ...string[]] }
  const proof = parsed.value
  // What else is checked trusts the sizes of the strata.
  const baseless = checkCommitment(proof.commitment).map(mistake => `commitment.${mistake}`)
  const mistakes = [
    ...checkForm(text, proof),
    ...(baseless.length > 0 ? baseless : [...checkDraws(proof), ...checkTasks(proof)]),
  ]
  const [first, ...rest] = mistakes
  return first === undefined ? { proof } : { mistakes: [first, ...rest] }
}

function checkForm(text: string, proof: Proof): string[] {
  const { check, ...unchecked } = proof
  return [
    ...(text === renderProof(proof) ? [] : ['file: is not written as proofs are, byte for byte']),
    ...(check === checkOf(unchecked) ? [] : ['check: something in the file was changed']),
  ]
}

function checkDraws({ commitment, earlier, draw, block, seed, tasks }: Proof): string[] {
  if (sizeOf(commitment) * (earlier.length + 1) > MAX_RANKED)
    return [`earlier: ${earlier.length} draws from so large a pool are more than can be checked`]
  let ledger: Ledger = openLedger(commitment)
  for (const [index, one] of earlier.entries()) {
    const drawn = drawNext(commitment, ledger, one)
    if (drawn.kind === 'refused') return [`earlier.${index}: ${drawn.reason}`]
    ledger = enter(ledger, one, drawn.numbers)!
  }
  const drawn = drawNext(commitment, ledger, draw)
  if (drawn.kind === 'refused') return [`draw: ${drawn.reason}`]
  const expected = { block: blockOf(commitment.terms, draw), seed: seedOf(commitment, draw).toString('hex') }
  const given = tasks.map(({ number }) => number)
  return [
    ...(block === expected.block ? [] : [`block: expected ${expected.block}`]),
    ...(seed === expected.seed ? [] : ['seed: is not that of block hash, window, environment and root']),
    ...(given.length === drawn.numbers.length &&
    given.every((number, index) => number === drawn.numbers[index])
      ? []
      : [
          `tasks: the seed draws the numbers ${drawn.numbers.slice(0, 10).join(', ')}${drawn.numbers.length > 10 ? ', …' : ''}`,
        ]),
  ]
}

function checkTasks({ commitment, tasks }: Proof): string[] {
  const size = sizeOf(commitment)
  const strata = commitment.strata.flatMap(({ id, size: tasksOfIt }) => Array<string>(tasksOfIt).fill(id))
  const named = new Map<string, string>()
  const seen = new Set<string>()
  return tasks.flatMap((task, index) => {
    const id = strata[task.number]
    const twin = seen.has(task.digest)
    seen.add(task.digest)
    const other = named.get(task.repository)
    named.set(task.repository, id ?? '')
    const path = task.path.map(hash => Buffer.from(hash, 'hex'))
    const root = climb(leafOf(task), task.number, size, path)?.toString('hex')
    return [
      ...(id === stratumOf(task) ? [] : [`tasks.${index}.repository: is not that of its stratum`]),
      ...(other === undefined || other === id
        ? []
        : [`tasks.${index}.repository: has more than one stratum`]),
      ...(root === commitment.tree ? [] : [`tasks.${index}: does not lead to the root`]),
      ...(twin ? [`tasks.${index}.digest: stands twice in the pool`] : []),
    ]
  })
}
