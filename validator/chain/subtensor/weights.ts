import { z } from 'zod'
import { Address } from '../address.ts'
import type { WeightView } from '../confirm.ts'
import type { Head, Node, Offering } from '../node.ts'
import { epochAt, type Schedule } from '../schedule.ts'
import { QUICKNET } from '../timelock.ts'
import { U16 } from '../units.ts'
import { indexOf } from '../weight-hash.ts'
import type { WeightState } from '../weight-state.ts'
import { readMetagraph } from './metagraph.ts'
import { own, readNamed } from './named.ts'
import { Big, Whole } from './values.ts'

export interface Whose {
  readonly netuid: number
  readonly mechanism: number
  readonly hotkey: string
}

const Clock = z.object({
  tempo: Whole,
  lastEpoch: Whole.optional(),
  pendingAt: Whole.optional(),
  epoch: Whole.optional(),
  sinceLastStep: Whole.default(0),
  revealPeriods: Whole,
})

function clockItems({ netuid }: Whose) {
  return {
    tempo: own('tempo', netuid),
    lastEpoch: own('lastEpochBlock', netuid),
    pendingAt: own('pendingEpochAt', netuid),
    epoch: own('subnetEpochIndex', netuid),
    sinceLastStep: own('blocksSinceLastStep', netuid),
    revealPeriods: own('revealPeriodEpochs', netuid),
  }
}

/** Where the chain counts epochs it has a counter; before, they followed from the block. */
function scheduleOf(raw: unknown, block: number, { netuid, mechanism }: Whose): Schedule {
  const { tempo, lastEpoch = 0, pendingAt = 0, epoch, sinceLastStep } = Clock.parse(raw)
  return epoch === undefined
    ? { kind: 'modular', block, tempo, index: indexOf(netuid, mechanism) }
    : { kind: 'counted', block, tempo, epoch, lastEpoch, pendingAt, sinceLastStep }
}

const State = z.object({
  now: Whole,
  exists: z.boolean().catch(false),
  uids: Whole,
  uid: U16.optional(),
  lastUpdate: z.array(Whole),
  permits: z.array(z.boolean()),
  owner: Address.optional(),
  mechanisms: Whole.default(1),
  commitReveal: z.boolean(),
  commitVersion: Whole.default(4),
  rateLimit: Whole,
  minAllowed: Whole,
  maxWeight: U16,
  versionKey: Big,
  stakeThreshold: Big,
  newestRound: Whole.optional(),
})

/** All that decides how weights can be set, as of one block. */
export async function readWeightState(node: Node, head: Head, whose: Whose): Promise<WeightState> {
  const { netuid, mechanism, hotkey } = whose
  const index = indexOf(netuid, mechanism)
  const offers = await node.offers()
  const [raw, metagraph] = await Promise.all([
    readNamed(node, head.hash, {
      ...clockItems(whose),
      now: { pallet: 'timestamp', item: 'now' },
      exists: own('networksAdded', netuid),
      uids: own('subnetworkN', netuid),
      uid: own('uids', netuid, hotkey),
      lastUpdate: own('lastUpdate', index),
      permits: own('validatorPermit', netuid),
      owner: own('subnetOwnerHotkey', netuid),
      mechanisms: own('mechanismCountCurrent', netuid),
      commitReveal: own('commitRevealWeightsEnabled', netuid),
      commitVersion: own('commitRevealWeightsVersion'),
      rateLimit: own('weightsSetRateLimit', netuid),
      minAllowed: own('minAllowedWeights', netuid),
      maxWeight: own('maxWeightsLimit', netuid),
      versionKey: own('weightsVersionKey', netuid),
      stakeThreshold: own('stakeThreshold'),
      newestRound: { pallet: 'drand', item: 'lastStoredRound' },
    }),
    readMetagraph(node, head, netuid),
  ])
  const read = State.parse(raw)
  const { uid, commitReveal, commitVersion, rateLimit, minAllowed, maxWeight, versionKey, stakeThreshold } =
    read
  return {
    ...{ netuid, mechanism, block: head.number, uids: read.uids },
    mechanisms: Math.max(1, read.mechanisms),
    time: read.now / 1000,
    secondsPerBlock: secondsPerBlock(offers),
    own:
      uid === undefined
        ? undefined
        : {
            uid,
            isValidator: read.permits[uid] ?? false,
            isOwner: read.owner === hotkey,
            lastUpdate: read.lastUpdate[uid] ?? 0,
            stake: metagraph?.members[uid]?.totalStake ?? 0n,
          },
    rules: {
      ...{ commitReveal, commitVersion, rateLimit, minAllowed, maxWeight, versionKey, stakeThreshold },
      revealPeriods: Clock.parse(raw).revealPeriods,
    },
    offers: offersOf(offers, mechanism),
    schedule: scheduleOf(raw, head.number, whose),
    beacon: { ...QUICKNET, newest: read.newestRound === 0 ? undefined : read.newestRound },
  }
}

