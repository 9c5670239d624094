import { createHash } from 'node:crypto'
import { epochAt, firstBlockOf, type Schedule } from '../schedule.ts'
import { readMessage } from '../sealed.ts'
import { openOwnBeacon, unlock } from '../timelock.ts'
import type { WeightState } from '../weight-state.ts'
import { raiseRow } from '../yuma/epoch.ts'
import type { Accepted, CallLog, OfflineCall } from './calls.ts'
import { checkCall, checkRow } from './checks.ts'
import type { OfflineChain } from './definition.ts'
import { payEpoch } from './epoch.ts'
import { begin, NO_COMMITS, newPlace, type OfflineState, type Place } from './state.ts'

const OPEN_UIDS = 65_536
const ROUND_SECONDS = 3
/** The beacon was there before the chain. */
const BEACON_BEFORE = 24 * 3600

export interface Pallet {
  /** The state at the end of a block; it never goes back before one that was asked for already. */
  readonly at: (block: number) => OfflineState
  readonly weightState: (block: number, hotkey: string, mechanism: number) => WeightState
  /** Takes a call into a block, or says which error it ends with. */
  readonly take: (block: number, hotkey: string, call: OfflineCall) => string | undefined
}

/**
 * What the real chain's pallet does with weights, on one subnet in memory: the same checks, commits with their epochs, reveals, Yuma. All of
 * it follows from the definition and the calls that were taken, so that whoever replays them has the same state.
 *
 * @param keyOf - the 32 bytes of a hotkey
 */
