import { z } from 'zod'
import { Address } from '../address.ts'
import type { Hyperparameters, Metagraph } from '../metagraph.ts'
import type { Head, Node } from '../node.ts'
import { U16, WHOLE } from '../units.ts'
import { own, readNamed } from './named.ts'
import { Big, Whole } from './values.ts'

const Answer = z.object({
  tempo: Whole,
  hotkeys: z.array(Address),
  coldkeys: z.array(Address),
  active: z.array(z.boolean()),
  validatorPermit: z.array(z.boolean()),
  lastUpdate: z.array(Whole),
  blockAtRegistration: z.array(Whole),
  alphaStake: z.array(Big),
  taoStake: z.array(Big),
  totalStake: z.array(Big),
  incentives: z.array(U16),
  dividends: z.array(U16),
  consensus: z.array(U16),
  emission: z.array(Big),
})

/** Everybody on a subnet, in one request. */
export async function readMetagraph(node: Node, head: Head, netuid: number): Promise<Metagraph | undefined> {
  const raw = await node.ask(head.hash, 'subnetInfoRuntimeApi', 'getMetagraph', [netuid])
  if (raw === undefined) return undefined
  const read = Answer.parse(raw)
  return {
    ...{ block: head.number, netuid, tempo: read.tempo },
    members: read.hotkeys.map((hotkey, uid) => ({
      ...{ uid, hotkey, coldkey: at(read.coldkeys, uid) },
      isValidator: at(read.validatorPermit, uid),
      isActive: at(read.active, uid),
      lastUpdate: at(read.lastUpdate, uid),
      registeredAt: at(read.blockAtRegistration, uid),
      alphaStake: at(read.alphaStake, uid),
      taoStake: at(read.taoStake, uid),
      totalStake: at(read.totalStake, uid),
      incentive: at(read.incentives, uid) / WHOLE,
      dividends: at(read.dividends, uid) / WHOLE,
      consensus: at(read.consensus, uid) / WHOLE,
      emission: at(read.emission, uid),
    })),
  }
}

/** A node whose lists are of different lengths is not believed. */
function at<T>(list: readonly T[], uid: number): T {
  if (uid >= list.length) throw new RangeError(`The metagraph has no value for uid ${uid}`)
  return list[uid]!
}

const Settings = z.object({
  exists: z.boolean().catch(false),
  tempo: Whole,
  commitReveal: z.boolean(),
  revealPeriods: Whole,
  rateLimit: Whole,
  minAllowed: Whole,
  maxWeight: U16,
  versionKey: Big,
  kappa: U16,
  bondsPenalty: U16,
  bondsMovingAverage: Whole,
  yuma3: z.boolean().default(false),
  liquidOn: z.boolean().default(false),
  liquidValues: z.tuple([U16, U16]).default([45_875, 58_982]),
  liquidSteep: z.number().default(1000),
  activityCutoff: Whole.default(5000),
  /** Of the tempo, in thousandths; in the place of the above where there is one. */
  activityFactor: Whole.optional(),
  immunityPeriod: Whole,
  maxValidators: Whole,
  maxUids: Whole,
  burn: Big,
  stakeThreshold: Big,
})

/** What a subnet's owner and the chain set, in one request. */
export async function readHyperparameters(
  node: Node,
  head: Head,
  netuid: number,
): Promise<Hyperparameters | undefined> {
  const raw = await readNamed(node, head.hash, {
    exists: own('networksAdded', netuid),
    tempo: own('tempo', netuid),
    commitReveal: own('commitRevealWeightsEnabled', netuid),
    revealPeriods: own('revealPeriodEpochs', netuid),
    rateLimit: own('weightsSetRateLimit', netuid),
    minAllowed: own('minAllowedWeights', netuid),
    maxWeight: own('maxWeightsLimit', netuid),
    versionKey: own('weightsVersionKey', netuid),
    kappa: own('kappa', netuid),
    bondsPenalty: own('bondsPenalty', netuid),
    bondsMovingAverage: own('bondsMovingAverage', netuid),
    yuma3: own('yuma3On', netuid),
    liquidOn: own('liquidAlphaOn', netuid),
    liquidValues: own('alphaValues', netuid),
    liquidSteep: own('alphaSigmoidSteepness', netuid),
    activityCutoff: own('activityCutoff', netuid),
    activityFactor: own('activityCutoffFactorMilli', netuid),
    immunityPeriod: own('immunityPeriod', netuid),
    maxValidators: own('maxAllowedValidators', netuid),
    maxUids: own('maxAllowedUids', netuid),
    burn: own('burn', netuid),
    stakeThreshold: own('stakeThreshold'),
  })
  if (raw.exists !== true) return undefined
  const { exists: _, liquidOn, liquidValues, liquidSteep, activityFactor, ...read } = Settings.parse(raw)
  return {
    ...{ block: head.number, netuid, ...read },
    liquid: { on: liquidOn, low: liquidValues[0], high: liquidValues[1], steep: liquidSteep },
    activityCutoff:
      activityFactor === undefined
        ? read.activityCutoff
        : Math.max(1, Math.floor((activityFactor * read.tempo) / 1000)),
  }
}
