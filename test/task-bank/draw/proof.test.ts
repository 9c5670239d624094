import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProof } from '../../../task-bank/draw/check-proof.ts'
import { commitPool } from '../../../task-bank/draw/commit.ts'
import { rootOf } from '../../../task-bank/draw/commitment.ts'
import { leafOf, stratumOf } from '../../../task-bank/draw/leaf.ts'
import { buildTree } from '../../../task-bank/draw/merkle.ts'
import { buildProof, checkOf, type Proof, renderProof } from '../../../task-bank/draw/proof.ts'
import {
  candidatesOf,
  confirmationDraw,
  digestOf,
  drawAll,
  makePool,
  proofOf,
  prove,
  saltOf,
  TERMS,
  windowDraw,
} from '../../support/pool.ts'

const pool = makePool()
const draws = [windowDraw(), confirmationDraw()]
const proof = prove(pool, draws)
const text = renderProof(proof)

test('a proof holds by itself, of a window and of a confirmation', () => {
  expect(checkProof(renderProof(prove(pool, [windowDraw()])))).toHaveProperty('proof')
  expect(checkProof(text)).toEqual({ proof })
})

test('a proof of any pool holds', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(sizes, fc.string(), (counts, salt) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      fc.pre(total > 3)
      const made = makePool(Object.fromEntries(counts.map((count, index) => [`r${index}`, count])), {
        draw: 2,
        confirmation: 1,
        minimum: 3,
      })
      const all = [windowDraw(11, digestOf(salt)), confirmationDraw(), ...(total > 5 ? [windowDraw(12)] : [])]

      expect(checkProof(renderProof(prove(made, all)))).toHaveProperty('proof')
    }),
  )
})

test('a proof with any byte altered is refused', { timeout: 120_000 }, () => {
  const bytes = Buffer.from(text)
  const accepted = [...bytes.keys()].filter(at => {
    const altered = Buffer.from(bytes)
    // Digits stay digits, letters letters: what would be noticed least.
    altered[at]! ^= 1
    return 'proof' in checkProof(altered.toString())
  })

  expect(accepted).toEqual([])
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = Buffer.from(bytes)
      altered[at]! ^= flip
      expect(checkProof(altered.toString())).toHaveProperty('mistakes')
    }),
  )
})

test('a proof with any value altered and its checksum made anew is refused', () => {
  const accepted = leavesOf(proof).filter(([key]) => {
    const altered = structuredClone(proof) as Record<string, unknown>
    change(altered, key)
    return key[0] !== 'check' && 'proof' in checkProof(sealed(altered as unknown as Proof))
  })

  expect(accepted).toEqual([])
})

