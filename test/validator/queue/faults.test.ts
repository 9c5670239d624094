import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Failure, findAlarms, maySettle, remedyOf } from '../../../validator/queue/faults.ts'

const harness = (worker: string): Failure => ({ fault: 'harness', worker })
const NONE = { judged: 0, voided: 0 }

test('a harness fault is tried again twice, not by those who failed', () => {
  expect(remedyOf([harness('a')], NONE)).toEqual({ kind: 'retry', avoid: ['a'] })
  expect(remedyOf([harness('a'), harness('b')], NONE)).toEqual({ kind: 'retry', avoid: ['a', 'b'] })
  expect(remedyOf([harness('a'), harness('a')], NONE)).toEqual({ kind: 'retry', avoid: ['a'] })
})

test('after that it is void, for everybody only if others had the same and nobody was judged', () => {
  const three = [harness('a'), harness('b'), harness('c')]

  expect(remedyOf(three, NONE)).toEqual({ kind: 'void', whose: 'attempt' })
  expect(remedyOf(three, { judged: 0, voided: 1 })).toEqual({ kind: 'void', whose: 'task' })
  expect(remedyOf(three, { judged: 1, voided: 1 })).toEqual({ kind: 'void', whose: 'attempt' })
})

test('what is wrong with the task itself is so for everybody at once', () => {
  expect(remedyOf([{ fault: 'task', worker: 'a' }], { judged: 5, voided: 0 })).toEqual({
    kind: 'void',
    whose: 'task',
  })
})

test('whatever fails how often, no attempt is tried more than three times', () => {
  const failure = fc.record({
    fault: fc.constantFrom('task' as const, 'harness' as const),
    worker: fc.constantFrom('a', 'b'),
  })
  fc.assert(
    fc.property(fc.array(failure, { minLength: 3 }), failures => {
      expect(remedyOf(failures, NONE).kind === 'retry').toBe(
        failures.filter(({ fault }) => fault === 'harness').length < 3 &&
          failures.at(-1)!.fault === 'harness',
      )
    }),
  )
})

test('too many voids in one environment stop the settlement', () => {
  const calm = { environment: 'a', judged: 98, voided: 2 }
  const wild = { environment: 'b', judged: 40, voided: 1 }

  expect(maySettle([calm], 0.02)).toEqual({ kind: 'yes' })
  expect(maySettle([calm, wild], 0.02)).toEqual({ kind: 'no', alarms: [{ environment: 'b', share: 1 / 41 }] })
  expect(findAlarms([{ environment: 'c', judged: 0, voided: 0 }], 0)).toEqual([])
})
