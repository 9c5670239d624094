import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AgentEnding } from '../../../sandbox/agent-phase.ts'
import type { PatchOutcome } from '../../../sandbox/patch.ts'
import type { Problem, Report, TestResult } from '../../../sandbox/report.ts'
import type { VerifyEnding } from '../../../sandbox/verify-phase.ts'
import { type Facts, judge, mayBeLoad } from '../../../validator/scoring/verdict.ts'

const PATCH: PatchOutcome = {
  kind: 'patch',
  patch: {
    diff: Buffer.from('diff'),
    digest: 'd',
    files: { entries: [], body: Buffer.alloc(0) },
    removed: [],
    dropped: [],
  },
}
const TESTS = { root: '/tests', cwd: '', names: undefined, run: undefined, env: {} }
const EXPECTED = { failToPass: ['a', 'b'], passToPass: ['c'], others: [] }
/** All that is needed to be solved. */
const SOLVED: Facts = {
  runner: { kind: 'pytest', tests: TESTS, expected: EXPECTED },
  level: 'observed',
  agent: { kind: 'finished' },
  patch: PATCH,
  verify: { ending: { kind: 'reported' }, report: report({ a: 'passed', b: 'passed', c: 'passed' }) },
}

test('judge() says solved if everything agrees', () => {
  expect(judge(SOLVED)).toEqual({
    verdict: 'solved',
    reason: 'tests-passed',
    detail: 'All expected tests passed',
    fault: undefined,
    level: 'observed',
    tests: { expected: ['a', 'b', 'c'], passed: ['a', 'b', 'c'], failed: [] },
    evidence: [],
  })
})

const AGENT_ENDINGS: AgentEnding[] = [
  { kind: 'crashed', message: 'Traceback (most recent call last):\n  File "agent.py"\nKeyError: 1\n' },
  { kind: 'crashed', message: '' },
  { kind: 'timed-out', seconds: 300 },
  { kind: 'out-of-memory' },
  { kind: 'flooded', bytes: 1000 },
]
const PATCHES: PatchOutcome[] = [
  { kind: 'invalid', reasons: ['"a" is a symbolic link', '"b" leaves the repository'] },
]
const VERIFY_ENDINGS: VerifyEnding[] = [
  { kind: 'timed-out', seconds: 60 },
  { kind: 'out-of-memory' },
  { kind: 'flooded', bytes: 1000 },
  { kind: 'ended-early', message: 'SIGKILL' },
]
const PROBLEMS: Problem[] = [
  { kind: 'no-end', file: 'f', how: 'SIGKILL' },
  { kind: 'count', file: 'f', announced: 3, received: 2 },
  { kind: 'doubled', id: 'a' },
  { kind: 'malformed', file: 'f', line: '{"kind":"test"' },
  { kind: 'after-end', file: 'f' },
  { kind: 'exit', file: 'f', announced: 0, real: 'exit code 1' },
  { kind: 'canary', message: '"f::x", which asserts what is false, is reported as passed' },
  { kind: 'unknown-site', id: 'a', site: 'f:1:1' },
  { kind: 'reward', message: 'reward.txt is not a number: "ten"' },
]
const REPORTS: Report[] = [
  report({ a: 'passed', b: 'failed', c: 'passed' }),
  report({ a: 'passed', b: 'skipped', c: 'passed' }),
  report({ a: 'passed', b: 'error', c: 'passed' }),
  report({ a: 'passed', c: 'passed' }),
  report({}),
  report({ a: 'passed', b: 'passed', c: 'passed', d: 'passed' }),
]

