import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ATTEMPT, type AttemptState, isOpen, nextAttempt } from '../../../validator/queue/attempt.ts'
import {
  LEASE,
  type LeaseEvent,
  MOST_LOSSES,
  NEW_LEASE,
  nextLease,
  renewed,
  retriesLeft,
} from '../../../validator/queue/lease.ts'
import { finalStates, renderMachine, statesBefore } from '../../../validator/queue/machine.ts'
import {
  ARRIVED,
  nextSubmission,
  STAGES,
  type Standing,
  SUBMISSION,
  type SubmissionEvent,
} from '../../../validator/queue/submission.ts'

const README = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../validator/queue/README.md'),
  'utf8',
)
const ATTEMPT_EVENTS = ['claimed', 'returned', 'patched', 'judged', 'voided', 'skipped'] as const
const LEASE_EVENTS = ['taken', 'finished', 'handed-back', 'lost', 'withdrawn'] as const
const SUBMISSION_EVENTS: readonly SubmissionEvent[] = [
  ...(['started', 'promoted', 'passed', 'failed'] as const),
  ...(['refused', 'voided', 'cancelled'] as const),
]

test('the README draws each machine as it is', () => {
  expect(README).toContain(renderMachine(SUBMISSION))
  expect(README).toContain(renderMachine(ATTEMPT))
  expect(README).toContain(renderMachine(LEASE))
})

test('no order of events leads an attempt out of a final state, or to a verdict that nobody claimed', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ATTEMPT_EVENTS), { maxLength: 40 }), events => {
      let state: AttemptState = 'planned'
      let claimed = false
      for (const event of events) {
        const next = nextAttempt(state, event)
        if (next === undefined) continue
        if (event === 'claimed') claimed = true
        if (event === 'returned') claimed = false
        if (event === 'judged' || event === 'patched') expect(claimed).toBe(true)
        if (event === 'patched') claimed = false
        if (!isOpen(state)) expect([state, next]).toEqual(['judged', 'voided'])
        state = next
      }
    }),
  )
  expect(finalStates(ATTEMPT)).toEqual(['voided', 'skipped'])
})

test('a result is taken only from who is at work', () => {
  expect(statesBefore(ATTEMPT, 'judged')).toEqual(['working', 'verifying'])
  expect(nextAttempt('working', 'claimed')).toBe('working')
})

test('a job is lost three times at most, however often it is handed back between', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Exclude<LeaseEvent, 'exhausted'>>(...LEASE_EVENTS)), events => {
      let lease = NEW_LEASE
      for (const event of events) {
        const next = nextLease(lease, event)
        if (next === undefined) continue
        expect(next.losses - lease.losses).toBe(event === 'lost' ? 1 : 0)
        lease = next.state === 'returned' ? renewed(next) : next
        expect(lease.losses).toBeLessThanOrEqual(MOST_LOSSES)
        expect(lease.state === 'dead').toBe(lease.losses === MOST_LOSSES)
      }
      expect(retriesLeft(lease.losses)).toBe(Math.max(0, 2 - lease.losses))
    }),
  )
})

test('a submission goes through its stages in order, and ends once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...SUBMISSION_EVENTS), { maxLength: 40 }),
      fc.subarray([...STAGES].slice(1)),
      (events, more) => {
        const stages = ['smoke' as const, ...more]
        let standing: Standing = ARRIVED
        for (const event of events) {
          const next = nextSubmission(standing, event, stages)
          if (next === undefined) continue
          expect(['queued', 'working']).toContain(standing.state)
          expect(stages).toContain(next.stage)
          const moved = stages.indexOf(next.stage) - stages.indexOf(standing.stage)
          expect(moved).toBe(event === 'promoted' ? 1 : 0)
          // Who has nobody to be confirmed against passes without.
          const last = stages.filter(stage => stage !== 'confirmation').at(-1)
          if (next.state === 'passed') expect([last, stages.at(-1)]).toContain(next.stage)
          if (next.state === 'refused') expect(next.stage).toBe('smoke')
          standing = next
        }
      },
    ),
  )
})
