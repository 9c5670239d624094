import { type Refusal, type RefusalCode, refusal } from './refusals.ts'
import type { WeightState } from './weight-state.ts'
import type { Weights } from './weights.ts'
import { raiseRow } from './yuma/epoch.ts'
import { divide, fixed, fromU16, U16 } from './yuma/fixed.ts'

/** How weights get there: at once; as a hash that we reveal; as a message that the chain opens by itself. */
export type Path = 'plain' | 'hash' | 'timelocked'

/** Weights as they would be sent. */
export interface Plan {
  readonly kind: 'plan'
  readonly path: Path
  /** As the chain will keep them, in the order of uids. */
  readonly weights: Weights
  readonly versionKey: bigint
  /** The first block that takes them. */
  readonly earliest: number
  /** What was changed so that the subnet takes them, in sentences. */
  readonly notes: readonly string[]
}

export type Planned = Plan | { readonly kind: 'refused'; readonly refusals: readonly [Refusal, ...Refusal[]] }

/** A beacon is of no use if the chain knows no round of the last hour. */
const STALE_ROUNDS = 3600

/**
 * How weights can be set as a chain stands, or everything that speaks against it. The same checks as the chain's own
 * (`pallets/subtensor/src/subnets/weights.rs`), before anything is signed.
 */
export function planWeights(weights: Weights, state: WeightState): Planned {
  const path = choosePath(state)
  const refusals = [...findRefusals(weights, state), ...(path === undefined ? [refusal('no-call')] : [])]
  const limited = refusals.length > 0 ? undefined : limitShares(weights, state)
  if (limited === undefined && refusals.length === 0)
    refusals.push(refusal('too-large', `at most ${state.rules.maxWeight} of ${U16}`))
  if (limited === undefined || path === undefined) return { kind: 'refused', refusals: refusals as [Refusal] }
  const row = pad(limited, state)
  const raised = raiseRow(row.map(([, weight]) => weight))
  const { lastUpdate } = state.own!
  return {
    kind: 'plan',
    path,
    weights: row.map(([uid], index) => [uid, raised[index]!] as const),
    versionKey: state.rules.versionKey,
    earliest: Math.max(state.block + 1, lastUpdate === 0 ? 0 : lastUpdate + state.rules.rateLimit),
    notes: [
      ...(limited === weights
        ? []
        : [`No uid may have more than ${state.rules.maxWeight} of ${U16}: the rest goes to the others`]),
      ...(row.length === limited.length
        ? []
        : [`The subnet asks for ${row.length} weights: ${row.length - limited.length} of 0 were added`]),
    ],
  }
}

function choosePath({ rules, offers, beacon, time }: WeightState): Path | undefined {
  if (!rules.commitReveal) return offers.plain ? 'plain' : undefined
  const present = Math.floor((time - beacon.genesis) / beacon.period)
  const isFed = beacon.newest !== undefined && present - beacon.newest < STALE_ROUNDS / beacon.period
  if (offers.timelocked !== undefined && (isFed || !offers.hash)) return 'timelocked'
  return offers.hash ? 'hash' : undefined
}

function findRefusals(weights: Weights, state: WeightState): Refusal[] {
  const { netuid, mechanism, mechanisms, uids, own, rules } = state
  const isOwn = own !== undefined && isSelf(weights, own.uid)
  const unknown = weights.find(([uid]) => uid >= uids)?.[0]
  const isTwice = new Set(weights.map(([uid]) => uid)).size < weights.length
  const found: readonly (readonly [boolean, RefusalCode, (string | undefined)?])[] = [
    [netuid === 0, 'root'],
    [mechanism >= mechanisms, 'no-mechanism', `${mechanism} of ${mechanisms}`],
    [own === undefined, 'not-registered', `subnet ${netuid}`],
    [
      own !== undefined && !own.isOwner && own.stake < rules.stakeThreshold,
      'too-little-stake',
      own && `it has ${own.stake} rao, and needs ${rules.stakeThreshold}`,
    ],
    [own !== undefined && !own.isValidator && !own.isOwner && !isOwn, 'no-permit', own && `uid ${own.uid}`],
    [unknown !== undefined, 'uids-unknown', `uid ${unknown} of ${uids}`],
    [isTwice, 'uids-twice'],
    [weights.every(([, weight]) => weight === 0), 'nothing'],
  ]
  return found.flatMap(([isSo, code, detail]) => (isSo ? [refusal(code, detail)] : []))
}

/** A weight on oneself alone is allowed to everybody. */
function isSelf(weights: Weights, uid: number): boolean {
  return weights.length === 1 && weights[0]![0] === uid
}

/** So that no uid has a larger share than allowed; what is cut goes to the others by their shares. undefined if that cannot be. */
function limitShares(weights: Weights, { rules, own }: WeightState): Weights | undefined {
  if (rules.maxWeight >= U16 || isSelf(weights, own!.uid) || isWithin(weights, rules.maxWeight))
    return weights
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  const most = rules.maxWeight / U16
  const cut = new Set<number>()
  for (;;) {
    const open = weights.filter(([uid]) => !cut.has(uid))
    const rest = open.reduce((sum, [, weight]) => sum + weight, 0) / total
    const left = 1 - cut.size * most
    if (rest <= 0 || left < 0) return undefined
    const scale = left / rest
    const above = open.filter(([, weight]) => (weight / total) * scale > most)
    for (const [uid] of above) cut.add(uid)
    if (above.length === 0) {
      const largest = Math.max(most, ...open.map(([, weight]) => (weight / total) * scale))
      // Rounded up, so that what is at the limit is not above it once all is added up.
      return lower(
        weights.map(([uid, weight]) =>
          cut.has(uid)
            ? ([uid, Math.floor((most / largest) * U16)] as const)
            : ([uid, weight === 0 ? 0 : Math.ceil((((weight / total) * scale) / largest) * U16)] as const),
        ),
        rules.maxWeight,
      )
    }
  }
}

/** Rounding may leave the largest a little above the limit. */
function lower(weights: Weights, limit: number): Weights | undefined {
  let now = weights
  for (let times = 0; times < MOST_STEPS; times++) {
    if (isWithin(now, limit)) return now
    const largest = Math.max(...now.map(([, weight]) => weight))
    now = now.map(([uid, weight]) => [uid, weight === largest ? weight - 1 : weight] as const)
  }
  return undefined
}

const MOST_STEPS = 64

/** As the chain looks at it: after raising, the largest share in 2⁻³². */
export function isWithin(weights: Weights, limit: number): boolean {
  const raised = raiseRow(weights.map(([, weight]) => weight))
  const total = raised.reduce((sum, weight) => sum + weight, 0)
  return divide(fixed(Math.max(0, ...raised)), fixed(total)) <= fromU16(limit)
}

/** As many weights as the subnet asks for: those that are missing are 0, and change nothing. */
function pad(weights: Weights, { rules, uids, own }: WeightState): Weights {
  const least = Math.min(rules.minAllowed, uids)
  const named = new Set(weights.map(([uid]) => uid))
  const row = [...weights]
  if (!isSelf(weights, own!.uid))
    for (let uid = 0; uid < uids && row.length < least; uid++) if (!named.has(uid)) row.push([uid, 0])
  return row.sort(([one], [other]) => one - other)
}
