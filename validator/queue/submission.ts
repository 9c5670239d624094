import type { Machine } from './machine.ts'

export type SubmissionState = 'queued' | 'working' | 'passed' | 'failed' | 'refused' | 'voided' | 'cancelled'

/** Each costs more than the one before, so that a hopeless agent costs little. */
export const STAGES = ['smoke', 'screen', 'full', 'confirmation'] as const
export type Stage = (typeof STAGES)[number]

/** `promoted`: to its next stage. `refused`: it cannot be run at all. `voided`: our side cannot judge it. */
export type SubmissionEvent =
  | 'started'
  | 'promoted'
  | 'passed'
  | 'failed'
  | 'refused'
  | 'voided'
  | 'cancelled'

export const SUBMISSION = {
  queued: { started: 'working', cancelled: 'cancelled' },
  working: {
    promoted: 'working',
    passed: 'passed',
    failed: 'failed',
    refused: 'refused',
    voided: 'voided',
    cancelled: 'cancelled',
  },
  passed: {},
  failed: {},
  refused: {},
  voided: {},
  cancelled: {},
} as const satisfies Machine<SubmissionState, SubmissionEvent>

export interface Standing {
  readonly state: SubmissionState
  readonly stage: Stage
}

export const ARRIVED: Standing = { state: 'queued', stage: 'smoke' }

/**
 * Where an event leaves a submission; undefined if it may not happen there. Only what cannot be run is refused, and that shows in
 * the first stage; who has nobody to be confirmed against passes without.
 */
export function nextSubmission(
  { state, stage }: Standing,
  event: SubmissionEvent,
  stages: readonly Stage[] = STAGES,
): Standing | undefined {
  const machine: Machine<SubmissionState, SubmissionEvent> = SUBMISSION
  const after = machine[state][event]
  const next = stageAfter(stage, stages)
  if (after === undefined) return undefined
  if (event === 'refused' && stage !== 'smoke') return undefined
  if (event === 'promoted') return next === undefined ? undefined : { state: after, stage: next }
  if (event === 'passed' && next !== undefined && next !== 'confirmation') return undefined
  return { state: after, stage }
}

/** The stage that follows, of those that there are. */
export function stageAfter(stage: Stage, stages: readonly Stage[] = STAGES): Stage | undefined {
  return STAGES.slice(STAGES.indexOf(stage) + 1).find(one => stages.includes(one))
}
