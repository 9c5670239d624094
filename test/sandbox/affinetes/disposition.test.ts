import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Control,
  dispose,
  disposeError,
  type HostFacts,
  wantsControl,
} from '../../../sandbox/affinetes/disposition.ts'
import { OUTCOMES, readOutcome } from '../../../sandbox/affinetes/outcome.ts'
import type { Reply } from '../../../sandbox/affinetes/reply.ts'

const host: fc.Arbitrary<HostFacts> = fc.oneof(
  fc.constant({ container: 'running' as const }),
  fc.record({
    container: fc.constant('ended' as const),
    exitCode: fc.integer({ min: 0, max: 255 }),
    outOfMemory: fc.boolean(),
  }),
  fc.record({ container: fc.constant('lost' as const), reason: fc.string() }),
)
const control = fc.constantFrom<Control>('passed', 'failed', 'none')
const result = fc.record(
  {
    score: fc.oneof(fc.double(), fc.integer({ min: -2, max: 2 }), fc.jsonValue()),
    error: fc.option(fc.oneof(fc.string(), fc.jsonValue())),
    extra: fc.option(
      fc.record({ valid_for_scoring: fc.oneof(fc.boolean(), fc.jsonValue()) }, { requiredKeys: [] }),
    ),
    success: fc.boolean(),
  },
  { requiredKeys: [] },
)
const body = fc
  .oneof(
    fc
      .record({
        status: fc.constantFrom('success', 'failed', 'odd'),
        result: fc.oneof(result, fc.jsonValue()),
      })
      .map(value => JSON.stringify(value)),
    fc.record({ detail: fc.string() }).map(value => JSON.stringify(value)),
    fc.string(),
  )
  .map(text => Buffer.from(text))
/** Whatever the side of the environment can bring about. */
const fromEnvironment: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('answered' as const),
      status: fc.oneof(fc.constantFrom(200, 200, 200, 404, 422, 500), fc.integer({ min: 100, max: 999 })),
      body,
    }),
  },
  fc.record({ kind: fc.constantFrom('unreachable' as const, 'dropped' as const), code: fc.string() }),
  fc.constantFrom<Reply>({ kind: 'too-big' }, { kind: 'late' }),
)

test('every outcome comes to exactly one disposition, with a score from 0 to 1 or somebody whose fault it was', () => {
  fc.assert(
    fc.property(
      fc.oneof(fromEnvironment, fc.constant<Reply>({ kind: 'caller-lost' })),
      host,
      control,
      (reply, facts, known) => {
        const outcome = readOutcome(reply, [0, 1])
        const disposition = dispose(outcome, facts, known)

        expect(OUTCOMES).toContain(outcome.code)
        switch (disposition.kind) {
          case 'scored':
            expect(disposition.score).toBeGreaterThanOrEqual(0)
            expect(disposition.score).toBeLessThanOrEqual(1)
            break
          case 'failed':
            expect(disposition).toMatchObject({ score: 0, fault: 'agent' })
            break
          case 'void':
            expect(['task', 'harness']).toContain(disposition.fault)
            expect('score' in disposition).toBe(false)
        }
        expect(JSON.stringify(disposition).length).toBeLessThan(8000)
      },
    ),
    { numRuns: 3000 },
  )
})

test('nothing that an environment says makes it our fault: that takes the word of the host', () => {
  fc.assert(
    fc.property(fromEnvironment, host, control, (reply, facts, known) => {
      fc.pre(facts.container !== 'lost')

      expect(dispose(readOutcome(reply, [0, 1]), facts, known)).not.toMatchObject({ fault: 'harness' })
    }),
    { numRuns: 3000 },
  )
})

test('while the control passes, an agent that breaks its environment has 0 and no second try', () => {
  fc.assert(
    fc.property(fromEnvironment, host, (reply, facts) => {
      fc.pre(facts.container !== 'lost')
      const outcome = readOutcome(reply, [0, 1])
      fc.pre(outcome.code !== 'scored' && outcome.code !== 'refused')

      expect(wantsControl(outcome, facts)).toBe(true)
      expect(dispose(outcome, facts, 'passed')).toMatchObject({ kind: 'failed', score: 0, fault: 'agent' })
      expect(dispose(outcome, facts, 'failed')).toMatchObject({ kind: 'void', fault: 'task' })
    }),
  )
})

const answer = (value: unknown, status = 200): Reply => ({
  kind: 'answered',
  status,
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})
const success = (value: unknown): Reply => answer({ status: 'success', result: value, error: null })

test.each<[string, Reply, string]>([
  ['a score', success({ score: 0.5 }), 'scored'],
  ['zero, which counts', success({ score: 0, success: false }), 'scored'],
  [
    'an error of the model that is scored',
    success({ score: 0, error: 'context', extra: { valid_for_scoring: true } }),
    'scored',
  ],
  ['"not valid for scoring"', success({ score: 0, extra: { valid_for_scoring: false } }), 'taken-back'],
  ['a flag that is no boolean', success({ score: 1, extra: { valid_for_scoring: 1 } }), 'taken-back'],
  ['an error without a flag', success({ score: 0, error: 'infra' }), 'taken-back'],
  ['its own time limit', answer({ status: 'failed', error: 'timeout' }), 'call-failed'],
  ['an exception', answer({ detail: 'Traceback' }, 500), 'raised'],
  ['an unknown method', answer({ detail: 'no such method' }, 404), 'refused'],
  ['parameters that it does not take', answer({ detail: [] }, 422), 'refused'],
  ['another status', answer('', 307), 'odd-status'],
  ['half of an answer', answer('{"status": "succ'), 'malformed'],
  ['no object', answer('null'), 'malformed'],
  ['a result that is none', success(null), 'malformed'],
  ['no score', success({}), 'odd-score'],
  ['a score in words', success({ score: '1' }), 'odd-score'],
  ['too much', success({ score: 1.01 }), 'odd-score'],
  ['infinity', answer('{"status":"success","result":{"score":1e400}}'), 'odd-score'],
  ['NaN as Python writes it', answer('{"status":"success","result":{"score":NaN}}'), 'malformed'],
  ['a socket that drops', { kind: 'dropped', code: 'ECONNRESET' }, 'dropped'],
  ['nobody there', { kind: 'unreachable', code: 'ECONNREFUSED' }, 'unreachable'],
  ['no end in time', { kind: 'late' }, 'late'],
  ['more bytes than may be', { kind: 'too-big' }, 'too-big'],
])('%s', (_, reply, code) => {
  expect(readOutcome(reply, [0, 1]).code).toBe(code)
})

test('scores are mapped in a straight line, and keep their order', () => {
  expect(readOutcome(success({ score: -1 }), [-1, 3])).toMatchObject({ score: 0 })
  expect(readOutcome(success({ score: 0 }), [-1, 3])).toMatchObject({ score: 0.25 })
  expect(readOutcome(success({ score: 3 }), [-1, 3])).toMatchObject({ score: 1 })
})

test('what cannot be started is the fault of the environment only if its image or its start is', () => {
  expect(disposeError({ code: 'image-missing', message: '' })).toMatchObject({ kind: 'void', fault: 'task' })
  expect(disposeError({ code: 'task-unusable', message: '' })).toMatchObject({ kind: 'void', fault: 'task' })
  expect(disposeError({ code: 'engine-failed', message: '' })).toMatchObject({
    kind: 'void',
    fault: 'harness',
  })
  expect(disposeError({ code: 'sandbox-lost', message: '' })).toMatchObject({
    kind: 'void',
    fault: 'harness',
  })
})
