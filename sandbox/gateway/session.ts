import { setMaxListeners } from 'node:events'
import { CallFile, type NotAnswered } from './calls.ts'
import type { Catalog } from './catalog.ts'
import { type Charge, Ledger, type Reservation, type Totals, type Want } from './ledger.ts'
import { findTrips, type Markers, type Trip } from './markers.ts'
import { toUsd } from './money.ts'
import { capsOf, type Policy } from './policy.ts'
import { type Refused, refuse } from './refusal.ts'
import type { Divergence, Replay } from './replay.ts'
import { Room } from './room.ts'
import type { Spending } from './spending.ts'
import type { TokenCounter } from './tokens.ts'

/** Whose calls these are. */
export interface SessionOptions {
  /** Tells one attempt, and one try at it, from another. */
  readonly attempt: string
  readonly agent: string
  readonly task: string
  /** Where each call is written down. */
  readonly file: string
  /** Answers come from here, and nobody is asked. */
  readonly replay?: Replay | undefined
}

/** What all sessions of a gateway have in common. */
export interface SessionContext {
  readonly catalog: Catalog
  readonly policy: Policy
  readonly markers: Markers
  readonly spending: Spending | undefined
  readonly counter: TokenCounter
  /** Of all attempts of the agent, within that of the run. */
  readonly ledger: Ledger
}

/** What an attempt did with its models. */
export interface SessionReport {
  readonly spent: Totals
  /** Calls that were not made, or that nobody answered. */
  readonly refused: number
  /** Bytes of all requests, also of those that never ended. */
  readonly bytesOut: number
  readonly trips: readonly Trip[]
  /** Set if answers came from a record. */
  readonly replay:
    | { readonly divergence: Divergence | undefined; readonly left: number; readonly alike: number }
    | undefined
}

const MOST_REFUSALS = 1000
const MOST_TRIPS = 100

/** The models of one attempt: what it may still use, what it did, and the end of all calls when it is over. */
export class Session implements Disposable {
  readonly context: SessionContext
  readonly ledger: Ledger
  readonly room: Room
  readonly replay: Replay | undefined
  readonly #options: SessionOptions
  readonly #calls: CallFile
  readonly #end = new AbortController()
  readonly #trips: Trip[] = []
  #lastId = 0
  #refused = 0
  #alike = 0
  #isClosed = false
  readonly #open = new Set<Promise<unknown>>()

  constructor(options: SessionOptions, context: SessionContext) {
    this.#options = options
    this.context = context
    this.replay = options.replay
    this.ledger = new Ledger(capsOf(context.policy), context.ledger)
    this.room = new Room(context.policy)
    this.#calls = new CallFile(options.file)
    // Each connection and each call listens.
    setMaxListeners(0, this.#end.signal)
  }

  /** Aborts when the attempt is over. */
  get signal(): AbortSignal {
    return this.#end.signal
  }

  get policy(): Policy {
    return this.context.policy
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  /** Looks in what goes out for what should not be in it. */
  inspect(bytes: Buffer): void {
    const { markers } = this.context
    for (const trip of findTrips(markers, this.#options.task, bytes.toString('latin1')))
      if (this.#trips.length < MOST_TRIPS && !this.#trips.some(one => one.marker === trip.marker))
        this.#trips.push(trip)
  }

  /** Money for a call, written down before it is made. */
  reserve(id: number, want: Want): Reservation | Refused {
    const { recordBytes } = this.policy
    // A model that costs nothing must not fill a disk.
    if (this.#calls.bytes >= recordBytes)
      return refuse(
        'budget',
        `Cannot make this call: the record of this attempt has its ${recordBytes} bytes`,
      )
    const reservation = this.ledger.reserve(want)
    if (reservation.kind === 'refused') return this.#sayRefusal(reservation.why, want)
    const { spending } = this.context
    const key = `${this.#options.attempt}/${id}`
    spending?.reserved(key, this.#options.agent, want)
    return {
      kind: 'reserved',
      settle: (charge: Charge) => {
        spending?.settled(key, charge)
        reservation.settle(charge)
      },
      drop: () => {
        spending?.dropped(key)
        reservation.drop()
      },
    }
  }

  get calls(): Pick<CallFile, 'asked' | 'answered'> {
    return this.#calls
  }

  refused(id: number, { code, status, message }: Refused, misses: NotAnswered['misses'] = []): void {
    this.#refused += 1
    if (this.#refused > MOST_REFUSALS || this.signal.aborted) return
    this.#calls.refused({ kind: 'refused', id, at: new Date().toISOString(), code, status, message, misses })
  }

  countAlike(): void {
    this.#alike += 1
  }

  /** Has the end of the session wait for something that still writes to its records. */
  track<Value>(work: Promise<Value>): Promise<Value> {
    const settled = work.then(
      () => {},
      () => {},
    )
    this.#open.add(settled)
    void settled.then(() => this.#open.delete(settled))
    return work
  }

  get report(): SessionReport {
    const { replay } = this
    return {
      spent: this.ledger.totals,
      refused: this.#refused,
      bytesOut: this.room.sent,
      trips: this.#trips,
      replay:
        replay === undefined
          ? undefined
          : { divergence: replay.divergence, left: replay.left, alike: this.#alike },
    }
  }

  /** What the agent may still use, in the words that Ridges' agents know and in ours. */
  get usage(): object {
    const { spent } = this.report
    const { usd, tokens, requests } = this.ledger.left
    const { policy } = this
    return {
      usd: { spent: toUsd(spent.usd), left: toUsd(usd), limit: policy.usd },
      tokens: { input: spent.inputTokens, output: spent.outputTokens, left: tokens, limit: policy.tokens },
      requests: { made: spent.requests, left: requests, limit: policy.requests },
      used_cost_usd: toUsd(spent.usd),
      remaining_cost_usd: toUsd(usd),
      max_cost_usd: policy.usd,
    }
  }

  /** Ends every call that is under way; what they come to is on record when this settles. */
  async end(): Promise<SessionReport> {
    this.#end.abort(new Error('The attempt is over'))
    while (this.#open.size > 0) await Promise.all(this.#open)
    this[Symbol.dispose]()
    return this.report
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#calls[Symbol.dispose]()
  }

  #sayRefusal(why: 'money' | 'tokens' | 'requests' | 'concurrency', want: Want): Refused {
    const left = this.ledger.left
    switch (why) {
      case 'money':
        return refuse(
          'budget',
          `Cannot make this call: it may cost up to $${toUsd(want.usd)}, and $${toUsd(left.usd)} are left; ask with fewer messages or a smaller max_tokens`,
        )
      case 'tokens':
        return refuse(
          'budget',
          `Cannot make this call: it may take up to ${want.tokens} tokens, and ${left.tokens} are left`,
        )
      case 'requests':
        return refuse('budget', `Cannot make this call: all ${this.policy.requests} calls have been made`)
      case 'concurrency':
        return refuse('too-many', `Cannot make this call: ${this.policy.concurrent} are under way already`, {
          retryAfter: 1,
        })
    }
  }
}