describe('an operator who wants other tasks is found out', () => {
  const { commitment, secrets } = pool
  const [numbers, confirmed] = drawAll(commitment, draws)
  const forge = (forged: readonly number[], draw = windowDraw()): readonly string[] => {
    const made = proofOf(buildProof(commitment, secrets, { earlier: [], draw, numbers: forged }))
    const checked = checkProof(renderProof(made))
    return 'mistakes' in checked ? checked.mistakes : []
  }

  test('who takes another genuine task in place of one', () => {
    expect(forge([...numbers!.slice(0, -1), confirmed![0]!])).toEqual([
      `tasks: the seed draws the numbers ${numbers!.join(', ')}`,
    ])
  })

  test('who takes them in another order, or fewer', () => {
    for (const forged of [numbers!.toReversed(), numbers!.slice(1), []]) expect(forge(forged)).toHaveLength(1)
  })

  test('who takes the hash of another block', () => {
    expect(forge(numbers!, windowDraw(11, digestOf('another block')))).toHaveLength(1)
  })

  test('who conceals an earlier draw', () => {
    const checked = checkProof(sealed({ ...proof, earlier: [] }))

    expect(checked).toEqual({
      mistakes: ['draw: it belongs to window 11, and the newest that was drawn is none'],
    })
  })

  test('who puts a task into the pool twice', () => {
    const candidates = candidatesOf({ 'org/alpha': 7, 'org/beta': 6 })
    candidates[1] = { ...candidates[1]!, digest: candidates[0]!.digest }
    const made = prove(commitPool({ ...TERMS, draw: 12, confirmation: 1, minimum: 13 }, candidates, saltOf), [
      windowDraw(),
    ])

    expect(checkProof(renderProof(made))).toEqual({
      mistakes: [expect.stringMatching(/^tasks\.\d+\.digest: stands twice in the pool$/)],
    })
  })

  test('who gives one repository two names, and so twice its share', () => {
    const strata = ['one', 'two']
      .map(salt => ({ repository: 'org/alpha', salt: digestOf(salt) }))
      .map(one => ({ ...one, id: stratumOf({ ...one, stratumSalt: one.salt }) }))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
    const tasks = candidatesOf({ 'org/alpha': 12 })
    const leaves = tasks.map((task, number) =>
      leafOf({ ...task, stratumSalt: strata[Math.floor(number / 6)]!.salt }),
    )
    const unrooted = {
      terms: TERMS,
      tree: buildTree(leaves).root.toString('hex'),
      strata: strata.map(({ id }) => ({ id, size: 6 })),
    }
    const commitment = { ...unrooted, root: rootOf(unrooted) }
    const lines = tasks.map(({ repository: _, ...task }) => JSON.stringify(task))
    const odd = { ...secrets, strata: strata.map(({ id: _, ...one }) => one), leaves, tasks: lines }

    expect(checkProof(renderProof(prove({ commitment, secrets: odd }, [windowDraw()])))).toEqual({
      mistakes: expect.arrayContaining([
        expect.stringMatching(/^tasks\.\d\.repository: has more than one stratum$/),
      ]),
    })
  })

  test('who has a check take days', () => {
    const earlier = Array.from({ length: 256 }, (_, index) => windowDraw(11 + index))
    const strata = [{ id: digestOf('a stratum'), size: 2 ** 20 }]
    const commitment = { ...proof.commitment, strata }
    const large = { ...commitment, root: rootOf(commitment) }

    expect(checkProof(sealed({ ...proof, commitment: large, earlier }))).toHaveProperty(
      'mistakes.0',
      'earlier: 256 draws from so large a pool are more than can be checked',
    )
  })

  test('who says another repository than was committed', () => {
    const tasks = prove(pool, [windowDraw()]).tasks.map((task, index) =>
      index === 0 ? { ...task, repository: 'org/other' } : task,
    )

    expect(checkProof(sealed({ ...prove(pool, [windowDraw()]), tasks }))).toEqual({
      mistakes: ['tasks.0.repository: is not that of its stratum', 'tasks.0: does not lead to the root'],
    })
  })
})

test('secrets that are not those of the pool prove nothing', () => {
  const { commitment, secrets } = pool
  const mistakes = (odd: typeof secrets): readonly string[] => {
    const built = buildProof(commitment, odd, { earlier: [], draw: windowDraw(), numbers: [0] })
    return 'mistakes' in built ? built.mistakes : []
  }
  const salted = secrets.tasks[0]!.replace(/"salt":"./, '"salt":"x')

  expect(mistakes(makePool({ 'org/alpha': 7, 'org/beta': 4, 'org/other': 2 }).secrets)).toEqual([
    'line 1: leaves: expected those of the pool that was committed',
  ])
  expect(mistakes({ ...secrets, tasks: secrets.tasks.with(0, secrets.tasks[1]!) })).toEqual([
    'line 2: expected the task that was committed',
  ])
  expect(mistakes({ ...secrets, tasks: secrets.tasks.with(0, salted) })).toEqual([
    'line 2: salt: expected 64 lower-case hexadecimal digits',
  ])
})

test('what is no proof is refused with place and reason', () => {
  expect(checkProof('{\n"format": x}')).toEqual({
    mistakes: [expect.stringMatching(/^(file|line 2): expected JSON: ./)],
  })
  expect(checkProof('{}')).toHaveProperty('mistakes.0', expect.stringMatching(/^format: /))
  expect(checkProof(text.replaceAll('\n', '\n '))).toEqual({
    mistakes: ['file: is not written as proofs are, byte for byte'],
  })
})

function sealed({ check: _, ...unchecked }: Proof): string {
  return renderProof({ ...unchecked, check: checkOf(unchecked) })
}

/** Every text and number in some data, with the way to it. */
function leavesOf(value: unknown, key: readonly string[] = []): (readonly [readonly string[], unknown])[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...key, name]))
    : [[key, value]]
}

function change(data: Record<string, unknown>, [name, ...rest]: readonly string[]): void {
  const value = data[name!]
  if (rest.length > 0) change(value as Record<string, unknown>, rest)
  else
    data[name!] =
      typeof value === 'number' ? value + 1 : `${value}`.replace(/.$/, end => (end === '0' ? '1' : '0'))
}
