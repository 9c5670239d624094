import type { ApiPromise } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import type { Signer } from '../intake/signature.ts'
import type { Connection } from './connection.ts'
import { bytesOf, eventsOf, hexOf, plain, signPayload } from './decoded.ts'
import {
  type Call,
  ChainUnavailable,
  type Entry,
  type Event,
  type Head,
  type Item,
  LIFETIME,
  type Offering,
} from './node.ts'
import { within } from './within.ts'

/** What speaks with a node: a socket, or a script in tests. */
export type Provider = NonNullable<ApiOptions['provider']>

const REQUEST_MILLISECONDS = 20_000
const START_MILLISECONDS = 60_000

/** The library, and what it asks by. */
interface Link {
  readonly api: ApiPromise
  readonly provider: Provider
}

/**
 * Connects to a node of subtensor. What the chain has is read from its own metadata, which is followed when the runtime changes. The
 * library is loaded here and nowhere else.
 *
 * @param endpoint - `ws://` or `wss://`
 */
export async function connect(endpoint: string): Promise<Connection> {
  const { WsProvider } = await import('@polkadot/api')
  const provider = new WsProvider(endpoint, false, {}, REQUEST_MILLISECONDS)
  await provider.connect()
  return await connectBy(provider as Provider, endpoint)
}

