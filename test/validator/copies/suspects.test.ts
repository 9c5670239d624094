import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { type Fingerprint, fingerprintAgent } from '../../../validator/copies/fingerprint.ts'
import {
  type Entry,
  findOrigin,
  type Measures,
  type Quantiles,
  quantilesOf,
  reasonOf,
} from '../../../validator/copies/suspects.ts'
import { commonOf } from '../../support/copying.ts'
import { minify, pad, rename } from '../../support/disguises.ts'
import { donorOf, listAgents } from '../../support/programs.ts'

const NOTHING: Measures = {
  sameCode: false,
  jaccard: 0,
  containment: 0,
  pieces: 0,
  functions: 0,
  prompts: 0,
  patches: 0,
}
const QUANTILES: Quantiles = {
  quantile: 0.995,
  pairs: 681,
  containment: 0.21,
  pieces: 0.16,
  functions: 0.02,
  prompts: 0.07,
  patches: 0.5,
}

let prints: readonly Fingerprint[]
let all: { readonly quantiles: Quantiles; readonly common: readonly Fingerprint[] }

beforeAll(async () => {
  const [one, other, third] = listAgents()
  const copies = [
    await rename(one!.files, []),
    await minify(one!.files, []),
    await pad(one!.files, donorOf('typescript')),
  ]
  prints = await Promise.all([one!.files, ...copies, other!.files, third!.files].map(fingerprintAgent))
  all = { quantiles: QUANTILES, common: await commonOf() }
}, 60_000)

test('the origin is the earliest that looks like it, however old and whoever comes between', () => {
  const history = [entry('stranger', 4, 1), entry('first', 0, 2), entry('copy', 1, 3), entry('later', 0, 9)]

  const suspicion = findOrigin(entry('new', 3, 5), history, all)

  expect(suspicion).toMatchObject({ origin: 'first', quantile: 0.995 })
  expect(suspicion!.reason).toMatch(
    /^more in common than 99.5 % of independent pairs: runs of code 100 % \(21 %\), /,
  )
})

test('nobody is the copy of what came later, and strangers are none of each other', () => {
  expect(findOrigin(entry('first', 0, 1), [entry('copy', 1, 2)], all)).toBeUndefined()
  expect(findOrigin(entry('b', 5, 2), [entry('a', 0, 1), entry('c', 4, 1)], all)).toBeUndefined()
})

test('in the same block the place counts, then the hotkey', () => {
  const [one, other] = [
    { ...entry('a', 0, 7), hotkey: '5A' },
    { ...entry('b', 1, 7), hotkey: '5B' },
  ]

  expect(findOrigin(other, [one], all)?.origin).toBe('a')
  expect(findOrigin(one, [other], all)).toBeUndefined()
  expect(findOrigin({ ...one, index: 1 }, [other], all)?.origin).toBe('b')
})

test('permuting the history changes nothing, and a third entry changes nothing for a pair', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5), fc.nat(4), fc.nat(2)), { minLength: 1, maxLength: 8 }),
      fc.nat(5),
      fc.integer(),
      (drafts, own, seed) => {
        const history = drafts.map(([kind, block, index], at) => ({ ...entry(`e${at}`, kind, block), index }))
        const fresh = entry('new', own, 3)
        const expected = findOrigin(fresh, history, all)

        const shuffled = history.toSorted((one, other) => mixed(one.id, seed) - mixed(other.id, seed))

        expect(findOrigin(fresh, shuffled, all)).toEqual(expected)
        const alone = history.map(other => findOrigin(fresh, [other], all))
        expect(alone.some(found => found !== undefined)).toBe(expected !== undefined)
        if (expected !== undefined)
          expect(alone.find(found => found?.origin === expected.origin)).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('one measure alone proves nothing, two beyond their quantile do', () => {
  expect(reasonOf({ ...NOTHING, prompts: 1 }, QUANTILES)).toBeUndefined()
  expect(reasonOf({ ...NOTHING, prompts: 1, patches: 0.5 }, QUANTILES)).toBeUndefined()
  expect(reasonOf({ ...NOTHING, prompts: 1, patches: 0.6 }, QUANTILES)).toBe(
    'more in common than 99.5 % of independent pairs: prompts 100 % (7 %), patches 60 % (50 %)',
  )
  expect(reasonOf({ ...NOTHING, jaccard: 0.8 }, QUANTILES)).toBe('80 % of the code of both is common')
  expect(reasonOf({ ...NOTHING, sameCode: true }, QUANTILES)).toMatch(/^the same code/)
})

test('patches alone suffice far beyond their quantile only', () => {
  const quantiles = { ...QUANTILES, patches: 0.1 }

  expect(reasonOf({ ...NOTHING, patches: 0.17 }, quantiles)).toBeUndefined()
  expect(reasonOf({ ...NOTHING, patches: 0.18 }, quantiles)).toBe(
    'patches of both are alike by 18 % at least, and those of independent agents by less than 18 %',
  )
})

test('quantilesOf() gives what at most so many pairs are beyond', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 400 }), values => {
      const pairs = values.map(value => ({ ...NOTHING, pieces: value / 50 }))

      const quantiles = quantilesOf(pairs)

      const beyond = pairs.filter(({ pieces }) => pieces > quantiles.pieces).length
      expect(beyond).toBeLessThanOrEqual(pairs.length * 0.005)
      expect(pairs.some(({ pieces }) => pieces === quantiles.pieces)).toBe(true)
    }),
  )
})

function entry(id: string, kind: number, block: number): Entry {
  return { id, block, index: 0, hotkey: `5${id}`, fingerprint: prints[kind]! }
}

function mixed(id: string, seed: number): number {
  return Math.imul(seed ^ id.charCodeAt(1), 2_654_435_761) % 1000
}
