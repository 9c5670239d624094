import { dueOf, type Place } from './due.ts'
import type { SubmissionState } from './submission.ts'

/** One of the submissions that share a place: of one coldkey, or copies of one origin. */
export interface Member extends Place {
  readonly id: string
  readonly hotkey: string
  readonly state: SubmissionState
}

/** Whose turn it is in a cluster: nobody's while one of it is worked on, else the first who waits. */
export function turnOf(cluster: readonly Member[]): string | undefined {
  if (cluster.some(({ state }) => state === 'working')) return undefined
  return cluster.filter(({ state }) => state === 'queued').toSorted(comparePlaces)[0]?.id
}

/** By block, place in it, and hotkey, as `intake/precedence.ts` says. */
function comparePlaces(one: Member, other: Member): number {
  return (
    dueOf('smoke', one) - dueOf('smoke', other) ||
    one.index - other.index ||
    (one.hotkey < other.hotkey ? -1 : 1)
  )
}
