import { z } from 'zod'
import { Address } from '../address.ts'
import type { Head, Node } from '../node.ts'
import { U16 } from '../units.ts'
import { indexOf } from '../weight-hash.ts'
import type { EpochInput } from '../yuma/epoch.ts'
import { readHyperparameters, readMetagraph } from './metagraph.ts'
import { own, readNamed } from './named.ts'
import { Whole } from './values.ts'

const Rows = z.array(z.tuple([U16, U16]))
const More = z.object({ owner: Address.optional(), lastEpoch: Whole.optional() })

/** A mechanism of a subnet as its next epoch would find it: everybody's stake, weights and bonds. Stake is known to whole rao. */
export async function readEpochInput(
  node: Node,
  head: Head,
  { netuid, mechanism }: { readonly netuid: number; readonly mechanism: number },
): Promise<EpochInput | undefined> {
  const index = indexOf(netuid, mechanism)
  const [metagraph, rules, weights, bonds, raw, offers] = await Promise.all([
    readMetagraph(node, head, netuid),
    readHyperparameters(node, head, netuid),
    readRows(node, head, 'weights', index),
    readRows(node, head, 'bonds', index),
    readNamed(node, head.hash, {
      owner: own('subnetOwnerHotkey', netuid),
      lastEpoch: own('lastEpochBlock', netuid),
    }),
    node.offers(),
  ])
  if (metagraph === undefined || rules === undefined) return undefined
  const { owner, lastEpoch } = More.parse(raw)
  const { members, tempo } = metagraph
  const block = head.number + 1
  const uid = members.findIndex(({ hotkey }) => hotkey === owner)
  return {
    ...{ block, threshold: rules.stakeThreshold, cutoff: rules.activityCutoff },
    ...{ maxValidators: rules.maxValidators, ownerUid: uid === -1 ? undefined : uid },
    // Runtimes that count epochs let owners validate whatever their stake.
    forceOwner: offers.hasItem('subtensorModule', 'subnetEpochIndex'),
    ...{ kappa: rules.kappa, bondsPenalty: rules.bondsPenalty, bondsMovingAverage: rules.bondsMovingAverage },
    ...{ yuma3: rules.yuma3, liquid: rules.liquid },
    lastTempo: lastEpoch === undefined ? block - tempo : lastEpoch + 1,
    stake: members.map(({ totalStake }) => totalStake << 64n),
    lastUpdate: members.map(({ lastUpdate }) => lastUpdate),
    registeredAt: members.map(({ registeredAt }) => registeredAt),
    permits: members.map(({ isValidator }) => isValidator),
    weights: members.map(({ uid }) => weights.get(uid) ?? []),
    bonds: members.map(({ uid }) => bonds.get(uid) ?? []),
  }
}

async function readRows(
  node: Node,
  head: Head,
  item: string,
  index: number,
): Promise<Map<number, [number, number][]>> {
  const entries = await node.entries(head.hash, own(item, index))
  return new Map(entries.map(({ keys, value }) => [U16.parse(keys.at(-1)), Rows.parse(value)]))
}
