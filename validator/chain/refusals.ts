/** What a refusal means for whoever set weights: `later` it may pass as it is, `anew` it has to be made again, `never` somebody has to act. */
type Remedy = 'later' | 'anew' | 'never'

/** Why a chain does not take weights. Each sentence says what to do. */
export const REFUSALS = {
  'not-registered': [
    'never',
    'The hotkey is not registered on the subnet: register it, or set another wallet',
  ],
  'no-permit': [
    'never',
    'The hotkey holds no validator permit: stake more on it, and wait for the next epoch',
  ],
  'too-little-stake': [
    'never',
    'The stake of the hotkey is below what the chain asks of validators: stake more on it',
  ],
  'too-soon': ['later', 'Weights were set or committed too recently: wait until the rate limit is over'],
  'version-key': [
    'anew',
    'The version key is older than the subnet asks for: read it again, and update Arête if it stays so',
  ],
  'commit-first': [
    'anew',
    'The subnet wants weights to be committed first: plan them again, for its settings have changed',
  ],
  'commit-off': [
    'anew',
    'The subnet takes no commits any more: plan the weights again, for its settings have changed',
  ],
  'commit-version': ['never', 'The chain speaks another version of time-locked commits: update Arête'],
  'too-many-commits': ['later', 'Ten commits are not revealed yet: wait for the next epoch'],
  'reveal-too-early': ['later', 'The commit cannot be revealed yet: wait for its epoch'],
  'reveal-expired': ['anew', 'The epoch to reveal the commit in is over: plan the weights again'],
  'no-commit': ['anew', 'The chain knows no such commit: plan the weights again'],
  'round-wrong': [
    'anew',
    'The round is not one that the chain can reveal by: check the clock of this machine, and plan the weights again',
  ],
  'uids-unknown': [
    'anew',
    'A uid of the weights is not on the subnet any more: settle again with the present uids',
  ],
  'uids-twice': ['never', 'A uid is named twice: this is a fault of Arête, please report it'],
  'lengths-differ': [
    'never',
    'There are not as many weights as uids: this is a fault of Arête, please report it',
  ],
  'too-few': ['never', 'The subnet asks for more weights than these: lower its minimum, or pay more uids'],
  'too-many': [
    'never',
    'There are more weights than uids on the subnet: this is a fault of Arête, please report it',
  ],
  'too-large': ['never', 'One weight is larger than the subnet allows: raise its limit, or pay more uids'],
  nothing: ['never', 'All weights are zero: there is nothing to set'],
  root: ['never', 'The root network takes no weights: set the netuid of a subnet'],
  'no-subnet': ['never', 'There is no such subnet: set the netuid of one that there is'],
  'no-mechanism': ['never', 'The subnet has no such mechanism: set one that it has'],
  'coldkey-swap': ['never', 'The coldkey of the hotkey is being swapped: wait until that is done'],
  'no-money': [
    'never',
    'The account cannot pay for this call: calls of weights are free, so check that the hotkey signs them',
  ],
  'no-liquidity': ['never', 'The pool of the subnet is too small for this: it is no call of weights'],
  'serving-too-soon': ['later', 'The address was announced too recently: wait, it is no call of weights'],
  'network-too-soon': [
    'later',
    'A subnet was created too recently: wait until the rate limit is over, it is no call of weights',
  ],
  'start-too-soon': [
    'later',
    'The subnet is too young to be started: wait for later blocks, it is no call of weights',
  ],
  stale: [
    'later',
    'The signature is of another time or order of the account: look at the chain, and send again',
  ],
  banned: ['later', 'The node refuses this call for a while, since it has seen it before: wait half an hour'],
  busy: ['later', 'The node takes no more calls now: wait, or name another endpoint'],
  'no-call': ['never', 'The chain offers no way to set weights that Arête knows: update Arête'],
  unknown: ['later', 'The chain refused for a reason that Arête does not know: look at its log'],
} as const satisfies Record<string, readonly [Remedy, string]>
export type RefusalCode = keyof typeof REFUSALS

export interface Refusal {
  readonly code: RefusalCode
  /** Says what to do. */
  readonly message: string
  /** Whether the same, planned anew, may pass by itself. */
  readonly remedy: Remedy
}

