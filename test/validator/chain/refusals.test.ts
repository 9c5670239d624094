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
    ['HotKeyNotRegisteredInSubNet', 'not-registered'],
    ['HotKeyNotRegisteredInNetwork', 'not-registered'],
    ['NotRegistered', 'not-registered'],
    ['NeuronNoValidatorPermit', 'no-permit'],
    ['NotEnoughStakeToSetWeights', 'too-little-stake'],
    ['SettingWeightsTooFast', 'too-soon'],
    ['CommittingWeightsTooFast', 'too-soon'],
    ['IncorrectWeightVersionKey', 'version-key'],
    ['IncorrectNetworkVersionKey', 'version-key'],
    ['CommitRevealEnabled', 'commit-first'],
    ['CommitRevealDisabled', 'commit-off'],
    ['IncorrectCommitRevealVersion', 'commit-version'],
    ['TooManyUnrevealedCommits', 'too-many-commits'],
    ['RevealTooEarly', 'reveal-too-early'],
    ['ExpiredWeightCommit', 'reveal-expired'],
    ['NoWeightsCommitFound', 'no-commit'],
    ['InvalidRevealCommitHashNotMatch', 'no-commit'],
    ['InvalidRevealRound', 'round-wrong'],
    ['UidVecContainInvalidOne', 'uids-unknown'],
    ['DuplicateUids', 'uids-twice'],
    ['WeightVecNotEqualSize', 'lengths-differ'],
    ['InputLengthsUnequal', 'lengths-differ'],
    ['WeightVecLengthIsLow', 'too-few'],
    ['UidsLengthExceedUidsInSubNet', 'too-many'],
    ['MaxWeightExceeded', 'too-large'],
    ['CanNotSetRootNetworkWeights', 'root'],
    ['SubNetworkDoesNotExist', 'no-subnet'],
    ['SubnetNotExists', 'no-subnet'],
    ['MechanismDoesNotExist', 'no-mechanism'],
    ['NetworkTxRateLimitExceeded', 'network-too-soon'],
    ['NeedWaitingMoreBlocksToStarCall', 'start-too-soon'],
    ['toString', 'unknown'],
  ] as const)('in a block is known by its name: %s', (name, code) => {
    const [remedy, sentence] = REFUSALS[code]

    expect(refusalOfError(name)).toEqual({ code, remedy, message: `${sentence} (${name})` })
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

  test.each([
    ...['NetworkTxRateLimitExceeded', 'NeedWaitingMoreBlocksToStarCall', 'NeuronNoValidatorPermit'],
    ...['HotKeyNotRegisteredInSubNet', 'DuplicateUids', 'UidVecContainInvalidOne', 'WeightVecNotEqualSize'],
    ...['CommitRevealEnabled', 'CommittingWeightsTooFast', 'RevealTooEarly', 'NoWeightsCommitFound'],
  ])('that was met on a real runtime is not unknown: %s', name => {
    expect(refusalOfError(name).code).not.toBe('unknown')
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
    expect(refusalOfPool({ code: 1014 })?.code).toBe('busy')
    expect(refusalOfPool({ code: 1016 })?.code).toBe('busy')
  })
})
