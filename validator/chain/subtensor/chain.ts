import { z } from 'zod'
import { Address } from '../address.ts'
import type { Block, Chain, Commitment, Neuron, PaidEvent, Submitted } from '../chain.ts'
import { confirmFrom } from '../confirm.ts'
import type { Metagraph } from '../metagraph.ts'
import { type Call, ChainUnavailable, type Head, type Node, type Offering, type Sent } from '../node.ts'
import { refusal, refusalOfError, refusalOfPool } from '../refusals.ts'
import type { Sealed } from '../sealed.ts'
import { U16 } from '../units.ts'
import { readEpochInput } from './epoch-input.ts'
import { readHyperparameters, readMetagraph } from './metagraph.ts'
import { readSubnets } from './subnets.ts'
import { Big, Whole } from './values.ts'
import { callNames, readWeightState, readWeightView } from './weights.ts'

/** A chain of subtensor's kind over a node. What it offers is asked of its metadata each time, since it may change while we run. */
export function openSubtensor(node: Node & AsyncDisposable): Chain {
  const times = new Map<string, Date>()
  const metagraphs = new Map<
    number,
    { readonly hash: string; readonly read: ReturnType<typeof readMetagraph> }
  >()
  /** Read once for a block, however many ask: strangers can make us ask whether they are registered. */
  const metagraph: Chain['metagraph'] = async netuid => {
    const head = await node.head()
    const known = metagraphs.get(netuid)
    if (known?.hash === head.hash) return await known.read
    const read = readMetagraph(node, head, netuid)
    metagraphs.set(netuid, { hash: head.hash, read })
    read.catch(() => metagraphs.delete(netuid))
    return await read
  }
  return believing({
    async head(): Promise<Block> {
      const head = await node.head()
      const known = times.get(head.hash)
      if (known !== undefined) return { ...head, time: known }
      const [now] = await node.read(head.hash, [{ pallet: 'timestamp', item: 'now' }])
      const time = new Date(Whole.parse(now))
      if (times.size > MOST_TIMES) times.clear()
      times.set(head.hash, time)
      return { ...head, time }
    },
    async blockHash(block) {
      if (!Number.isInteger(block) || block < 0) return undefined
      const head = await node.head()
      if (block > head.number) return undefined
      return block === head.number ? head.hash : await node.hashOf(block)
    },
    async neuron(netuid, hotkey) {
      return neuronsOf(await metagraph(netuid)).find(neuron => neuron.hotkey === hotkey)
    },
    neurons: async netuid => neuronsOf(await metagraph(netuid)),
    metagraph,
    hyperparameters: async netuid => await readHyperparameters(node, await node.head(), netuid),
    commitments: async netuid => await readCommitments(node, await node.head(), netuid),
    subnets: async () => await readSubnets(node, await node.head()),
    async weightState(netuid, hotkey, mechanism = 0) {
      return await readWeightState(node, await node.head(), { netuid, mechanism, hotkey })
    },
    async epochInput(netuid, mechanism = 0) {
      return await readEpochInput(node, await node.head(), { netuid, mechanism })
    },
    async weights(netuid, hotkey, mechanism = 0) {
      const view = await readWeightView(node, await node.head(), { netuid, mechanism, hotkey })
      return view.weights.length === 0 ? undefined : { block: view.lastUpdate, weights: view.weights }
    },
    async submitWeights(sealed, signer, reveal) {
      const call = callOf(sealed, reveal && 'reveal', await node.offers())
      if (call === undefined) return { kind: 'refused', refusal: refusal('no-call') }
      const since = reveal?.since ?? sealed.since
      const hash = await node.hashOf(since)
      if (hash === undefined)
        return { kind: 'refused', refusal: refusal('stale', `block ${since} is not final`) }
      return submittedOf(await node.send(call, signer, { number: since, hash }))
    },
    async confirmWeights(sealed, hotkey) {
      const { netuid, mechanism } = sealed
      return confirmFrom(sealed, await readWeightView(node, await node.head(), { netuid, mechanism, hotkey }))
    },
    lookUpEvent: async reference => await lookUp(node, reference),
    [Symbol.asyncDispose]: async () => await node[Symbol.asyncDispose](),
  })
}

