import type { Beacon } from './timelock.ts'

/**
 * When epochs are, as it follows from the state after a block. `modular`: every `tempo + 1` blocks, counted from the chain's beginning.
 * `counted`: `tempo` blocks after the last one, or when an owner asked for it; the chain counts them.
 */
export type Schedule =
  | { readonly kind: 'modular'; readonly block: number; readonly tempo: number; readonly index: number }
  | {
      readonly kind: 'counted'
      readonly block: number
      readonly tempo: number
      readonly epoch: number
      readonly lastEpoch: number
      /** 0 if nobody asked. */
      readonly pendingAt: number
      readonly sinceLastStep: number
    }

/** However an epoch is asked for, after so many blocks there is one. */
const LONGEST = 50_400

/** The epoch that a commit in a block belongs to; the block is the state's own or a later one. */
export function epochAt(schedule: Schedule, block: number): number {
  if (schedule.kind === 'modular') return Math.floor((block + schedule.index + 1) / (schedule.tempo + 1))
  let epoch = schedule.epoch
  for (const due of dueBlocks(schedule)) {
    if (due > block) break
    epoch++
  }
  return epoch
}

/** The first block of an epoch that is still to come. */
export function firstBlockOf(schedule: Schedule, epoch: number): number {
  if (schedule.kind === 'modular') return epoch * (schedule.tempo + 1) - (schedule.index + 1)
  let at = schedule.epoch
  for (const due of dueBlocks(schedule)) {
    at++
    if (at >= epoch) return due
  }
  throw new RangeError(`Epoch ${epoch} is too far away: it is ${schedule.epoch}`)
}

/** The block in which weights change next: that of the next epoch's run. */
export function nextEpochBlock(schedule: Schedule): number {
  if (schedule.kind === 'counted') return firstBlockOf(schedule, schedule.epoch + 1)
  // What runs at the end of an epoch pays for it.
  return firstBlockOf(schedule, epochAt(schedule, schedule.block + 1) + 1) - 1
}

/** Blocks in which epochs begin, from the next one on. */
function* dueBlocks(schedule: Extract<Schedule, { kind: 'counted' }>): Generator<number> {
  let { lastEpoch, pendingAt } = schedule
  const tempo = Math.max(1, schedule.tempo)
  let from = schedule.block
  let forced = schedule.block + LONGEST - schedule.sinceLastStep + 1
  for (let times = 0; times < MOST_EPOCHS; times++) {
    const asked = pendingAt > 0 ? pendingAt : Number.POSITIVE_INFINITY
    const due = Math.max(from + 1, Math.min(asked, lastEpoch + tempo, forced))
    yield due
    lastEpoch = due
    from = due
    forced = due + LONGEST + 1
    pendingAt = 0
  }
}

const MOST_EPOCHS = 10_000

export interface Reveal {
  /** The first block that sees the weights. */
  readonly block: number
  /** Of the beacon; never later than that block, or the weights would be lost. */
  readonly round: number
}

/** Blocks after the reveal's first that its round is aimed at, where a round that is late is waited for. */
const MARGIN = 3

/**
 * The round for a time-locked commit that lands in the next block.
 *
 * @param periods - epochs from commit to reveal
 * @param now - in seconds since 1970, when the schedule's block was the newest
 */
export function chooseReveal(
  schedule: Schedule,
  periods: number,
  { now, secondsPerBlock, beacon }: { now: number; secondsPerBlock: number; beacon: Beacon },
): Reveal {
  const commit = epochAt(schedule, schedule.block + 1)
  const roundAfter = (blocks: number): number =>
    Math.max(1, Math.floor((now + blocks * secondsPerBlock - beacon.genesis) / beacon.period))
  const first = firstBlockOf(schedule, commit + periods)
  if (schedule.kind === 'counted') return { block: first, round: roundAfter(first - schedule.block + MARGIN) }
  // There the last block of the epoch before reveals, and what has no round by then is dropped.
  const block = first - 1
  return { block, round: roundAfter(Math.max(0, block - schedule.block - MARGIN)) }
}
