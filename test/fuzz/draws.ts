import fc from 'fast-check'
import { checkProof } from '../../task-bank/draw/check-proof.ts'
import { rootOf, sizeOf } from '../../task-bank/draw/commitment.ts'
import { parsePool, renderPool } from '../../task-bank/draw/pool.ts'
import { buildProof, checkOf, type Proof, renderProof } from '../../task-bank/draw/proof.ts'
import { parseSecrets, renderSecrets } from '../../task-bank/draw/secrets.ts'
import { parseEnvironments, sharesOf } from '../../task-bank/environments.ts'
import { confirmationDraw, drawAll, makePool, prove, windowDraw } from '../support/pool.ts'
import { anyJson, anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const MADE = makePool()
const DRAWS = [windowDraw(), confirmationDraw()]
const NUMBERS = drawAll(MADE.commitment, DRAWS).map(numbers => [...numbers])
const POOL = renderPool({
  format: 'arete/pool/v1',
  commitment: MADE.commitment,
  draws: DRAWS.map((draw, index) => ({ draw, numbers: NUMBERS[index]! })),
  published: [11],
})
const SECRETS = renderSecrets(MADE.secrets)
const PROOF = prove(MADE, DRAWS)
const TOKENS = ['1e9', '-1', '0.5', '"0x"', '"window"', '[11,11]', '9007199254740992', '"size": 1048576']

/** The public file of a pool: a pool whose ledger fits it, or mistakes that name places. */
export const poolFile = target<string>({
  name: 'pool-file',
  short: 300,
  cases: fc.oneof({ weight: 10, arbitrary: mutated([POOL], TOKENS) }, { weight: 1, arbitrary: anyText }),
  check(text) {
    const parsed = parsePool(text)
    if ('mistakes' in parsed) return checkMistakes(parsed.mistakes)
    must(parsed.ledger.states.length === sizeOf(parsed.pool.commitment), 'The ledger is not that of the pool')
    must('pool' in parsePool(renderPool(parsed.pool)), 'A pool that was read cannot be read again')
  },
})

/** The secret file of a pool: if a proof comes out of it, the proof holds. */
export const poolSecrets = target<string>({
  name: 'pool-secrets',
  short: 200,
  cases: fc.oneof(
    { weight: 10, arbitrary: mutated([SECRETS], ['A', '\n{}\n', '"leaves":""']) },
    { weight: 1, arbitrary: anyText },
  ),
  check(text) {
    const parsed = parseSecrets(text)
    if ('mistakes' in parsed) return checkMistakes(parsed.mistakes)
    const built = buildProof(MADE.commitment, parsed.secrets, {
      earlier: [],
      draw: DRAWS[0]!,
      numbers: NUMBERS[0]!,
    })
    if ('mistakes' in built) return checkMistakes(built.mistakes)
    must('proof' in checkProof(renderProof(built.proof)), 'A proof does not hold', built.proof)
  },
})

/** A proof in which anything was changed is refused. */
export const drawProof = target<string>({
  name: 'draw-proof',
  short: 300,
  cases: fc.oneof(
    { weight: 10, arbitrary: mutated([renderProof(PROOF)], TOKENS) },
    { weight: 1, arbitrary: anyText },
  ),
  check(text) {
    const checked = checkProof(text)
    if ('mistakes' in checked) checkMistakes(checked.mistakes)
    else must(text === renderProof(PROOF), 'A changed proof is accepted', text)
  },
})

interface ForgedCase {
  readonly at: readonly number[]
  readonly value: unknown
}

/** A proof whose forger made root and checksum anew: it may be of another pool, and must end quickly, with mistakes or without. */
export const drawForged = target<ForgedCase>({
  name: 'draw-forged',
  short: 300,
  cases: fc.record({
    at: fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }),
    value: fc.oneof(anyJson, fc.constantFrom(2 ** 20, 2 ** 40, 20, 1, 'confirmation', '0'.repeat(64))),
  }),
  check({ at, value }) {
    const forged = structuredClone(PROOF)
    change(forged, at, value)
    const checked = checkProof(seal(forged))
    if ('mistakes' in checked) checkMistakes(checked.mistakes)
  },
})

const ENVIRONMENTS = `window_blocks = 7200
delta = 20
[environments.one]
about = "x"
netuid = 62
weight = 1.5
runners = ["pytest", "node"]
pool = "pools/one.json"
draw = 1
confirmation = 2
minimum = 3
[environments.two]
netuid = "local"
weight = 2
runners = ["script"]
pool = "two.json"
draw = 1
confirmation = 2
minimum = 3
`

/** The text of an `environments.toml`: shares that are one together, or mistakes in words. */
export const environmentsFile = target<string>({
  name: 'environments',
  short: 300,
  cases: fc.oneof(
    {
      weight: 10,
      arbitrary: mutated(
        [ENVIRONMENTS],
        ['inf', 'nan', '1e-300', '1e300', '-0.0', '[environments.__proto__]\n', '0x10', '1979-05-27'],
      ),
    },
    { weight: 1, arbitrary: anyText },
  ),
  check(text) {
    const parsed = parseEnvironments(text)
    if ('mistakes' in parsed) return checkMistakes(parsed.mistakes)
    const shares = [...sharesOf(parsed.environments).values()]
    const sum = shares.reduce((total, share) => total + share, 0)
    must(
      shares.length === 0 || (shares.every(share => share > 0) && Math.abs(sum - 1) < 1e-9),
      'Shares are not one together',
      shares,
    )
  },
})

function checkMistakes(mistakes: readonly string[]): void {
  must(
    mistakes.length > 0 && mistakes.every(mistake => /^[^:\n]+: ./s.test(mistake)),
    'A mistake does not say where it is',
    mistakes,
  )
}

function change(data: object, [index, ...rest]: readonly number[], value: unknown): void {
  const keys = Object.keys(data)
  const key = keys[index! % keys.length]!
  const inner = (data as Record<string, unknown>)[key]
  if (rest.length > 0 && typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0)
    change(inner, rest, value)
  else (data as Record<string, unknown>)[key] = value
}

function seal(forged: Proof): string {
  try {
    forged.commitment.root = rootOf(forged.commitment)
  } catch {
    // It is no commitment any more.
  }
  const { check: _, ...unchecked } = forged
  return renderProof({ ...unchecked, check: checkOf(unchecked) })
}
