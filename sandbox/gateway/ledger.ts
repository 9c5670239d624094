import type { MicroUsd, Tokens } from './money.ts'

/** How much may be used. */
export interface Caps {
  readonly usd: MicroUsd
  /** Tokens in both directions. */
  readonly tokens: number
  readonly requests: number
  /** Calls at the same time. */
  readonly concurrent: number
}

export const NO_CAPS: Caps = {
  usd: Number.MAX_SAFE_INTEGER,
  tokens: Number.MAX_SAFE_INTEGER,
  requests: Number.MAX_SAFE_INTEGER,
  concurrent: Number.MAX_SAFE_INTEGER,
}

/** What a call may come to at most, known before it is made. */
export interface Want {
  readonly usd: MicroUsd
  readonly tokens: number
}

/** What a call came to. */
export interface Charge {
  readonly usd: MicroUsd
  readonly tokens: Tokens
}

export interface Totals {
  readonly usd: MicroUsd
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  /** Calls that providers were asked, also those that all of them missed or refused: these cost nothing. */
  readonly requests: number
}

export type Refusal = 'money' | 'tokens' | 'requests' | 'concurrency'

/** A call that may be made. It is settled once: with what it came to, or by being dropped if it failed for a fault of ours. */
export interface Reservation {
  readonly kind: 'reserved'
  readonly settle: (charge: Charge) => void
  readonly drop: () => void
}

/**
 * Counts what calls come to, and lets none begin that could come to more than is left: what calls under way may still
 * come to counts as spent. A ledger may be part of a larger one (attempt, agent, run), whose caps hold as well. Nothing in
 * here waits, so calls at the same time cannot slip past each other.
 */
export class Ledger {
  readonly #caps: Caps
  readonly #within: Ledger | undefined
  #spent: Totals
  #reservedUsd = 0
  #reservedTokens = 0
  #open = 0

  constructor(caps: Caps, within?: Ledger, before: Totals = NOTHING) {
    this.#caps = caps
    this.#within = within
    this.#spent = before
  }

  reserve(want: Want): Reservation | { readonly kind: 'refused'; readonly why: Refusal } {
    const chain = [...this.#chain()]
    for (const ledger of chain) {
      const why = ledger.#refusal(want)
      if (why !== undefined) return { kind: 'refused', why }
    }
    for (const ledger of chain) ledger.#take(want)
    let isOpen = true
    const close = (charge: Charge | undefined): void => {
      if (!isOpen) return
      isOpen = false
      for (const ledger of chain) ledger.#close(want, charge)
    }
    return { kind: 'reserved', settle: charge => close(charge), drop: () => close(undefined) }
  }

  /** What has been spent for certain. */
  get totals(): Totals {
    return this.#spent
  }

  /** What is left for one more call, in this ledger and in all that it is part of. */
  get left(): { readonly usd: MicroUsd; readonly tokens: number; readonly requests: number } {
    const all = [...this.#chain()].map(ledger => ledger.#left())
    return {
      usd: Math.min(...all.map(one => one.usd)),
      tokens: Math.min(...all.map(one => one.tokens)),
      requests: Math.min(...all.map(one => one.requests)),
    }
  }

  *#chain(): Generator<Ledger> {
    yield this
    if (this.#within !== undefined) yield* this.#within.#chain()
  }

  #left() {
    const { usd, tokens, requests } = this.#caps
    const { inputTokens, outputTokens } = this.#spent
    return {
      usd: Math.max(0, usd - this.#spent.usd - this.#reservedUsd),
      tokens: Math.max(0, tokens - inputTokens - outputTokens - this.#reservedTokens),
      requests: Math.max(0, requests - this.#spent.requests - this.#open),
    }
  }

  #refusal({ usd, tokens }: Want): Refusal | undefined {
    const left = this.#left()
    if (left.requests < 1) return 'requests'
    if (usd > left.usd || this.#spent.usd > this.#caps.usd) return 'money'
    if (tokens > left.tokens) return 'tokens'
    return this.#open >= this.#caps.concurrent ? 'concurrency' : undefined
  }

  #take({ usd, tokens }: Want): void {
    this.#reservedUsd += usd
    this.#reservedTokens += tokens
    this.#open += 1
  }

  #close({ usd, tokens }: Want, charge: Charge | undefined): void {
    this.#reservedUsd -= usd
    this.#reservedTokens -= tokens
    this.#open -= 1
    if (charge !== undefined) this.#spent = addCharge(this.#spent, charge)
  }
}

export const NOTHING: Totals = { usd: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0, requests: 0 }

export function addCharge(totals: Totals, { usd, tokens }: Charge): Totals {
  return {
    usd: totals.usd + usd,
    inputTokens: totals.inputTokens + tokens.input,
    cachedTokens: totals.cachedTokens + tokens.cached,
    outputTokens: totals.outputTokens + tokens.output,
    requests: totals.requests + 1,
  }
}
