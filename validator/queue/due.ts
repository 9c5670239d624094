import type { Stage } from './submission.ts'

/** Where in the line something stands: the block in which it was laid down or came, and its place among those of the block. */
export interface Place {
  readonly block: number
  readonly index: number
}

/**
 * Blocks (of about 12 s) after its place by which a stage is due. What is nearly done, or costs little and tells a miner much, goes
 * first; but nothing waits for more than these blocks' worth of those who came later.
 */
export const GRACE: Readonly<Record<Stage, number>> = { confirmation: 0, smoke: 25, screen: 150, full: 600 }

/** Blocks that the line can tell apart at their ends; index and block share the 31 bits of a priority. */
const PLACES = 32
const MOST = 2 ** 31 - 1

/** The moment by which a stage of a submission is due; smaller is earlier. It never changes, so whoever waits gets ahead by itself. */
export function dueOf(stage: Stage, { block, index }: Place): number {
  return (block + GRACE[stage]) * PLACES + Math.min(index, PLACES - 1)
}

/** The priority of its jobs: the earlier due, the higher; an int4. */
export function priorityOf(stage: Stage, place: Place): number {
  return Math.max(-MOST, MOST - dueOf(stage, place))
}
