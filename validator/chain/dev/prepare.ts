import { setTimeout as sleep } from 'node:timers/promises'
import type { Signer } from '../../intake/signature.ts'
import { type Call, ChainUnavailable, type Node, type Sent } from '../node.ts'
import { own as item, readNamed } from '../subtensor/named.ts'
import { Whole } from '../subtensor/values.ts'
import { TAO } from '../units.ts'
import { devAccount } from './accounts.ts'

/** A subnet on a local chain, ready to set weights on. All keys are the well-known ones for development. */
export interface Prepared {
  readonly netuid: number
  /** Holds everybody's money. */
  readonly coldkey: string
  /** In the order of their uids: the owner, who validates as well, validators, miners. */
  readonly hotkeys: readonly string[]
}

export interface Wishes {
  readonly validators: number
  readonly miners: number
  readonly tempo: number
  readonly commitReveal: boolean
  /** Addresses of further miners. */
  readonly others?: readonly string[]
}

/** Each of validators gets less than the one before. */
const STAKE = 1000

/**
 * Makes a subnet, registers its owner, validators and miners, stakes, and starts it. The chain has to be one whose blocks are made on
 * request, with `//Alice` as its superuser.
 */
export async function prepareSubnet(
  node: Node,
  wishes: Wishes,
  say: (what: string) => void,
): Promise<Prepared> {
  const alice = await devAccount('//Alice')
  const names = [
    'owner',
    ...Array.from({ length: wishes.validators }, (_, index) => `validator${index + 1}`),
    ...Array.from({ length: wishes.miners }, (_, index) => `miner${index + 1}`),
  ]
  const own = await Promise.all(names.map(async name => (await devAccount(`//${name}`)).address))
  const hotkeys = [...own, ...(wishes.others ?? [])]
  const act = async (what: string, call: Call, signer: Signer = alice): Promise<void> => {
    say(what)
    const sent = await sendWithBlocks(node, call, signer)
    if (sent.kind !== 'included')
      throw new ChainUnavailable(`Cannot ${what}: the chain answered ${JSON.stringify(sent)}`)
  }
  const admin = (call: string, ...args: readonly unknown[]): Call => ({
    ...{ pallet: 'sudo', call: 'sudo' },
    args: [{ pallet: 'adminUtils', call, args }],
  })
  const pallet = (call: string, ...args: readonly unknown[]): Call => ({
    pallet: 'subtensorModule',
    call,
    args,
  })

  await act('lift the limit of networks', admin('sudoSetNetworkRateLimit', 0))
  await act('make a subnet', pallet('registerNetwork', hotkeys[0]))
  const netuid = await newestSubnet(node)
  await act('let many register', admin('sudoSetTargetRegistrationsPerInterval', netuid, 100))
  for (const [index, hotkey] of hotkeys.entries())
    if (index > 0) await act(`register ${names[index] ?? hotkey}`, pallet('burnedRegister', netuid, hotkey))
  await act('set the tempo', admin('sudoSetTempo', netuid, wishes.tempo))
  await act('set commit-reveal', admin('sudoSetCommitRevealWeightsEnabled', netuid, wishes.commitReveal))
  await act('set no rate limit', admin('sudoSetWeightsSetRateLimit', netuid, 0))
  await makeBlocks(node, 12)
  await act('start the subnet', pallet('startCall', netuid))
  for (let index = 0; index <= wishes.validators; index++)
    await act(
      `stake on ${names[index]}`,
      pallet('addStake', hotkeys[index], netuid, Math.round((STAKE / (index + 1)) * TAO)),
    )
  // A permit comes with the epoch after the stake.
  await makeBlocks(node, 2 * wishes.tempo + 4)
  return { netuid, coldkey: alice.address, hotkeys }
}

/** Sends a call and makes blocks until it is in one. */
export async function sendWithBlocks(node: Node, call: Call, signer: Signer): Promise<Sent> {
  return await withBlocks(node, async () => await node.send(call, signer, await node.head()))
}

/** Makes a block whenever a call waits for one, for as long as something is under way. */
export async function withBlocks<T>(
  node: Pick<Node, 'request' | 'head'>,
  work: () => Promise<T>,
): Promise<T> {
  let isOver = false
  const working = work().finally(() => {
    isOver = true
  })
  working.catch(() => {})
  while (!isOver) {
    await sleep(30)
    const waiting = isOver ? [] : await node.request('author_pendingExtrinsics', [])
    if (Array.isArray(waiting) && waiting.length > 0) await makeBlocks(node, 1)
  }
  return await working
}

/** Few at a time, since a request has a deadline and blocks of a real runtime are slow. */
const AT_ONCE = 4

/** @returns once the node tells the last of them as its head */
export async function makeBlocks(node: Pick<Node, 'request' | 'head'>, count: number): Promise<void> {
  for (let left = count; left > 0; left -= AT_ONCE) {
    const { number } = await node.head()
    const now = Math.min(AT_ONCE, left)
    await node.request('dev_newBlock', [{ count: now }])
    while ((await node.head()).number < number + now) await sleep(10)
  }
}

async function newestSubnet(node: Node): Promise<number> {
  const head = await node.head()
  const entries = await node.entries(head.hash, item('networksAdded'))
  const netuids = entries.map(({ keys }) => Whole.parse(keys[0]))
  const newest = Math.max(...netuids)
  const { uids } = await readNamed(node, head.hash, { uids: item('subnetworkN', newest) })
  if (Whole.parse(uids) === 0)
    throw new ChainUnavailable(`Subnet ${newest} has nobody on it: it was not made`)
  return newest
}
