import { z } from 'zod'

/** Whole millionths of a US dollar: sums of them do not drift, as sums of fractions do. */
export type MicroUsd = number

const MILLION = 1_000_000
/** A thousand dollars for a million tokens, far above anything that is sold. */
const MOST_PRICE = 1000 * MILLION
const Rate = z.int().nonnegative().max(MOST_PRICE)

/** What a model costs: micro-dollars for a million tokens of each kind. */
export const Price = z.strictObject({
  input: Rate,
  /** Of the prompt, what the provider had read before; as `input` if absent. */
  cached: Rate.optional(),
  output: Rate,
})
export type Price = z.infer<typeof Price>

/** Tokens of one call; `cached` of them are a part of `input`. */
export interface Tokens {
  readonly input: number
  readonly cached: number
  readonly output: number
}

/** What a call costs, rounded up to a whole micro-dollar. */
export function costOf(price: Price, { input, cached, output }: Tokens): MicroUsd {
  const dear = Math.max(0, input - cached)
  const sum =
    BigInt(dear) * BigInt(price.input) +
    BigInt(Math.min(cached, input)) * BigInt(price.cached ?? price.input) +
    BigInt(output) * BigInt(price.output)
  return Number((sum + BigInt(MILLION - 1)) / BigInt(MILLION))
}

/** How many tokens of output some money is worth, once the prompt is paid; negative if it does not even pay that. */
export function affordableOutput(price: Price, input: number, money: MicroUsd): number {
  const left = money - costOf(price, { input, cached: 0, output: 0 })
  if (left < 0) return -1
  return price.output === 0 ? Number.MAX_SAFE_INTEGER : Math.floor((left * MILLION) / price.output)
}

/** The dearer of two prices, kind by kind: whoever pays must not be surprised. */
export function dearer(one: Price, other: Price): Price {
  const cached = Math.max(one.cached ?? one.input, other.cached ?? other.input)
  return {
    input: Math.max(one.input, other.input),
    cached,
    output: Math.max(one.output, other.output),
  }
}

/** Dollars as micro-dollars; what was spent is rounded up. */
export function fromUsd(usd: number): MicroUsd {
  return Math.ceil(Number((usd * MILLION).toFixed(3)))
}

export function toUsd(micro: MicroUsd): number {
  return micro / MILLION
}

/** A price that is written in dollars for a million tokens. */
export function priceOf(usd: { input: number; cached?: number | undefined; output: number }): Price {
  return {
    input: fromUsd(usd.input),
    ...(usd.cached === undefined ? {} : { cached: fromUsd(usd.cached) }),
    output: fromUsd(usd.output),
  }
}
