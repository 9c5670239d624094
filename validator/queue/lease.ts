import type { Machine } from './machine.ts'

/** What has become of a job, which is what a worker takes a lease for. */
export type LeaseState = 'waiting' | 'leased' | 'done' | 'returned' | 'dead' | 'withdrawn'

/** `lost`: the worker gave no sign of life. `exhausted`: it was lost for the last time. `handed-back`: a new job takes its place. */
export type LeaseEvent = 'taken' | 'finished' | 'handed-back' | 'lost' | 'exhausted' | 'withdrawn'

export const LEASE = {
  waiting: { taken: 'leased', withdrawn: 'withdrawn' },
  leased: {
    finished: 'done',
    'handed-back': 'returned',
    lost: 'waiting',
    exhausted: 'dead',
    withdrawn: 'withdrawn',
  },
  done: {},
  returned: {},
  dead: {},
  withdrawn: {},
} as const satisfies Machine<LeaseState, LeaseEvent>

/** So many lost leases make a job dead: whoever takes it next would be lost as well. */
export const MOST_LOSSES = 3

export interface Lease {
  readonly state: LeaseState
  readonly losses: number
}

export const NEW_LEASE: Lease = { state: 'waiting', losses: 0 }

/** What an event makes of a job; undefined if it may not happen to it. Which loss is the last is not for the caller to say. */
export function nextLease(
  { state, losses }: Lease,
  event: Exclude<LeaseEvent, 'exhausted'>,
): Lease | undefined {
  const machine: Machine<LeaseState, LeaseEvent> = LEASE
  const isLast = event === 'lost' && losses + 1 >= MOST_LOSSES
  const after = machine[state][isLast ? 'exhausted' : event]
  return after === undefined ? undefined : { state: after, losses: losses + (event === 'lost' ? 1 : 0) }
}

/** The job that takes the place of one that was handed back: nothing is forgiven by handing back, and nothing lost by it. */
export function renewed({ losses }: Lease): Lease {
  return { state: 'waiting', losses }
}

/** How often a queue may give a job out again, if it was lost so many times before. */
export function retriesLeft(losses: number): number {
  return Math.max(0, MOST_LOSSES - 1 - losses)
}
