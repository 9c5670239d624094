import type { Call, Entry, Event, Item, Node, Sent } from '../../validator/chain/node.ts'

export interface MapNode {
  readonly node: Node & AsyncDisposable
  /** By `item keys…`; what is not there is not there on the chain either, unless `has` names it. */
  readonly items: Record<string, unknown>
  readonly entries: Record<string, readonly Entry[]>
  readonly answers: Record<string, unknown>
  readonly events: Record<string, Event[]>
  readonly sent: Call[]
  /** What is answered to the next call. */
  sends: Sent
  /** Requests so far. */
  requests: number
}

/** A node that answers out of tables, as if each block were the same. @param calls - of subtensor's pallet */
export function openMapNode(calls: readonly string[]): MapNode {
  const here: MapNode = {
    ...{ items: {}, entries: {}, answers: {}, events: {}, sent: [], requests: 0 },
    sends: { kind: 'included', block: 101 },
    node: {
      head: async () => ({ number: 100, hash: '0xaa' }),
      hashOf: async block => (block <= 100 ? `0x${block}` : undefined),
      offers: async () => ({
        hasCall: (_, call) => calls.includes(call),
        hasItem: (_, item) =>
          [...Object.keys(here.items), ...Object.keys(here.entries)].some(key => key.split(' ')[0] === item),
        hasMethod: () => true,
        constant: () => undefined,
        spec: 1,
      }),
      async read(_, items) {
        here.requests++
        return items.map(item => here.items[keyOf(item)])
      },
      async entries(_, item) {
        here.requests++
        return [...(here.entries[keyOf(item)] ?? [])]
      },
      async ask(_, __, method, args) {
        here.requests++
        return here.answers[[method, ...args].join(' ')]
      },
      events: async (at, index) => here.events[`${at}-${index}`] ?? [],
      async send(call) {
        here.sent.push(call)
        return here.sends
      },
      request: async () => undefined,
      [Symbol.asyncDispose]: async () => {},
    },
  }
  return here
}

function keyOf({ item, keys = [] }: Item): string {
  return [item, ...keys].join(' ')
}
