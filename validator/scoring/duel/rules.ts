/** What decides duels. Every constant is here, with its reason. Points are shares of 1: .02 is two points. */
export interface DuelRules {
  /** Most that an entry which is no better may win with, as a probability over the whole duel. */
  readonly alpha: number
  /** Rounds after which the duel is decided by what is there. */
  readonly rounds: number
  /** An environment may be worse by less than this: `delta`. */
  readonly margin: number
  /** Evidence that each environment needs against being worse by `margin`: ten to one. */
  readonly safety: number
  /** A loss in one environment that is larger than this, when proven, ends the duel. */
  readonly loss: number
  /** Chance of a false veto in any environment. */
  readonly vetoAlpha: number
  /** Gains smaller than this are not worth the rounds. */
  readonly gain: number
  /** Evidence against such a gain that ends the duel: ten to one. */
  readonly futility: number
  /** How much better a suspected copy must be than its origin; 0 for all others. */
  readonly handicap: number
  /** Share of an environment's tasks that may be void; with more of them the duel is void, not lost. */
  readonly voids: number
}

/**
 * The rules of confirmation. With 600 rounds a gain of five points is found nine times in ten, at a false win in five hundred;
 * gains of two points would need some two thousand rounds.
 */
export const CONFIRMATION: DuelRules = {
  alpha: 0.005,
  rounds: 600,
  // Three environments at a tenth each cannot hide a real loss, and noise of 600 rounds stays well within it.
  margin: 0.1,
  safety: 10,
  loss: 0.02,
  vetoAlpha: 0.05,
  gain: 0.02,
  futility: 10,
  handicap: 0,
  voids: 0.02,
}

/** What a suspected copy has to be better by. A false suspicion costs this and no more. */
const COPY_HANDICAP = 0.03

/** The first look, on tasks that all share: cheap, and only meant to spare the confirmation of those who are no better. */
export const SCREEN = { rounds: 150, alpha: 0.2 } as const

/** Bets as shares of the largest that cannot ruin: their mean does well for small and for large gains. */
export const BETS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const

/** Bounds of what an operator may choose: below, duels never end; above, noise wins. */
const LEAST_ALPHA = 0.0005
const MOST_ALPHA = 0.02

/**
 * The error that is worth allowing: an equal copy that tries must expect a loss, so `alpha * value <= cost`.
 *
 * @param cost - of one attempt: burn and fee
 * @param value - of a reign, in the same unit
 */
export function alphaOf({ cost, value }: { readonly cost: number; readonly value: number }): number {
  if (!(cost >= 0) || !(value > 0))
    throw new RangeError(
      `Cannot choose alpha: cost ${cost} must be 0 or more, and value ${value} more than 0`,
    )
  return Math.min(MOST_ALPHA, Math.max(LEAST_ALPHA, cost / value))
}

/** Rules for one challenger: at the error that is worth allowing, and with a handicap if it may be a copy. */
export function rulesFor(challenger: { readonly alpha: number; readonly isSuspect: boolean }): DuelRules {
  return {
    ...CONFIRMATION,
    alpha: challenger.alpha,
    handicap: challenger.isSuspect ? COPY_HANDICAP : 0,
  }
}