/** Every way in which one thing alone is wrong, with the reason that must follow. */
const WRONG: readonly Facts[] = [
  ...AGENT_ENDINGS.map(agent => ({ ...SOLVED, agent })),
  ...PATCHES.map(patch => ({ ...SOLVED, patch })),
  { ...SOLVED, patch: { kind: 'empty' }, verify: undefined },
  ...VERIFY_ENDINGS.map(ending => ({ ...SOLVED, verify: { ...SOLVED.verify!, ending } })),
  ...PROBLEMS.map(problem => ({
    ...SOLVED,
    verify: { ...SOLVED.verify!, report: { ...SOLVED.verify!.report, problems: [problem] } },
  })),
  ...REPORTS.map(found => ({ ...SOLVED, verify: { ...SOLVED.verify!, report: found } })),
  {
    ...SOLVED,
    patch: { kind: 'empty' },
    verify: { ...SOLVED.verify!, report: report({ a: 'failed', b: 'failed', c: 'passed' }) },
  },
  scripted({ reward: 0 }),
  scripted({ reward: undefined }),
  scripted({ reward: 0.99, tests: report({ x: 'passed', y: 'failed' }).tests }),
  { ...scripted({ reward: 0 }), patch: { kind: 'empty' } },
]

test('judge() names whatever is wrong, each with its own reason', () => {
  const said = WRONG.map(judge).map(
    ({ verdict, reason, fault, detail }) => `${verdict} ${reason} (${fault}): ${detail}`,
  )

  expect(said.join('\n')).toMatchInlineSnapshot(`
    "unsolved agent-crashed (agent): The agent crashed: KeyError: 1
    unsolved agent-crashed (agent): The agent crashed: 
    unsolved agent-timed-out (agent): The agent was stopped after 300 s
    unsolved agent-out-of-memory (agent): The agent used more memory than the task allows
    unsolved agent-flooded (agent): The agent wrote more than 1000 bytes of output
    invalid invalid-patch (agent): The patch cannot be used: "a" is a symbolic link; "b" leaves the repository
    unsolved no-patch (agent): The agent changed nothing
    unsolved tests-timed-out (agent): The tests were stopped after 60 s
    unsolved tests-out-of-memory (agent): The tests used more memory than the task allows
    unsolved tests-flooded (agent): The tests wrote more than 1000 bytes of output
    unsolved tests-ended-early (agent): The test run ended early: SIGKILL
    unsolved tests-disagree (agent): The report cannot be believed: f has no end (SIGKILL)
    unsolved tests-disagree (agent): The report cannot be believed: f announced 3 tests and reported 2
    unsolved tests-disagree (agent): The report cannot be believed: "a" is reported twice
    unsolved tampering (agent): Test results were made up: f sent a line that is not our runner's: "{\\"kind\\":\\"test\\""
    unsolved tests-disagree (agent): The report cannot be believed: f sent results after its end
    unsolved tests-disagree (agent): The report cannot be believed: f announced exit code 0, it was exit code 1
    unsolved tampering (agent): Test results were made up: "f::x", which asserts what is false, is reported as passed
    unsolved tampering (agent): Test results were made up: "a" reports a value of a place that it does not have: "f:1:1"
    unsolved tests-disagree (agent): The report cannot be believed: reward.txt is not a number: "ten"
    unsolved tests-failed (agent): 1 of 3 expected tests did not pass: b
    unsolved tests-failed (agent): 1 of 3 expected tests did not pass: b
    unsolved tests-failed (agent): 1 of 3 expected tests did not pass: b
    unsolved tests-failed (agent): 1 of 3 expected tests did not pass: b
    unsolved tests-failed (agent): 3 of 3 expected tests did not pass: a, b, c
    unsolved tests-failed (agent): The report has tests that nobody expected: d
    unsolved no-patch (agent): The agent changed nothing; 2 of 3 expected tests did not pass: a, b
    unsolved tests-failed (agent): The reward is 0
    unsolved tests-failed (agent): The reward is undefined
    unsolved tests-failed (agent): The reward is 0.99; not passed: y
    unsolved no-patch (agent): The agent changed nothing; the reward is 0"
  `)
})

test('judge() believes the reward of a script from 1 on', () => {
  expect(judge(scripted({ reward: 1 }))).toMatchObject({ verdict: 'solved', tests: { expected: [] } })
  expect(judge(scripted({ reward: 1.5 })).verdict).toBe('solved')
})

