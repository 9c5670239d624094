import { expect, test } from 'vitest'
import type { Canaries } from '../../sandbox/canary.ts'
import { Lift } from '../../sandbox/lift.ts'
import type { Observation, Report, TestResult } from '../../sandbox/report.ts'
import { settleReport } from '../../sandbox/settle.ts'

const FILE = 'test_a.py'
const LIFT = Lift.parse({
  format: 1,
  taskDigest: 'd',
  files: { [FILE]: { driver: 'driver', gaps: [1], tester: null } },
  sites: {
    's:1': { op: 'eq', expected: ['int', '5'], message: null, places: null, line: 1 },
    's:2': { op: 'raises', expected: ['names', ['ValueError']], message: 'no', places: null, line: 2 },
  },
  tests: { [`${FILE}::a`]: { level: 'observed', sites: { 's:1': 2, 's:2': 1 } } },
  soft: [],
})
const FIVE: Observation = { id: `${FILE}::a`, site: 's:1', value: ['int', '5'] }
const RAISED: Observation = { id: `${FILE}::a`, site: 's:2', value: ['raised', ['ValueError'], 'no!'] }
const CANARIES: Canaries = { file: FILE, mustFail: `${FILE}::f`, mustPass: `${FILE}::p` }

test('a test passes if its process says so and all observations are there and right', () => {
  const { tests, unmet, problems } = settle([passed('a')], [FIVE, FIVE, RAISED])

  expect(tests).toEqual([passed('a')])
  expect(unmet.size + problems.length).toBe(0)
})

test.each([
  {
    what: 'a wrong value',
    seen: [FIVE, { ...FIVE, value: ['int', '6'] as const }, RAISED],
    says: 's:1: expected 5, observed 6',
  },
  {
    what: 'a wrong value beside enough right ones',
    seen: [FIVE, FIVE, { ...FIVE, value: ['str', '5'] as const }, RAISED],
    says: 's:1: expected 5, observed "5"',
  },
  {
    what: 'an observation too few',
    seen: [FIVE, RAISED],
    says: 's:1: observed 1 times, 2 times with the reference',
  },
  {
    what: 'nothing raised',
    seen: [FIVE, FIVE, { ...RAISED, value: ['returned'] as const }],
    says: 's:2: expected to raise ["names",["ValueError"]] matching /no/, observed returned',
  },
])('a test that its process calls passed has failed for $what', ({ seen, says }) => {
  const { tests, unmet } = settle([passed('a')], seen)

  expect(tests).toEqual([{ ...passed('a'), status: 'failed', message: says }])
  expect(unmet.get(`${FILE}::a`)).toEqual([says])
})

test('right observations do not make a failed test pass', () => {
  const failed = { ...passed('a'), status: 'failed' as const, message: 'soft' }

  expect(settle([failed], [FIVE, FIVE, RAISED]).tests).toEqual([failed])
})

test('without a lift a test is what its process says', () => {
  expect(settleReport(report([passed('a')], []), undefined, []).tests).toEqual([passed('a')])
})

test('observations at a place that no driver has are a problem', () => {
  expect(settle([passed('a')], [{ ...FIVE, site: 's:9' }]).problems).toEqual([
    { kind: 'unknown-site', id: `${FILE}::a`, site: 's:9' },
  ])
})

test.each<{ what: string; tests: TestResult[]; through?: boolean; tampered: boolean }>([
  { what: 'as they must be', tests: [passed('a'), failed('f'), passed('p')], tampered: false },
  { what: 'both passed', tests: [passed('a'), passed('f'), passed('p')], tampered: true },
  { what: 'both missing', tests: [passed('a')], tampered: true },
  { what: 'one missing', tests: [passed('a'), failed('f')], tampered: true },
  { what: 'missing since the process ended early', tests: [passed('a')], through: false, tampered: false },
  {
    what: 'missing with all else, as the file cannot be loaded',
    tests: [{ ...failed(''), id: FILE }],
    tampered: false,
  },
  { what: 'skipped with all else', tests: [skipped('a'), skipped('f'), skipped('p')], tampered: false },
  { what: 'both failed with all else', tests: [failed('a'), failed('f'), failed('p')], tampered: false },
])('canaries: $what', ({ tests, through = true, tampered }) => {
  const settled = settleReport({ ...report(tests, []), through: through ? [FILE] : [] }, undefined, [
    CANARIES,
  ])

  expect(settled.problems.map(({ kind }) => kind)).toEqual(tampered ? ['canary'] : [])
  expect(settled.tests.map(({ id }) => id)).not.toContain(CANARIES.mustFail)
})

function settle(tests: TestResult[], observations: Observation[]) {
  return settleReport(report(tests, observations), LIFT, [])
}

function report(tests: TestResult[], observations: Observation[]): Report {
  return { tests, observations, through: [FILE], problems: [], reward: undefined }
}

function passed(name: string): TestResult {
  return { id: `${FILE}::${name}`, status: 'passed', seconds: 0, message: '' }
}

function failed(name: string): TestResult {
  return { ...passed(name), status: 'failed' }
}

function skipped(name: string): TestResult {
  return { ...passed(name), status: 'skipped' }
}
