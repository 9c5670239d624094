/** Whether everybody may read the code of a submission. */
export type Openness =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly untilBlock: number; readonly until: Date }

export interface Opening {
  /** The window that it was handed in for. */
  readonly window: number
  /** Closed until then in any case, as the operator said; null for nothing but the window. */
  readonly opens: Date | null
}

/**
 * The code stays closed until the window that it counts in is over, so that nobody copies it within; then it opens for good.
 *
 * @param windowBlocks - blocks of a window; window 0 starts with block 0
 */
export function findOpenness(
  submission: Opening,
  windowBlocks: number,
  now: { readonly block: number; readonly time: Date; readonly secondsPerBlock: number },
): Openness {
  const untilBlock = (submission.window + 1) * windowBlocks
  const seconds = (untilBlock - now.block) * now.secondsPerBlock
  const ends = new Date(now.time.getTime() + Math.max(0, seconds) * 1000)
  const later = submission.opens !== null && submission.opens > now.time ? submission.opens : undefined
  if (now.block >= untilBlock)
    return later === undefined ? { kind: 'open' } : { kind: 'closed', untilBlock, until: later }
  return { kind: 'closed', untilBlock, until: later !== undefined && later > ends ? later : ends }
}