test('judge() lists the tests that a script reports, without letting them decide', () => {
  const { tests } = report({ x: 'passed', y: 'failed' })

  expect(judge(scripted({ reward: 1, tests }))).toMatchObject({
    verdict: 'solved',
    tests: { expected: ['x', 'y'], passed: ['x'], failed: ['y'] },
  })
})

test('judge() does not mind the order of tests in a report', () => {
  const found = report({ c: 'passed', b: 'passed', a: 'passed' })

  expect(judge({ ...SOLVED, verify: { ...SOLVED.verify!, report: found } })).toEqual(judge(SOLVED))
})

test('judge() shortens a long list of failed tests', () => {
  const ids = Array.from({ length: 40 }, (_, index) => `t${index}`)
  const facts: Facts = {
    ...SOLVED,
    runner: { kind: 'node', tests: TESTS, expected: { failToPass: ids, passToPass: [], others: [] } },
    verify: { ...SOLVED.verify!, report: report({}) },
  }

  expect(judge(facts).detail).toBe('40 of 40 expected tests did not pass: t0, t1, t2 and 37 more')
})

test('judge() says solved only if nothing at all is wrong', () => {
  const facts = fc.record<Facts>({
    runner: fc.constant(SOLVED.runner),
    level: fc.constantFrom('observed', 'reported'),
    agent: fc.constantFrom(SOLVED.agent, SOLVED.agent, ...AGENT_ENDINGS),
    patch: fc.constantFrom<PatchOutcome>(PATCH, PATCH, { kind: 'empty' }, ...PATCHES),
    verify: fc.option(
      fc.record({
        ending: fc.constantFrom<VerifyEnding>({ kind: 'reported' }, ...VERIFY_ENDINGS),
        report: fc.record({
          tests: fc.uniqueArray(result(), { selector: one => one.id }),
          observations: fc.constant([]),
          through: fc.constant([]),
          problems: fc.array(fc.constantFrom(...PROBLEMS), { maxLength: 1 }),
          reward: fc.constantFrom(undefined, 1),
        }),
      }),
      { nil: undefined },
    ),
  })

  fc.assert(
    fc.property(facts, one => {
      const { verdict, fault, tests } = judge(one)
      const found = one.verify?.report.tests ?? []
      const agrees =
        one.agent.kind === 'finished' &&
        one.patch.kind !== 'invalid' &&
        one.verify?.ending.kind === 'reported' &&
        one.verify.report.problems.length === 0 &&
        found.length === 3 &&
        found.every(({ id, status }) => 'abc'.includes(id) && status === 'passed')

      expect(verdict === 'solved').toBe(agrees)
      expect(fault === undefined).toBe(agrees)
      expect([...tests.passed, ...tests.failed].toSorted()).toEqual(tests.expected.toSorted())
    }),
    { numRuns: 2000 },
  )
})

test('mayBeLoad() is true for failures that a busy machine could have caused', () => {
  const reasons = WRONG.map(judge)
    .filter(mayBeLoad)
    .map(verdict => verdict.reason)

  expect([...new Set(reasons)].toSorted()).toEqual(['tests-ended-early', 'tests-failed', 'tests-timed-out'])
  expect(mayBeLoad(judge(SOLVED))).toBe(false)
})

function result(): fc.Arbitrary<TestResult> {
  return fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    status: fc.constantFrom('passed', 'passed', 'passed', 'failed', 'skipped', 'error'),
    seconds: fc.constant(0),
    message: fc.constant(''),
  })
}

function report(statuses: Readonly<Record<string, TestResult['status']>>): Report {
  const tests = Object.entries(statuses).map(([id, status]) => ({ id, status, seconds: 0, message: '' }))
  return { tests, observations: [], through: [], problems: [], reward: undefined }
}

function scripted({
  reward,
  tests = [],
}: {
  reward: number | undefined
  tests?: readonly TestResult[]
}): Facts {
  return {
    runner: { kind: 'script', known: undefined },
    level: 'reward',
    agent: { kind: 'finished' },
    patch: PATCH,
    verify: {
      ending: { kind: 'reported' },
      report: { tests, observations: [], through: [], problems: [], reward },
    },
  }
}