/** @param detail - values, behind the sentence; or what the chain called it */
export function refusal(code: RefusalCode, detail?: string | undefined): Refusal {
  const [remedy, sentence] = REFUSALS[code]
  return { code, remedy, message: detail === undefined ? sentence : `${sentence} (${detail})` }
}

/** By the name of an error of the pallet, in a block. */
const ERRORS: Readonly<Record<string, RefusalCode>> = {
  HotKeyNotRegisteredInSubNet: 'not-registered',
  HotKeyNotRegisteredInNetwork: 'not-registered',
  NotRegistered: 'not-registered',
  NeuronNoValidatorPermit: 'no-permit',
  NotEnoughStakeToSetWeights: 'too-little-stake',
  SettingWeightsTooFast: 'too-soon',
  CommittingWeightsTooFast: 'too-soon',
  IncorrectWeightVersionKey: 'version-key',
  IncorrectNetworkVersionKey: 'version-key',
  CommitRevealEnabled: 'commit-first',
  CommitRevealDisabled: 'commit-off',
  IncorrectCommitRevealVersion: 'commit-version',
  TooManyUnrevealedCommits: 'too-many-commits',
  RevealTooEarly: 'reveal-too-early',
  ExpiredWeightCommit: 'reveal-expired',
  NoWeightsCommitFound: 'no-commit',
  InvalidRevealCommitHashNotMatch: 'no-commit',
  InvalidRevealRound: 'round-wrong',
  UidVecContainInvalidOne: 'uids-unknown',
  DuplicateUids: 'uids-twice',
  WeightVecNotEqualSize: 'lengths-differ',
  InputLengthsUnequal: 'lengths-differ',
  WeightVecLengthIsLow: 'too-few',
  UidsLengthExceedUidsInSubNet: 'too-many',
  MaxWeightExceeded: 'too-large',
  CanNotSetRootNetworkWeights: 'root',
  SubNetworkDoesNotExist: 'no-subnet',
  SubnetNotExists: 'no-subnet',
  MechanismDoesNotExist: 'no-mechanism',
  NetworkTxRateLimitExceeded: 'network-too-soon',
  NeedWaitingMoreBlocksToStarCall: 'start-too-soon',
}

/** By the number of an error of the pool, before there is a block (`common/src/transaction_error.rs` of subtensor). */
const CUSTOM: Readonly<Record<number, RefusalCode>> = {
  0: 'coldkey-swap',
  1: 'too-little-stake',
  2: 'no-money',
  3: 'no-subnet',
  5: 'no-money',
  6: 'too-soon',
  7: 'no-liquidity',
  8: 'no-liquidity',
  10: 'not-registered',
  12: 'serving-too-soon',
  15: 'round-wrong',
  16: 'no-commit',
  17: 'reveal-too-early',
  18: 'lengths-differ',
  19: 'not-registered',
}

/** What failed in a block. @param name - of the error, as the metadata has it */
export function refusalOfError(name: string): Refusal {
  const code = Object.hasOwn(ERRORS, name) ? ERRORS[name]! : 'unknown'
  return refusal(code, name)
}

/**
 * What the pool of a node did not take; undefined if the answer is none about the call, so that it may have been taken.
 *
 * @param rpc - code and data of the answer
 */
export function refusalOfPool({
  code,
  data,
}: {
  readonly code: number
  readonly data?: unknown
}): Refusal | undefined {
  switch (code) {
    case 1010: {
      const custom = customOf(data)
      if (custom === undefined) return refusal('stale', wordsOf(data))
      return refusal(CUSTOM[custom] ?? 'unknown', `custom error ${custom}`)
    }
    case 1012:
      return refusal('banned')
    case 1014:
    case 1016:
      return refusal('busy')
    // It is in the pool already: whether it gets into a block shows there.
    default:
      return undefined
  }
}

/** `{"invalid":{"custom":6}}`, or `Custom error: 6`, as nodes say it. */
function customOf(data: unknown): number | undefined {
  const found = /custom(?:"|\s|error|:)*(\d{1,3})/i.exec(wordsOf(data))
  return found === null ? undefined : Number(found[1])
}

function wordsOf(data: unknown): string {
  return (typeof data === 'string' ? data : (JSON.stringify(data) ?? '')).slice(0, 200)
}
