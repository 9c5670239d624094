import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { ChainUnavailable, type Head, type Node } from './node.ts'
import { sendCall } from './send.ts'

/** What is wrong with nodes, for whoever looks after the validator. */
export type ChainAlarm =
  | { readonly kind: 'unreachable'; readonly endpoint: string; readonly why: string }
  /** It tells no new final block. */
  | { readonly kind: 'stale'; readonly endpoint: string; readonly block: number; readonly secondsAgo: number }
  /** It is behind another one. */
  | { readonly kind: 'lagging'; readonly endpoint: string; readonly block: number; readonly other: number }
  /** Two say that different blocks are final. */
  | { readonly kind: 'disagree'; readonly endpoints: readonly string[]; readonly block: number }
  /** A final block became another one. */
  | { readonly kind: 'rewritten'; readonly endpoint: string; readonly block: number }

export interface EndpointSettings {
  /** The first is asked as long as it is well; with a second one, what it says is compared. */
  readonly endpoints: readonly string[]
  readonly connect: (endpoint: string) => Promise<Connection>
  readonly onAlarm: (alarm: ChainAlarm) => void
  readonly patienceMilliseconds?: number
  /** Waits; another one is for tests only. */
  readonly pause?: (milliseconds: number) => Promise<void>
}

/** A node that told no new block for so long is left for another. */
const STALE_SECONDS = 120
const PATIENCE = 60_000
/** Blocks that a node may be behind another without being worse. */
const NEAR = 5
const TRIES = 4

/**
 * A node made of several endpoints: asks one, goes on to the next if it is gone, stale, behind or refuses because of too many requests, and
 * compares what is final with a second one. Reads are repeated, calls never are.
 */
