import { isWithin } from '../plan.ts'
import { epochAt } from '../schedule.ts'
import { WHOLE } from '../units.ts'
import { indexOf, weightHash } from '../weight-hash.ts'
import type { WeightState } from '../weight-state.ts'
import type { OfflineCall } from './calls.ts'
import type { Commits } from './state.ts'

const COMMIT_VERSION = 4
const MOST_OPEN = 10
/** Of a time-locked message, in bytes. */
const MOST_BYTES = 5000

/**
 * The name of the error that the real chain ends a call with, by the same checks in the same order; undefined if it takes it.
 *
 * @param hotkey - its 32 bytes
 */
export function checkCall(
  call: OfflineCall,
  state: WeightState,
  { hashes, messages, hotkey }: Commits & { readonly hotkey: Uint8Array },
): string | undefined {
  const { own, mechanisms, mechanism, netuid, rules } = state
  const isOpen = (epoch: number): boolean => epoch + rules.revealPeriods >= present(state)
  switch (call.kind) {
    case 'set':
      if (rules.commitReveal) return 'CommitRevealEnabled'
      return checkRow(call, state)
    case 'hash':
    case 'timelocked': {
      if (mechanism >= mechanisms) return 'MechanismDoesNotExist'
      if (!rules.commitReveal) return 'CommitRevealDisabled'
      if (call.kind === 'timelocked' && call.version !== COMMIT_VERSION) return 'IncorrectCommitRevealVersion'
      if (call.kind === 'timelocked' && call.message.length > 2 + 2 * MOST_BYTES) return 'BadRequest'
      if (own === undefined) return 'HotKeyNotRegisteredInSubNet'
      if (isTooSoon(state)) return 'CommittingWeightsTooFast'
      const open =
        call.kind === 'hash'
          ? hashes.filter(({ epoch }) => isOpen(epoch))
          : messages.filter(({ epoch }) => epoch === present(state))
      return open.length >= MOST_OPEN ? 'TooManyUnrevealedCommits' : undefined
    }
    case 'reveal': {
      if (!rules.commitReveal) return 'CommitRevealDisabled'
      const { uids, values, salt } = call
      const hidden = { uids, values, salt, versionKey: BigInt(call.versionKey) }
      const hash = weightHash(hotkey, indexOf(netuid, mechanism), hidden)
      const found = hashes.find(one => one.hash === hash)
      const left = hashes.filter(({ epoch }) => isOpen(epoch))
      if (found !== undefined && !isOpen(found.epoch)) return 'ExpiredWeightCommit'
      if (left.length === 0) return 'NoWeightsCommitFound'
      if (found === undefined) return 'InvalidRevealCommitHashNotMatch'
      if (present(state) !== found.epoch + rules.revealPeriods) return 'RevealTooEarly'
      return checkRow(call, state)
    }
  }
}

interface Row {
  readonly uids: readonly number[]
  readonly values: readonly number[]
  readonly versionKey: string
}

/** What is asked of a row, however it came. */
export function checkRow({ uids, values, versionKey }: Row, state: WeightState): string | undefined {
  const { own, rules, netuid, mechanism, mechanisms } = state
  const isSelf = own !== undefined && uids.length === 1 && uids[0] === own.uid
  if (netuid === 0) return 'CanNotSetRootNetworkWeights'
  if (uids.length !== values.length) return 'WeightVecNotEqualSize'
  if (mechanism >= mechanisms) return 'MechanismDoesNotExist'
  if (uids.length > state.uids) return 'UidsLengthExceedUidsInSubNet'
  if (own === undefined) return 'HotKeyNotRegisteredInSubNet'
  if (!own.isOwner && own.stake < rules.stakeThreshold) return 'NotEnoughStakeToSetWeights'
  if (rules.versionKey !== 0n && BigInt(versionKey) < rules.versionKey) return 'IncorrectWeightVersionKey'
  if (!rules.commitReveal && isTooSoon(state)) return 'SettingWeightsTooFast'
  if (!isSelf && !own.isOwner && !own.isValidator) return 'NeuronNoValidatorPermit'
  if (new Set(uids).size < uids.length) return 'DuplicateUids'
  if (uids.some(uid => uid >= state.uids)) return 'UidVecContainInvalidOne'
  if (!isSelf && uids.length < Math.min(rules.minAllowed, state.uids)) return 'WeightVecLengthIsLow'
  const row = uids.map((uid, index) => [uid, values[index]!] as const)
  return isSelf || rules.maxWeight >= WHOLE || isWithin(row, rules.maxWeight)
    ? undefined
    : 'MaxWeightExceeded'
}

function isTooSoon({ own, block, rules }: WeightState): boolean {
  return own !== undefined && own.lastUpdate !== 0 && block - own.lastUpdate < rules.rateLimit
}

/** The epoch that a call in this block belongs to. */
function present({ schedule, block }: WeightState): number {
  return epochAt(schedule, block)
}
