import { describe, expect, test } from 'vitest'
import { REFUSALS, type Refusal, refusalOfError, refusalOfPool } from '../../../validator/chain/refusals.ts'

const custom = (number: number): Refusal | undefined =>
  refusalOfPool({ code: 1010, data: { invalid: { custom: number } } })

describe('a refusal', () => {
  test('is one sentence that says what to do', () => {
    for (const [code, [, sentence]] of Object.entries(REFUSALS))
      expect(sentence, code).toMatch(/^[A-Z][^.]+: [^.]+$/)
  })

  test.each([
    ['NeuronNoValidatorPermit', 'no-permit'],
    ['HotKeyNotRegisteredInSubNet', 'not-registered'],
    ['DuplicateUids', 'uids-twice'],
    ['UidVecContainInvalidOne', 'uids-unknown'],
    ['WeightVecNotEqualSize', 'lengths-differ'],
    ['CommitRevealEnabled', 'commit-first'],
    ['CommittingWeightsTooFast', 'too-soon'],
    ['RevealTooEarly', 'reveal-too-early'],
    ['NoWeightsCommitFound', 'no-commit'],
    ['ExpiredWeightCommit', 'reveal-expired'],
    ['IncorrectCommitRevealVersion', 'commit-version'],
    ['toString', 'unknown'],
  ])('in a block is known by its name: %s', (name, code) => {
    expect(refusalOfError(name)).toMatchObject({ code, message: expect.stringContaining(`(${name})`) })
  })

  test.each([
    [0, 'coldkey-swap'],
    [1, 'too-little-stake'],
    [2, 'no-money'],
    [3, 'no-subnet'],
    [5, 'no-money'],
    [6, 'too-soon'],
    [7, 'no-liquidity'],
    [8, 'no-liquidity'],
    [10, 'not-registered'],
    [12, 'serving-too-soon'],
    [15, 'round-wrong'],
    [16, 'no-commit'],
    [17, 'reveal-too-early'],
    [18, 'lengths-differ'],
    [19, 'not-registered'],
    [255, 'unknown'],
  ])('of the pool is known by its number: %i', (number, code) => {
    expect(custom(number)?.code).toBe(code)
    expect(refusalOfPool({ code: 1010, data: `Custom error: ${number}` })?.code).toBe(code)
  })

  test('means the same in the pool and in a block', () => {
    expect([custom(6)?.code, custom(17)?.code, custom(16)?.code]).toEqual([
      refusalOfError('SettingWeightsTooFast').code,
      refusalOfError('RevealTooEarly').code,
      refusalOfError('NoWeightsCommitFound').code,
    ])
  })

  test('is no answer that leaves open whether the call was taken', () => {
    expect(refusalOfPool({ code: 1013, data: 'Already imported' })).toBeUndefined()
    expect(refusalOfPool({ code: -32_000 })).toBeUndefined()
    expect(refusalOfPool({ code: 1010, data: 'Transaction is outdated' })).toMatchObject({ code: 'stale' })
    expect(refusalOfPool({ code: 1012 })?.code).toBe('banned')
    expect(refusalOfPool({ code: 1016 })?.code).toBe('busy')
  })
})