/** A node that says what cannot be is as good as one that says nothing. */
function believing(chain: Chain): Chain {
  const guarded = Object.entries(chain).map(
    ([name, method]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        try {
          return await method(...args)
        } catch (error) {
          if (!(error instanceof z.ZodError) && !(error instanceof RangeError)) throw error
          const [issue] = error instanceof z.ZodError ? error.issues : []
          const what = issue === undefined ? error.message : `${issue.path.join('.')}: ${issue.message}`
          throw new ChainUnavailable(
            `Cannot believe what the node says (${name}): ${what}; look at the node`,
            {
              cause: error,
            },
          )
        }
      },
    ],
  )
  return { ...(Object.fromEntries(guarded) as Chain), [Symbol.asyncDispose]: chain[Symbol.asyncDispose] }
}

function neuronsOf(metagraph: Metagraph | undefined): Neuron[] {
  return (metagraph?.members ?? []).map(({ uid, hotkey, coldkey, isValidator }) => ({
    ...{ uid, hotkey, coldkey, isValidator },
  }))
}

const MOST_TIMES = 100

/** What is called, with arguments as the chain's own metadata orders them. */
export function callOf(sealed: Sealed, step: 'reveal' | undefined, offers: Offering): Call | undefined {
  const { netuid, mechanism } = sealed
  const path = step ?? sealed.kind
  const call = callNames(offers, path, mechanism)
  if (call === undefined) return undefined
  const place = call.includes('Mechanism') ? [netuid, mechanism] : [netuid]
  const uids = sealed.weights.map(([uid]) => uid)
  const values = sealed.weights.map(([, weight]) => weight)
  const args = (): readonly unknown[] => {
    if (path === 'plain') return [...place, uids, values, sealed.versionKey]
    if (sealed.kind === 'hash')
      return path === 'reveal'
        ? [...place, uids, values, sealed.salt, sealed.versionKey]
        : [...place, sealed.hash]
    if (sealed.kind !== 'timelocked')
      throw new TypeError(`There is nothing to reveal of ${sealed.kind} weights`)
    const version = call.includes('Timelocked') ? [sealed.version] : []
    return [...place, sealed.message, sealed.round, ...version]
  }
  return { pallet: 'subtensorModule', call, args: args() }
}

function submittedOf(sent: Sent): Submitted {
  switch (sent.kind) {
    case 'included':
      return { kind: 'included', block: sent.block }
    case 'failed':
      return { kind: 'refused', refusal: refusalOfError(sent.error) }
    case 'rejected': {
      const found = refusalOfPool(sent)
      return found === undefined
        ? { kind: 'sent', why: `the node answered ${sent.code}` }
        : { kind: 'refused', refusal: found }
    }
    case 'unknown':
      return { kind: 'sent', why: sent.why }
  }
}

const Published = z.object({
  block: Whole,
  info: z.object({ fields: z.array(z.unknown()) }),
})

async function readCommitments(node: Node, head: Head, netuid: number): Promise<Commitment[]> {
  const offers = await node.offers()
  if (!offers.hasItem('commitments', 'commitmentOf')) return []
  const entries = await node.entries(head.hash, {
    pallet: 'commitments',
    item: 'commitmentOf',
    keys: [netuid],
  })
  return entries.flatMap(({ keys, value }) => {
    const hotkey = Address.safeParse(keys.at(-1))
    const read = Published.safeParse(value)
    if (!hotkey.success || !read.success) return []
    return [{ hotkey: hotkey.data, block: read.data.block, data: joinFields(read.data.info.fields) }]
  })
}

/** Each field is one of many kinds that differ in their length; what is in them is what counts: in hexadecimal with `0x`, one behind the other. */
function joinFields(fields: readonly unknown[]): string {
  const hexes = fields.flatMap(field =>
    typeof field === 'object' && field !== null
      ? Object.values(field).filter(
          (one): one is string => typeof one === 'string' && /^0x([0-9a-f]{2})*$/i.test(one),
        )
      : [],
  )
  return `0x${hexes.map(hex => hex.slice(2)).join('')}`
}

const Burned = z.tuple([Address, Address, Big, U16], z.unknown())

/** Tokens of a subnet that a coldkey burned (`AlphaBurned`), in a block that is final. */
async function lookUp(node: Node, reference: string): Promise<PaidEvent | undefined> {
  const match = /^(\d{1,10})-(\d{1,5})$/.exec(reference)
  if (match === null) return undefined
  const [block, index] = [Number(match[1]), Number(match[2])]
  const head = await node.head()
  const hash = block > head.number ? undefined : await node.hashOf(block)
  if (hash === undefined) return undefined
  for (const { pallet, name, data } of await node.events(hash, index)) {
    const read = pallet === 'subtensorModule' && name === 'AlphaBurned' ? Burned.safeParse(data) : undefined
    if (read?.success) return { coldkey: read.data[0], rao: read.data[2], netuid: read.data[3] }
  }
  return undefined
}