export function openEndpoints(settings: EndpointSettings): Node & AsyncDisposable {
  const { endpoints, patienceMilliseconds = PATIENCE, pause = sleep } = settings
  if (endpoints.length === 0) throw new RangeError('A chain needs at least one endpoint')
  const onAlarm = onceAnHour(settings.onAlarm)
  const open = new Map<string, Promise<Connection>>()
  const final = new Map<number, string>()
  let preferred = 0
  let agreed = -1
  let isClosed = false

  return {
    head,
    hashOf: async block => await ask(connection => connection.hashOf(block)),
    offers: async () => await ask(connection => connection.offers()),
    read: async (at, items) => await ask(connection => connection.read(at, items)),
    entries: async (at, item) => await ask(connection => connection.entries(at, item)),
    ask: async (at, api, method, args) => await ask(connection => connection.ask(at, api, method, args)),
    events: async (at, index) => await ask(connection => connection.events(at, index)),
    request: async (method, params) => await ask(connection => connection.request(method, params)),
    async send(call, signer, since) {
      const connection = await connected(preferred)
      return await sendCall(connection, { call, signer, since, patienceMilliseconds })
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await Promise.all([...open.keys()].map(drop))
    },
  }

  async function head(): Promise<Head> {
    let tries = 0
    const newest = await ask(async connection => {
      const { number, hash, secondsAgo } = connection.newest()
      // Where all are stale, a stale one is better than none.
      if (secondsAgo > STALE_SECONDS && ++tries < endpoints.length)
        throw new Unwell({ kind: 'stale', endpoint: connection.endpoint, block: number, secondsAgo })
      if (secondsAgo > STALE_SECONDS)
        onAlarm({ kind: 'stale', endpoint: connection.endpoint, block: number, secondsAgo })
      return { number, hash, endpoint: connection.endpoint }
    })
    refuseRewritten(newest)
    if (endpoints.length > 1 && newest.number !== agreed) await compare(newest)
    return { number: newest.number, hash: newest.hash }
  }

  /** What was final stays so, whoever tells it. */
  function refuseRewritten({ number, hash, endpoint }: Head & { endpoint: string }): void {
    const known = final.get(number)
    if (known !== undefined && known !== hash) {
      onAlarm({ kind: 'rewritten', endpoint, block: number })
      throw new ChainUnavailable(
        `Cannot believe ${endpoint}: block ${number} was ${known} and final, now it is ${hash}; look at the node`,
      )
    }
    final.set(number, hash)
    if (final.size > MOST_KNOWN) final.delete(final.keys().next().value!)
  }

  /** A second endpoint that can be reached has to have the same block; one that is behind has not got it yet. */
  async function compare({ number, hash, endpoint }: Head & { endpoint: string }): Promise<void> {
    for (const [index, other] of endpoints.entries()) {
      if (other === endpoint) continue
      let theirs: string | undefined
      let newest: number
      try {
        const connection = await connected(index)
        newest = connection.newest().number
        theirs = await connection.hashOf(number)
      } catch {
        continue
      }
      if (theirs !== undefined && theirs !== hash) {
        onAlarm({ kind: 'disagree', endpoints: [endpoint, other], block: number })
        throw new ChainUnavailable(
          `Cannot tell which chain is right: block ${number} is ${hash} at ${endpoint}, and ${theirs} at ${other}; take out the one that lies`,
        )
      }
      if (newest > number + NEAR) {
        onAlarm({ kind: 'lagging', endpoint, block: number, other: newest })
        preferred = index
      } else if (newest < number - NEAR)
        onAlarm({ kind: 'lagging', endpoint: other, block: newest, other: number })
      agreed = number
      return
    }
  }

  async function ask<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    let last: unknown
    for (let attempt = 0; attempt < TRIES * endpoints.length && !isClosed; attempt++) {
      const endpoint = endpoints[preferred]!
      try {
        return await work(await connected(preferred))
      } catch (error) {
        last = error
        const why = await whyElsewhere(endpoint, error)
        if (why === undefined) throw error
        if (why === 'gone') await drop(endpoint)
        preferred = (preferred + 1) % endpoints.length
        if (why === 'stale') continue
        // Having asked everybody, the next round waits longer than this one.
        if (preferred === 0 || endpoints.length === 1)
          await pause(500 * 2 ** Math.floor(attempt / endpoints.length))
      }
    }
    throw new ChainUnavailable(
      `No endpoint of the chain answers (${endpoints.join(', ')}): ${(last as Error).message}`,
      {
        cause: last,
      },
    )
  }

  /** Whether another endpoint may do better, and is worth asking. */
  async function whyElsewhere(
    endpoint: string,
    error: unknown,
  ): Promise<'gone' | 'busy' | 'stale' | undefined> {
    if (error instanceof Unwell) {
      onAlarm(error.alarm)
      return 'stale'
    }
    if (isBusy(error)) return 'busy'
    const connection = await open.get(endpoint)?.catch(() => undefined)
    if (connection !== undefined && !connection.isGone() && !isTimeout(error)) return undefined
    onAlarm({ kind: 'unreachable', endpoint, why: (error as Error).message })
    return 'gone'
  }

  async function connected(index: number): Promise<Connection> {
    const endpoint = endpoints[index]!
    const known = open.get(endpoint)
    if (known !== undefined && !(await known).isGone()) return await known
    const opening = settings.connect(endpoint)
    open.set(endpoint, opening)
    opening.catch(() => open.delete(endpoint))
    return await opening
  }

  async function drop(endpoint: string): Promise<void> {
    const known = open.get(endpoint)
    open.delete(endpoint)
    const connection = await known?.catch(() => undefined)
    await connection?.[Symbol.asyncDispose]()
  }
}

const MOST_KNOWN = 1000
const SAY_AGAIN = 3_600_000

/** The same of the same endpoint is told once an hour. */
function onceAnHour(tell: (alarm: ChainAlarm) => void): (alarm: ChainAlarm) => void {
  const told = new Map<string, number>()
  return alarm => {
    const key = `${alarm.kind} ${'endpoint' in alarm ? alarm.endpoint : alarm.endpoints.join(' ')}`
    const last = told.get(key)
    if (last !== undefined && performance.now() - last < SAY_AGAIN) return
    told.set(key, performance.now())
    tell(alarm)
  }
}

/** A node that answers, and yet should not be asked. */
class Unwell extends Error {
  readonly alarm: ChainAlarm & { readonly kind: 'stale' }
  constructor(alarm: ChainAlarm & { readonly kind: 'stale' }) {
    super(`${alarm.endpoint} told no new block for ${Math.round(alarm.secondsAgo)} s`)
    this.alarm = alarm
  }
}

function isBusy(error: unknown): boolean {
  const { code, message = '' } = error as { code?: number; message?: string }
  return code === -32_005 || code === 429 || /rate.?limit|too many requests|\b429\b/i.test(message)
}

function isTimeout(error: unknown): boolean {
  return /no response received|timed? ?out/i.test((error as Error).message)
}
