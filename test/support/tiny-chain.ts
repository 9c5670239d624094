import { ApiPromise } from '@polkadot/api'
import type { Provider } from '../../validator/chain/subtensor.ts'

/** A provider that answers from a script, over a runtime of our own that has one pallet's worth of calls. */
export interface TinyChain {
  readonly provider: Provider
  /** Requests in their order, with what they asked. */
  readonly requests: { readonly method: string; readonly params: readonly unknown[] }[]
  /** Tells a new final head. */
  readonly finalise: (block: number) => void
  /** The runtime becomes another one, with these calls. */
  readonly upgrade: (spec: number, calls: readonly string[]) => void
  /** What storage holds, by key. */
  readonly storage: Map<string, string>
  /** Answers in place of the node which keys begin with a prefix, behind another one. */
  onKeys: ((prefix: string, most: number, from: string) => readonly string[]) | undefined
  /** The connection breaks. */
  readonly hangUp: () => void
}

const GENESIS = `0x${'11'.repeat(32)}`
type Callback = (error: Error | null, result: unknown) => void

/** @param runtime - names of its calls, or metadata as a chain has it, in hex */
export function openTinyChain(runtime: readonly string[] | string): TinyChain {
  const [calls, given] = typeof runtime === 'string' ? [[], runtime] : [runtime, undefined]
  const requests: TinyChain['requests'] = []
  const storage = new Map<string, string>()
  const subscribers = new Map<string, Callback>()
  const listeners = new Map<string, (() => void)[]>()
  let isConnected = true
  let now: { spec: number; calls: readonly string[]; block: number } = { spec: 1, calls, block: 7 }
  const version = () => ({
    ...{ specName: 'tiny', implName: 'tiny', authoringVersion: 1, specVersion: now.spec, implVersion: 1 },
    ...{ apis: [], transactionVersion: 1, stateVersion: 1 },
  })
  const header = (block: number) => ({
    ...{
      parentHash: GENESIS,
      number: `0x${block.toString(16)}`,
      stateRoot: GENESIS,
      extrinsicsRoot: GENESIS,
    },
    digest: { logs: [] },
  })
  const provider = {
    hasSubscriptions: true,
    isClonable: false,
    get isConnected() {
      return isConnected
    },
    clone: () => provider,
    connect: async () => {},
    disconnect: async () => hangUp(),
    on(event: string, listener: () => void) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener])
      return () => {}
    },
    async send(method: string, params: unknown[]) {
      requests.push({ method, params })
      if (!isConnected) throw new Error(`WebSocket is not connected: ${method}`)
      switch (method) {
        case 'state_getMetadata':
          return given ?? buildMetadata(now.calls)
        case 'state_getRuntimeVersion':
          return version()
        case 'chain_getBlockHash':
          return GENESIS
        case 'chain_getFinalizedHead':
          return GENESIS
        case 'chain_getHeader':
          return header(now.block)
        case 'state_queryStorageAt': {
          const [keys] = params as [string[]]
          return [{ block: GENESIS, changes: keys.map(key => [key, storage.get(key) ?? null]) }]
        }
        case 'state_getKeysPaged': {
          const [prefix, most, from] = params as [string, number, string]
          if (chain.onKeys !== undefined) return chain.onKeys(prefix, most, from)
          const keys = [...storage.keys()].filter(key => key.startsWith(prefix) && key > from)
          return keys.sort().slice(0, most)
        }
        case 'system_accountNextIndex':
          return 0
        case 'rpc_methods':
          return { methods: [] }
        case 'system_chain':
          return 'tiny'
        case 'system_properties':
          return { ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' }
        default:
          throw Object.assign(new Error(`Method not found: ${method}`), { code: -32_601 })
      }
    },
    async subscribe(_: string, method: string, __: unknown[], callback: Callback) {
      requests.push({ method, params: [] })
      subscribers.set(method, callback)
      // As nodes do: what is now comes first.
      const first = method === 'state_subscribeRuntimeVersion' ? version : () => header(now.block)
      setImmediate(() => callback(null, first()))
      return method
    },
    unsubscribe: async () => true,
  }
  const hangUp = (): void => {
    isConnected = false
    for (const listener of listeners.get('disconnected') ?? []) listener()
  }
  const chain: TinyChain = {
    onKeys: undefined,
    provider: provider as unknown as Provider,
    ...{ requests, storage, hangUp },
    finalise(block) {
      now = { ...now, block }
      subscribers.get('chain_subscribeFinalizedHeads')?.(null, header(block))
    },
    upgrade(spec, next) {
      now = { ...now, spec, calls: next }
      subscribers.get('state_subscribeRuntimeVersion')?.(null, version())
    },
  }
  return chain
}

/** Metadata, version 14, of a runtime with a clock and calls of no arguments. */
function buildMetadata(calls: readonly string[]): string {
  const { registry } = new ApiPromise({
    provider: { on: () => () => {}, send: () => {}, isConnected: false } as never,
  })
  const type = (id: number, def: unknown, path: readonly string[] = []) => ({
    ...{ id, type: { path, params: [], def, docs: [] } },
  })
  const variants = calls.map((name, index) => ({ name, fields: [], index, docs: [] }))
  const plain = (name: string, of: number) => ({
    ...{ name, modifier: 'Default', type: { Plain: of }, fallback: '0x0000000000000000', docs: [] },
  })
  const map = (name: string, key: number, value: number) => ({
    ...{ name, modifier: 'Optional', type: { Map: { hashers: ['Identity'], key, value } } },
    ...{ fallback: '0x00', docs: [] },
  })
  const pallet = (name: string, index: number, more: object) => ({
    ...{ name, index, storage: null, calls: null, events: null, constants: [], errors: null, ...more },
  })
  const v14 = registry.createType('MetadataV14', {
    lookup: {
      types: [
        type(0, { Primitive: 'U64' }),
        type(1, { Variant: { variants } }, ['tiny', 'pallet', 'Call']),
        type(2, { Tuple: [] }),
        type(3, { Primitive: 'U16' }),
      ],
    },
    pallets: [
      pallet('System', 0, {}),
      pallet('Timestamp', 1, { storage: { prefix: 'Timestamp', items: [plain('Now', 0)] } }),
      pallet('SubtensorModule', 7, {
        storage: {
          prefix: 'SubtensorModule',
          items: [plain('StakeThreshold', 0), map('NetworksAdded', 3, 0)],
        },
        calls: { type: 1 },
      }),
    ],
    extrinsic: { type: 2, version: 4, signedExtensions: [] },
    type: 2,
  })
  return `0x6d6574610e${v14.toHex().slice(2)}`
}
