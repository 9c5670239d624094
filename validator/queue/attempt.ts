import type { Machine } from './machine.ts'

/** What has become of one attempt of a submission at a task. */
export type AttemptState = 'planned' | 'working' | 'patched' | 'verifying' | 'judged' | 'voided' | 'skipped'

/**
 * `claimed`: a worker has a lease for it, also after another one lost its own. `returned`: the worker gives it back, or our
 * machinery failed and it is tried again. `skipped`: its stage is decided without it.
 */
export type AttemptEvent = 'claimed' | 'returned' | 'patched' | 'judged' | 'voided' | 'skipped'

export const ATTEMPT = {
  planned: { claimed: 'working', voided: 'voided', skipped: 'skipped' },
  working: {
    claimed: 'working',
    returned: 'planned',
    patched: 'patched',
    judged: 'judged',
    voided: 'voided',
    skipped: 'skipped',
  },
  patched: { claimed: 'verifying', voided: 'voided', skipped: 'skipped' },
  verifying: {
    claimed: 'verifying',
    returned: 'patched',
    judged: 'judged',
    voided: 'voided',
    skipped: 'skipped',
  },
  // A task that turns out to be unfit is void for everybody, also for those who were judged on it.
  judged: { voided: 'voided' },
  voided: {},
  skipped: {},
} as const satisfies Machine<AttemptState, AttemptEvent>

/** What an event makes of an attempt; undefined if it may not happen to it. */
export function nextAttempt(state: AttemptState, event: AttemptEvent): AttemptState | undefined {
  const machine: Machine<AttemptState, AttemptEvent> = ATTEMPT
  return machine[state][event]
}

/** Whether somebody could still change its verdict by working. */
export function isOpen(state: AttemptState): boolean {
  return state !== 'judged' && state !== 'voided' && state !== 'skipped'
}