/** The same by whatever carries requests. */
export async function connectBy(provider: Provider, endpoint: string): Promise<Connection> {
  const { ApiPromise } = await import('@polkadot/api')
  const api = new ApiPromise({ provider, noInitWarn: true, throwOnConnect: true })
  const gone = new AbortController()
  api.on('disconnected', () => gone.abort())
  const close = async (): Promise<void> => {
    gone.abort()
    await api.disconnect()
  }
  try {
    await within(api.isReadyOrError, START_MILLISECONDS, `${endpoint} is not ready`, gone.signal)
    const heads = await followHeads(api)
    return {
      ...buildConnection({ api, provider }, endpoint, heads),
      isGone: () => gone.signal.aborted,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw new ChainUnavailable(`Cannot connect to ${endpoint}: ${(error as Error).message}`, { cause: error })
  }
}

interface Heads {
  newest: Head
  seen: number
  readonly listeners: Set<() => void>
}

/** The newest final head, as the node tells it. */
async function followHeads(api: ApiPromise): Promise<Heads> {
  const hash = (await api.rpc.chain.getFinalizedHead()).toHex()
  const { number } = await api.rpc.chain.getHeader(hash)
  const heads: Heads = {
    newest: { number: number.toNumber(), hash },
    seen: performance.now(),
    listeners: new Set(),
  }
  await api.rpc.chain.subscribeFinalizedHeads(header => {
    heads.newest = { number: header.number.toNumber(), hash: header.hash.toHex() }
    heads.seen = performance.now()
    for (const listener of heads.listeners) listener()
  })
  return heads
}

function buildConnection(
  { api, provider }: Link,
  endpoint: string,
  heads: Heads,
): Omit<Connection, typeof Symbol.asyncDispose | 'isGone'> {
  const request = async (method: string, params: readonly unknown[]): Promise<unknown> =>
    await provider.send(method, [...params], false)
  return {
    endpoint,
    request,
    newest: () => ({ ...heads.newest, secondsAgo: (performance.now() - heads.seen) / 1000 }),
    head: async () => heads.newest,
    async hashOf(block) {
      if (block < 0 || block > heads.newest.number) return undefined
      const hash = await request('chain_getBlockHash', [block])
      return typeof hash === 'string' ? hash : undefined
    },
    offers: async () => offeringOf(api),
    async read(at, items) {
      const keys = items.map(item => keyOf(api, item))
      const answer = (await request('state_queryStorageAt', [keys.map(({ hex }) => hex), at])) as {
        changes: [string, string | null][]
      }[]
      const values = new Map(answer.flatMap(({ changes }) => changes))
      return keys.map(({ hex, decode }) => decode(values.get(hex) ?? undefined))
    },
    async entries(at, item) {
      return await readEntries({ api, provider }, at, item)
    },
    async ask(at, name, method, args) {
      const meta = (find(api.call, name, method) as { readonly meta: Method } | undefined)?.meta
      if (meta === undefined) throw new ChainUnavailable(`The chain at ${endpoint} has no ${name}.${method}`)
      const input = meta.params.map(({ type }, index) => api.createType(type as 'Raw', args[index]).toU8a())
      const answer = await request('state_call', [meta.name, hexOf(Buffer.concat(input)), at])
      return plain(api.registry.createTypeUnsafe(meta.type, [bytesOf(answer as string)]))
    },
    sign: async (call, signer, since) => await sign(api, { call, signer, since }),
    events: async (at, index) => await readEvents({ api, provider }, { at, index }),
    onHead(listener) {
      heads.listeners.add(listener)
      return { [Symbol.dispose]: () => heads.listeners.delete(listener) }
    },
  }
}

/** A method of a runtime API, as its metadata has it. */
interface Method {
  readonly name: string
  readonly params: readonly { readonly type: string }[]
  readonly type: string
}

type Entries = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

/** What the metadata has under a name, now. */
function find<T>(
  section: Readonly<Record<string, Readonly<Record<string, T>>>>,
  pallet: string,
  name: string,
): T | undefined {
  const found = (section as Entries)[pallet]
  return found !== undefined && name in found ? (found[name] as T) : undefined
}

function offeringOf(api: ApiPromise): Offering {
  return {
    hasCall: (pallet, call) => find(api.tx, pallet, call) !== undefined,
    hasItem: (pallet, item) => find(api.query, pallet, item) !== undefined,
    hasMethod: (name, method) => find(api.call, name, method) !== undefined,
    constant: (pallet, name) => plain(find(api.consts, pallet, name)),
    spec: api.runtimeVersion.specVersion.toNumber(),
  }
}

function itemOf(api: ApiPromise, { pallet, item }: Item) {
  const found = find(api.query, pallet, item)
  if (found === undefined) throw new ChainUnavailable(`The chain has no storage ${pallet}.${item}`)
  return found
}

/** The key of an item, and how to read what is under it. */
function keyOf(api: ApiPromise, item: Item) {
  const entry = itemOf(api, item)
  const { meta } = entry.creator
  // Of the entry itself it would make a question to the node.
  const { outputType } = api.createType('StorageKey', [entry.creator, item.keys ?? []] as never)
  return {
    hex: entry.key(...(item.keys ?? [])),
    decode: (value: string | undefined): unknown => plain(open(value)),
    open,
  }

  function open(value: string | undefined) {
    if (value === undefined && meta.modifier.isOptional) return undefined
    return api.registry.createTypeUnsafe(outputType, [
      value === undefined ? meta.fallback.toU8a(true) : bytesOf(value),
    ])
  }
}

const PAGE = 1000
const MOST_ENTRIES = 100_000

/** Keys come in their order, each once: a node that lies can neither keep us asking for ever nor have us hold more than there may be. */
async function readEntries({ api, provider }: Link, at: string, item: Item): Promise<Entry[]> {
  const entry = itemOf(api, item)
  const { meta } = entry.creator
  const prefix = entry.keyPrefix(...(item.keys ?? []))
  const found: Entry[] = []
  let count = 0
  for (let from: string | undefined = prefix; from !== undefined; ) {
    const page = (await provider.send('state_getKeysPaged', [prefix, PAGE, from, at], false)) as string[]
    const keys = page.slice(0, PAGE).filter(key => key.startsWith(prefix) && key !== from)
    count += keys.length
    if (count > MOST_ENTRIES || keys.some((key, index) => key <= (keys[index - 1] ?? from!)))
      throw new ChainUnavailable(
        `Cannot believe what the node has of ${item.pallet}.${item.item}: ${count > MOST_ENTRIES ? `more than ${MOST_ENTRIES} entries` : 'its keys are not in their order'}`,
      )
    if (keys.length > 0) {
      const asked = new Set(keys)
      const answer = (await provider.send('state_queryStorageAt', [keys, at], false)) as {
        changes: [string, string | null][]
      }[]
      for (const [key, value] of answer.flatMap(({ changes }) => changes)) {
        if (value === null || !asked.delete(key)) continue
        const read = api.createType('StorageKey', key)
        read.setMeta(meta)
        found.push({
          keys: read.args.map(plain),
          value: plain(api.registry.createTypeUnsafe(read.outputType, [bytesOf(value)])),
        })
      }
    }
    from = keys.length < PAGE ? undefined : keys.at(-1)
  }
  return found
}

/** A call may have another one among its arguments. */
function make(api: ApiPromise, { pallet, call, args }: Call): ReturnType<ApiPromise['tx']> | undefined {
  const inner = (arg: unknown): unknown =>
    typeof arg === 'object' && arg !== null && 'pallet' in arg ? make(api, arg as Call) : arg
  return find(api.tx, pallet, call)?.(...args.map(inner))
}

/** A signed call in hex; undefined if the chain has no such call. Only the signature comes from the signer, never its key. */
async function sign(
  api: ApiPromise,
  { call, signer, since }: { call: Call; signer: Signer; since: Head },
): Promise<string | undefined> {
  const made = make(api, call)
  if (made === undefined) return undefined
  const nonce = await api.rpc.system.accountNextIndex(signer.address)
  const signed = await made.signAsync(signer.address, {
    nonce,
    blockHash: since.hash,
    era: api.createType('ExtrinsicEra', { current: since.number, period: LIFETIME }) as never,
    signer: { signRaw: async ({ data }) => ({ id: 1, signature: await signPayload(signer, data) }) },
  })
  return signed.toHex()
}

async function readEvents(
  { api, provider }: Link,
  { at, index }: { at: string; index: number },
): Promise<Event[]> {
  const { hex, open } = keyOf(api, { pallet: 'system', item: 'events' })
  const raw = (await provider.send('state_getStorage', [hex, at], false)) as string | null
  return eventsOf(open(raw ?? undefined), index, error => api.registry.findMetaError(error as never).name)
}