/** What a chain says of its own pace; else what all of them have. */
export function secondsPerBlock(offers: Pick<Offering, 'constant'>): number {
  const slot = offers.constant('aura', 'slotDuration') ?? offers.constant('babe', 'expectedBlockTime')
  const parsed = Whole.safeParse(slot)
  return parsed.success && parsed.data > 0 ? parsed.data / 1000 : 12
}

type Path = 'plain' | 'hash' | 'reveal' | 'timelocked'

/** The name of a call, by what the chain has: mechanisms' calls first, older ones else. */
export function callNames(
  offers: Pick<Offering, 'hasCall'>,
  path: Path,
  mechanism: number,
): string | undefined {
  const names: Readonly<Record<Path, readonly string[]>> = {
    plain: ['setMechanismWeights', 'setWeights'],
    hash: ['commitMechanismWeights', 'commitWeights'],
    reveal: ['revealMechanismWeights', 'revealWeights'],
    timelocked: [
      'commitTimelockedMechanismWeights',
      'commitTimelockedWeights',
      'commitCrv3MechanismWeights',
      'commitCrv3Weights',
    ],
  }
  return names[path].find(
    name => offers.hasCall('subtensorModule', name) && (mechanism === 0 || name.includes('Mechanism')),
  )
}

function offersOf(offers: Offering, mechanism: number): WeightState['offers'] {
  const timelocked = callNames(offers, 'timelocked', mechanism)
  return {
    plain: callNames(offers, 'plain', mechanism) !== undefined,
    hash:
      callNames(offers, 'hash', mechanism) !== undefined &&
      callNames(offers, 'reveal', mechanism) !== undefined,
    timelocked:
      timelocked === undefined
        ? undefined
        : timelocked === 'commitCrv3Weights'
          ? 'without-hotkey'
          : 'with-hotkey',
  }
}

const Rows = z.array(z.tuple([U16, U16]))
const View = z.object({
  uid: U16.optional(),
  lastUpdate: z.array(Whole),
  /** Hash, epoch (or block, where epochs follow from it), and more. */
  hashes: z.array(z.tuple([z.string(), Whole], z.unknown())).default([]),
})
const Hex = z.string().regex(/^0x/)
/** Who, in which block (older chains do not say), the message, its round. */
const Messages = z.array(
  z.union([
    z.tuple([Address, Whole, Hex, Whole]).transform(([who, , message]) => ({ who, message })),
    z.tuple([Address, Hex, Whole]).transform(([who, message]) => ({ who, message })),
  ]),
)

/** What the chain has of a hotkey's weights: the row, and commits that are not revealed. */
export async function readWeightView(node: Node, head: Head, whose: Whose): Promise<WeightView> {
  const { netuid, mechanism, hotkey } = whose
  const index = indexOf(netuid, mechanism)
  const offers = await node.offers()
  const raw = await readNamed(node, head.hash, {
    ...clockItems(whose),
    uid: own('uids', netuid, hotkey),
    lastUpdate: own('lastUpdate', index),
    hashes: own('weightCommits', index, hotkey),
  })
  const { uid, lastUpdate, hashes } = View.parse(raw)
  const schedule = scheduleOf(raw, head.number, whose)
  const [weights] = uid === undefined ? [[]] : await node.read(head.hash, [own('weights', index, uid)])
  return {
    ...{ block: head.number, uid, weights: Rows.parse(weights ?? []), schedule },
    lastUpdate: uid === undefined ? 0 : (lastUpdate[uid] ?? 0),
    hashes: hashes.map(([hash, when]) => ({
      hash,
      epoch: schedule.kind === 'modular' ? epochAt(schedule, when) : when,
    })),
    messages: await readMessages(node, head, { index, hotkey, offers }),
    revealPeriods: Clock.parse(raw).revealPeriods,
  }
}

async function readMessages(
  node: Node,
  head: Head,
  { index, hotkey, offers }: { index: number; hotkey: string; offers: Offering },
): Promise<WeightView['messages']> {
  const item = ['timelockedWeightCommits', 'crv3WeightCommitsV2', 'crv3WeightCommits'].find(name =>
    offers.hasItem('subtensorModule', name),
  )
  if (item === undefined) return []
  const entries = await node.entries(head.hash, own(item, index))
  return entries.flatMap(({ keys, value }) => {
    const epoch = Whole.parse(keys.at(-1))
    return Messages.parse(value)
      .filter(({ who }) => who === hotkey)
      .map(({ message }) => ({ message, epoch }))
  })
}
