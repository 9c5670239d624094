import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type EpochInput, payOut, raiseRow, runEpoch } from '../../../../validator/chain/yuma/epoch.ts'

type Recorded = Omit<EpochInput, 'stake' | 'threshold'> & {
  readonly stake: string[]
  readonly threshold: string
}
interface Case {
  readonly label: string
  readonly input: Recorded
  readonly real: Readonly<Record<string, unknown>>
}

const { cases } = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../../fixtures/chain/yuma-293.json'), 'utf8'),
) as { readonly cases: readonly Case[] }

describe('an epoch', () => {
  test.each(cases.map((one, index) => [index, one.label, one] as const))(
    'is equal to what the chain wrote: %i, %s',
    (_, __, { input, real }) => {
      const { shares: ___, ...written } = runEpoch(read(input))

      expect(written).toEqual(real)
    },
  )

  test('has been recorded of all its kinds', () => {
    expect([...new Set(cases.map(({ label }) => label))]).toEqual([
      'no weights',
      'classic',
      'kappa/penalty',
      'late register',
      'yuma3',
      'yuma3+liquid',
      'stake threshold',
    ])
  })
})

describe('what no recording shows', () => {
  const classic = read(cases[1]!.input)

  test('an epoch pays no more than it has, and miners as much as validators', () => {
    const paid = payOut(runEpoch(classic), 1_000_000_000n)

    const miners = paid.reduce((sum, { miner }) => sum + miner, 0n)
    const validators = paid.reduce((sum, { validator }) => sum + validator, 0n)
    expect(miners + validators).toBeLessThanOrEqual(1_000_000_000n)
    expect(miners).toBeGreaterThan(499_999_900n)
    expect(validators).toBeGreaterThan(499_999_900n)
  })

  test('where nobody has weights, validators are paid by stake and miners nothing', () => {
    const { shares, stakeWeight } = runEpoch({ ...classic, weights: classic.weights.map(() => []) })

    expect(shares.miner.every(share => share === 0n)).toBe(true)
    const largest = stakeWeight.indexOf(Math.max(...stakeWeight.filter((_, uid) => classic.permits[uid])))
    expect(shares.validator[largest]).toBe(
      shares.validator.reduce((one, other) => (one > other ? one : other)),
    )
  })

  test('an owner of 2026 needs neither stake nor permit', () => {
    const poor = classic.stake.map((amount, uid) => (uid === 0 ? 1n << 64n : amount))
    const input = {
      ...classic,
      stake: poor,
      threshold: 10n ** 9n,
      permits: classic.permits.map((held, uid) => held && uid !== 0),
    }

    expect(runEpoch({ ...input, forceOwner: false }).validatorPermit[0]).toBe(false)
    expect(runEpoch({ ...input, forceOwner: true }).validatorPermit[0]).toBe(true)
  })

  test('weights on who came after the commit do not count', () => {
    const row = classic.weights.findIndex(cells => cells.length > 0)
    const column = classic.weights[row]!.find(([uid, weight]) => uid !== row && weight > 0)![0]
    const alone = {
      ...classic,
      weights: classic.weights.map((cells, uid) => (uid === row ? cells : [])),
      kappa: 0,
    }
    const since = classic.registeredAt[column]!
    const commits = (block: number) => classic.weights.map((_, uid) => (uid === row ? block : undefined))
    const trust = (block: number) => runEpoch({ ...alone, commits: commits(block) })

    expect(trust(since).consensus[column]).toBeGreaterThan(0)
    expect(trust(since - 1).consensus[column]).toBe(0)
  })

  test.each([
    [
      [60_000, 30_000, 5000],
      [65_535, 32_767, 5461],
    ],
    [
      [65_535, 30_000, 5000],
      [65_535, 30_000, 5000],
    ],
    [
      [1, 0],
      [65_535, 0],
    ],
    [
      [3, 2, 1],
      [65_535, 43_690, 21_845],
    ],
    [
      [0, 0],
      [0, 0],
    ],
    [[], []],
  ])('a row %j is kept as %j', (row, kept) => {
    expect(raiseRow(row)).toEqual(kept)
    expect(raiseRow(kept)).toEqual(kept)
  })
})

function read(input: Recorded): EpochInput {
  return { ...input, stake: input.stake.map(BigInt), threshold: BigInt(input.threshold) }
}