export function openPallet(
  definition: OfflineChain,
  log: CallLog,
  keyOf: (hotkey: string) => Uint8Array,
): Pallet {
  const { netuid, rules, isOpen, seed, secondsPerBlock, neurons } = definition
  const start = new Date(definition.start).getTime() / 1000
  const timeOf = (block: number): number => start + block * secondsPerBlock
  const { beacon, sign } = openOwnBeacon(Buffer.from(`beacon of ${seed}`), {
    genesis: Math.floor(start) - BEACON_BEFORE,
    period: ROUND_SECONDS,
  })
  const roundAt = (block: number): number => Math.floor((timeOf(block) - beacon.genesis) / beacon.period)
  const taken: Accepted[] = []
  let state = begin(definition)
  return {
    at,
    weightState(block, hotkey, mechanism) {
      at(block)
      return weigh(hotkey, mechanism)
    },
    take(block, hotkey, call) {
      const { places } = at(block)
      const commits = places.get(hotkey)?.commits[call.mechanism] ?? NO_COMMITS
      const error = checkCall(call, weigh(hotkey, call.mechanism), { ...commits, hotkey: keyOf(hotkey) })
      if (error !== undefined) return error
      log.add({ block: state.block, hotkey, call })
      at(block)
      return undefined
    },
  }

  function at(block: number): OfflineState {
    const fresh = log.fresh()
    taken.push(...fresh)
    // Another process was first: what follows from its call is computed anew.
    const isLate = fresh.some(one => one.block < state.block)
    const to = Math.max(block, state.block)
    if (isLate) state = begin(definition)
    for (const accepted of isLate ? taken.sort((one, other) => one.block - other.block) : fresh) {
      advance(accepted.block)
      apply(accepted)
    }
    advance(to)
    return state
  }

  function weigh(hotkey: string, mechanism: number): WeightState {
    const { block, places } = state
    const place = places.get(hotkey) ?? (isOpen ? openPlace(hotkey) : undefined)
    return {
      ...{ netuid, mechanism, mechanisms: rules.mechanisms, block, time: timeOf(block), secondsPerBlock },
      uids: isOpen ? OPEN_UIDS : neurons.length,
      own: place && {
        ...{ uid: place.uid, isValidator: place.isValidator, isOwner: place.isOwner, stake: place.stake },
        lastUpdate: place.lastUpdate[mechanism] ?? 0,
      },
      rules: {
        ...{ commitReveal: rules.commitReveal, commitVersion: 4, revealPeriods: rules.revealPeriods },
        ...{ rateLimit: rules.rateLimit, minAllowed: rules.minAllowed, maxWeight: rules.maxWeight },
        ...{ versionKey: BigInt(rules.versionKey), stakeThreshold: BigInt(rules.stakeThreshold) },
      },
      offers: { plain: true, hash: true, timelocked: 'with-hotkey' },
      schedule: scheduleOf(),
      beacon: { ...beacon, newest: rules.rounds ? roundAt(block) : undefined },
    }
  }

  function scheduleOf(): Schedule {
    const { block, epoch, lastEpoch } = state
    const asked = { pendingAt: 0, sinceLastStep: block - lastEpoch }
    return { kind: 'counted', block, tempo: rules.tempo, epoch, lastEpoch, ...asked }
  }

  /** Blocks without an epoch or a reveal change nothing. */
  function advance(to: number): void {
    while (state.block < to) {
      const due = firstBlockOf(scheduleOf(), state.epoch + 1)
      state.block = Math.min(to, due)
      if (state.block < due) {
        reveal(state.block)
        return
      }
      // What had no round yet had it before this epoch's last block, or never.
      reveal(due - 1)
      state.epoch++
      reveal(due)
      payEpoch(state, definition)
      state.lastEpoch = due
    }
  }

  /** Opens what is due in this epoch and has its round by then; what is over without one is gone. */
  function reveal(block: number): void {
    const dueSince = state.epoch - rules.revealPeriods
    for (const place of state.places.values())
      for (const [mechanism, { hashes, messages }] of place.commits.entries()) {
        const isReady = ({ round, epoch }: (typeof messages)[number]): boolean =>
          epoch === dueSince && rules.rounds && round <= roundAt(block)
        for (const message of messages.filter(isReady)) openMessage(place, mechanism, message)
        place.commits[mechanism] = {
          hashes: hashes.filter(({ epoch }) => epoch >= dueSince),
          messages: messages.filter(message => message.epoch >= dueSince && !isReady(message)),
        }
      }
  }

  /** What cannot be opened, or is not allowed, is gone without a word, as on the real chain. */
  function openMessage(place: Place, mechanism: number, sent: { message: string; round: number }): void {
    const plain = unlock(Buffer.from(sent.message.slice(2), 'hex'), sign(sent.round))
    const read = plain === undefined ? undefined : readMessage(plain, keyOf(place.hotkey))
    if (read === undefined) return
    const row = { ...read, versionKey: read.versionKey.toString() }
    if (checkRow(row, weigh(place.hotkey, mechanism)) === undefined) setRow(place, mechanism, row)
  }

  function apply({ block, hotkey, call }: Accepted): void {
    const place = state.places.get(hotkey) ?? openPlace(hotkey)
    state.places.set(hotkey, place)
    const { mechanism } = call
    const commits = place.commits[mechanism] ?? NO_COMMITS
    const epoch = epochAt(scheduleOf(), block)
    switch (call.kind) {
      case 'set':
        setRow(place, mechanism, call)
        place.lastUpdate[mechanism] = block
        return
      case 'reveal':
        setRow(place, mechanism, call)
        // Earlier ones go with it.
        place.commits[mechanism] = { ...commits, hashes: [] }
        return
      case 'hash':
        place.commits[mechanism] = {
          ...commits,
          hashes: [...commits.hashes, { hash: call.hash, epoch, block }],
        }
        place.lastUpdate[mechanism] = block
        return
      case 'timelocked': {
        const { message, round } = call
        place.commits[mechanism] = {
          ...commits,
          messages: [...commits.messages, { message, round, epoch, block }],
        }
        place.lastUpdate[mechanism] = block
      }
    }
  }

  /** Where all are registered each has a place of its own, behind those that are named. */
  function openPlace(hotkey: string): Place {
    const free = OPEN_UIDS - neurons.length - 1
    const uid = neurons.length + 1 + (createHash('sha256').update(hotkey).digest().readUInt32BE() % free)
    return newPlace({ uid, hotkey, coldkey: hotkey, isValidator: true, registeredAt: 0 }, rules.mechanisms)
  }
}

function setRow(
  place: Place,
  mechanism: number,
  { uids, values }: { readonly uids: readonly number[]; readonly values: readonly number[] },
): void {
  const raised = raiseRow(values)
  place.weights[mechanism] = uids.map((uid, index) => [uid, raised[index]!] as const)
}
