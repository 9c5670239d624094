import { BETS } from './rules.ts'

const HIGH = 1e200

/**
 * Money of bettors who stake against a claim, each a fixed share of what he has, from 1.
 *
 * If the claim "on average at most 0" is true then the mean of their money is a nonnegative supermartingale, so that it ever
 * reaches `1 / alpha` with a probability of at most `alpha`, however often one looks (J. Ville, 1939).
 */
export class Capital {
  readonly #bets: readonly number[]
  readonly #money: Float64Array
  /** All money is this many times larger than it stands there, as a power of e. */
  #scale = 0

  /** @param least - the largest possible loss of one round: outcomes are `-least` or more */
  constructor(least: number) {
    if (!(least > 0)) throw new RangeError(`The largest loss of a round must be more than 0, not ${least}`)
    this.#bets = BETS.map(bet => bet / least)
    this.#money = new Float64Array(BETS.length).fill(1)
  }

  /** One round's outcome. */
  add(outcome: number): void {
    let most = 0
    for (let index = 0; index < this.#money.length; index++) {
      const money = this.#money[index]! * (1 + this.#bets[index]! * outcome)
      if (money < 0) throw new RangeError(`An outcome of ${outcome} loses more than was declared possible`)
      this.#money[index] = money
      if (money > most) most = money
    }
    if (most < HIGH) return
    for (let index = 0; index < this.#money.length; index++) this.#money[index]! /= HIGH
    this.#scale += Math.log(HIGH)
  }

  /** What the claim stands at: evidence against it. Infinite when it is too much to say. */
  get mean(): number {
    let sum = 0
    for (const money of this.#money) sum += money
    return (sum / this.#money.length) * Math.exp(this.#scale)
  }
}
