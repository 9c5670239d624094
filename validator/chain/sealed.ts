import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Plan } from './plan.ts'
import { bytes, readScale, u16s, u64 } from './scale.ts'
import { chooseReveal, epochAt, firstBlockOf } from './schedule.ts'
import { lock } from './timelock.ts'
import { U16 } from './units.ts'
import { indexOf, weightHash } from './weight-hash.ts'
import type { WeightState } from './weight-state.ts'

const Hex = z.string().regex(/^0x([0-9a-f]{2})*$/)
const common = {
  netuid: U16,
  mechanism: z.int().min(0).max(15),
  /** As the chain will keep them. */
  weights: z.array(z.tuple([U16, U16])).readonly(),
  /** In decimal digits. */
  versionKey: z.string().regex(/^\d{1,20}$/),
  /** The newest block when it was made: what is sent is void 64 blocks later. */
  since: z.int().min(0),
}

/**
 * Weights ready to be sent, with everything that is needed to find them on the chain again. It is written down before anything is sent,
 * so that who dies in between knows what to look for.
 */
export const Sealed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plain'), ...common }),
  z.object({
    kind: z.literal('hash'),
    ...common,
    hash: Hex,
    salt: z.array(U16),
    /** First block in which it can be revealed, as it looked then. */
    reveal: z.int(),
  }),
  z.object({
    kind: z.literal('timelocked'),
    ...common,
    message: Hex,
    round: z.int().min(1),
    version: z.int(),
    /** The block that reveals it, as it looked then. */
    reveal: z.int(),
  }),
])
export type Sealed = z.infer<typeof Sealed>

const SALT = 8

/**
 * Makes of a plan what is sent.
 *
 * @param hotkey - its 32 bytes
 * @param random - as many random bytes as asked; another source is for tests only
 */
export function sealWeights(
  plan: Plan,
  state: WeightState,
  hotkey: Uint8Array,
  random: (length: number) => Uint8Array = randomBytes,
): Sealed {
  const { netuid, mechanism, rules, schedule } = state
  const shared = {
    ...{ netuid, mechanism, weights: plan.weights.map(([uid, weight]) => [uid, weight] as [number, number]) },
    versionKey: plan.versionKey.toString(),
    since: state.block,
  }
  const uids = plan.weights.map(([uid]) => uid)
  const values = plan.weights.map(([, weight]) => weight)
  switch (plan.path) {
    case 'plain':
      return { kind: 'plain', ...shared }
    case 'hash': {
      const salt = [...new Uint16Array(Uint8Array.from(random(2 * SALT)).buffer)]
      const hidden = { uids, values, salt, versionKey: plan.versionKey }
      const epoch = epochAt(schedule, state.block + 1) + rules.revealPeriods
      return {
        ...{ kind: 'hash', ...shared, salt },
        hash: weightHash(hotkey, indexOf(netuid, mechanism), hidden),
        reveal: firstBlockOf(schedule, epoch),
      }
    }
    case 'timelocked': {
      const { time: now, secondsPerBlock, beacon, offers } = state
      const { block, round } = chooseReveal(schedule, rules.revealPeriods, { now, secondsPerBlock, beacon })
      const owner = offers.timelocked === 'with-hotkey' ? bytes(hotkey) : Buffer.alloc(0)
      const message = Buffer.concat([owner, u16s(uids), u16s(values), u64(plan.versionKey)])
      return {
        ...{ kind: 'timelocked', ...shared, round, version: rules.commitVersion, reveal: block },
        message: `0x${lock(message, round, beacon, random).toString('hex')}`,
      }
    }
  }
}

/** What a time-locked message held; undefined if it is none, or names another hotkey. */
export function readMessage(
  message: Uint8Array,
  hotkey: Uint8Array,
): { uids: number[]; values: number[]; versionKey: bigint } | undefined {
  for (const hasHotkey of [true, false])
    try {
      const reader = readScale(message)
      if (hasHotkey && !reader.bytes().equals(hotkey)) continue
      const read = { uids: reader.u16s(), values: reader.u16s(), versionKey: reader.u64() }
      if (reader.isAtEnd()) return read
    } catch {
      // The other form.
    }
  return undefined
}
