import { Capital } from './duel/capital.ts'

/** What an entry earned by dethroning: a proven gain, and how long ago. */
export interface Credit {
  readonly hotkey: string
  /** Proven gain, as `creditOf` gives it. */
  readonly gain: number
  /** Days since. */
  readonly age: number
}

/** Who is paid which part of everything; the rest is burned. */
export interface Pay {
  readonly shares: ReadonlyMap<string, number>
  readonly burned: number
}

/** After so many days a credit counts half: long enough to live from a gain, too short to sit on it. */
const HALF_LIFE_DAYS = 14
/** What the champion gets for holding the place that others have to beat. */
const CHAMPION_SHARE = 0.2
/** Credits in force that leave nothing to burn: ten points proven at once. */
const FULL_CREDIT = 0.1
/** Odds of a bound at 95 %. */
const PROOF = 20
/** Gains are told apart by a hundredth of a point. */
const STEPS = 10_000

/**
 * The gain that is proven: the largest against which the rounds give evidence of twenty to one, by the same bets that decide duels. It
 * holds whenever a duel was stopped, so that a lucky early end earns nothing; and as each claim pays for its own uncertainty, one gain
 * cut into slices earns less than the whole.
 *
 * @param leads - weighted differences of the rounds of the confirmation, against the best of all predecessors
 * @returns from 0 to 1, rounded down to a hundredth of a point
 */
export function creditOf(leads: readonly number[]): number {
  let [low, high] = [0, STEPS]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (evidence(leads, middle / STEPS) >= PROOF) low = middle
    else high = middle - 1
  }
  return low / STEPS
}

/** Against a gain of at most `gain`. */
function evidence(leads: readonly number[], gain: number): number {
  const capital = new Capital(1 + gain)
  for (const lead of leads) capital.add(lead - gain)
  return capital.mean
}

/** What everybody gets of all that there is. What nobody earned is burned, so that a champion who sits still is paid little. */
export function payOf(champion: string | undefined, credits: readonly Credit[]): Pay {
  const inForce = credits.map(({ hotkey, gain, age }) => ({
    hotkey,
    worth: gain * 2 ** (-age / HALF_LIFE_DAYS),
  }))
  const sum = inForce.reduce((total, { worth }) => total + worth, 0)
  const forCredits = Math.min(1 - CHAMPION_SHARE, sum / FULL_CREDIT)
  const shares = new Map<string, number>()
  const pay = (hotkey: string, share: number): void => {
    if (share > 0) shares.set(hotkey, (shares.get(hotkey) ?? 0) + share)
  }
  if (champion !== undefined) pay(champion, CHAMPION_SHARE)
  for (const { hotkey, worth } of inForce) pay(hotkey, (worth / sum) * forCredits)
  const paid = [...shares.values()].reduce((total, share) => total + share, 0)
  return { shares, burned: Math.max(0, 1 - paid) }
}
