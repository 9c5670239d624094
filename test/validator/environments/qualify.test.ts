import { expect, test } from 'vitest'
import type { Disposition } from '../../../sandbox/affinetes/disposition.ts'
import { qualify, type Trial } from '../../../validator/scoring/qualify.ts'

const KNOWN = { wanted: ['evaluate'], methods: ['evaluate', 'reset'] }
const scored = (score: number): Disposition => ({ kind: 'scored', score, evidence: {} })
const harness: Disposition = { kind: 'void', fault: 'harness', code: 'container-lost', evidence: {} }
const failed: Disposition = { kind: 'failed', score: 0, fault: 'agent', code: 'raised', evidence: {} }
const oracle = (disposition = scored(1)): Trial => ({ control: 'oracle', expected: 1, disposition })
const nop = (disposition = scored(0)): Trial => ({ control: 'nop', expected: 0, disposition })

test('an environment whose controls always come to their scores may count', () => {
  expect(qualify(KNOWN, [oracle(), oracle(), nop(), nop()])).toEqual({ qualifies: true, reasons: [] })
})

test.each<[string, readonly Trial[], RegExp]>([
  [
    'its reference once scores less',
    [oracle(), oracle(scored(0.99)), nop()],
    /^oracle: 1 of 2 calls did not come to 1, but to 0.99$/,
  ],
  ['doing nothing once scores', [oracle(), nop(scored(0.1))], /^nop: 1 of 1/],
  ['its reference fails', [oracle(failed), nop()], /^oracle: .*but to raised$/],
  ['nothing shows that its tasks can be solved', [nop()], /^controls.oracle is not declared/],
  ['nothing shows that doing nothing gives nothing', [oracle()], /^controls.nop is not declared/],
  ['our own machinery fails', [oracle(), nop(), nop(harness)], /^1 of 3 calls failed by our own fault/],
])('it may not if %s', (_, trials, reason) => {
  const { qualifies, reasons } = qualify(KNOWN, trials)

  expect(qualifies).toBe(false)
  expect(reasons).toEqual([expect.stringMatching(reason)])
})

test('it may not without the methods that were declared', () => {
  const trials = [oracle(), nop()]

  expect(qualify({ wanted: ['evaluate'], methods: ['reset'] }, trials).reasons).toEqual([
    'it has no method evaluate',
  ])
  expect(qualify({ wanted: [], methods: undefined }, trials).qualifies).toBe(false)
})

test('one failure of ours among a hundred calls is forgiven', () => {
  const trials = [...Array<Trial>(99).fill(oracle()), oracle(harness), nop()]

  expect(qualify(KNOWN, trials).qualifies).toBe(true)
})
