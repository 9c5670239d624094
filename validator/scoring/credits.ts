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
const Z_ONE_SIDED_95 = 1.644854

/**
 * The gain that is proven: its lower bound at 95 %, and never below nothing. Uncertainty is charged for each claim, so that one gain
 * cut into slices earns less than the whole.
 *
 * @param leads - weighted differences of the rounds of the confirmation, against the best of all predecessors
 */
export function creditOf(leads: readonly number[]): number {
  if (leads.length < 2) return 0
  const mean = leads.reduce((sum, one) => sum + one, 0) / leads.length
  const squares = leads.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  const error = Math.sqrt(squares / (leads.length - 1) / leads.length)
  return Math.max(0, mean - Z_ONE_SIDED_95 * error)
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
