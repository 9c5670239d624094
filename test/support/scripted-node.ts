import type { Connection } from '../../validator/chain/connection.ts'
import type { Head } from '../../validator/chain/node.ts'

/** What a scripted node says; the test changes it as it goes. */
export interface Script {
  newest: number
  secondsAgo: number
  /** Stands in the hash of each block: nodes with the same one are on the same chain. */
  fork: string
  isGone: boolean
  /** Thrown by whatever is asked next, so often. */
  fails: { times: number; error: () => Error }
  /** How often it was asked. */
  asked: number
  connects: number
}

export function newScript(change: Partial<Script> = {}): Script {
  return {
    ...{ newest: 100, secondsAgo: 1, fork: 'a', isGone: false, asked: 0, connects: 0 },
    fails: { times: 0, error: () => new Error('it fails') },
    ...change,
  }
}

export function hashOf(fork: string, block: number): string {
  return `0x${Buffer.from(`${fork}${block}`).toString('hex').padStart(64, '0')}`
}

/** A node that says what its script does. */
export function connectScript(endpoint: string, script: Script): Connection {
  script.connects++
  const head = (): Head => ({ number: script.newest, hash: hashOf(script.fork, script.newest) })
  const ask = async <T>(value: T): Promise<T> => {
    script.asked++
    if (script.fails.times > 0) {
      script.fails.times--
      throw script.fails.error()
    }
    return value
  }
  return {
    endpoint,
    newest: () => ({ ...head(), secondsAgo: script.secondsAgo }),
    isGone: () => script.isGone,
    head: async () => head(),
    hashOf: async block => await ask(block <= script.newest ? hashOf(script.fork, block) : undefined),
    offers: async () => ({
      ...{ hasCall: () => true, hasItem: () => true, hasMethod: () => true },
      ...{ constant: () => undefined, spec: 1 },
    }),
    read: async (_, items) => await ask(items.map(() => endpoint)),
    entries: async () => await ask([]),
    ask: async () => await ask(endpoint),
    events: async () => await ask([]),
    request: async () => await ask(null),
    sign: async () => '0x00',
    onHead: () => ({ [Symbol.dispose]: () => {} }),
    [Symbol.asyncDispose]: async () => {
      script.isGone = true
    },
  }
}
