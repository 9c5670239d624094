import type { AgentEnding } from '../../sandbox/agent-phase.ts'
import type { Level } from '../../sandbox/lift.ts'
import type { PatchOutcome } from '../../sandbox/patch.ts'
import type { Problem, Report } from '../../sandbox/report.ts'
import type { VerifyEnding } from '../../sandbox/verify-phase.ts'
import type { Expected, Runner } from '../../task-bank/task.ts'

/** Our judgement of an attempt. `invalid`: there was nothing that could be judged. */
export interface Verdict {
  readonly verdict: 'solved' | 'unsolved' | 'invalid'
  readonly reason: Reason
  /** One sentence for a person: which tests failed, why a patch is invalid. */
  readonly detail: string
  /** Whose failure it was; undefined if it is solved. */
  readonly fault: 'agent' | 'task' | undefined
  /** How far it can be trusted. */
  readonly level: Level
  readonly tests: Tests
  /** What shows that results were made up; empty but for `tampering`. */
  readonly evidence: readonly string[]
}

export type Reason =
  | 'tests-passed'
  | 'tests-failed'
  | 'no-patch'
  | 'invalid-patch'
  | 'agent-unusable'
  | 'agent-crashed'
  | 'agent-timed-out'
  | 'agent-out-of-memory'
  | 'agent-flooded'
  | 'tests-ended-early'
  | 'tests-timed-out'
  | 'tests-out-of-memory'
  | 'tests-flooded'
  | 'tests-disagree'
  | 'tampering'

export interface Tests {
  readonly expected: readonly string[]
  readonly passed: readonly string[]
  /** Expected, but not seen to pass. */
  readonly failed: readonly string[]
}

/** What is known of an attempt when it is judged; `verify` is missing when the agent's own failure came first. */
export interface Facts {
  readonly runner: Runner
  readonly level: Level
  readonly agent: AgentEnding
  readonly patch:
    | { readonly kind: Exclude<PatchOutcome['kind'], 'invalid'> }
    | Extract<PatchOutcome, { kind: 'invalid' }>
  readonly verify: { readonly ending: VerifyEnding; readonly report: Report } | undefined
}

/**
 * Judges an attempt. It is `solved` only if agent, patch, the end of the test run, the report's form, the exit status and
 * every expected test id agree; anything else has a name.
 */
export function judge({ runner, level, agent, patch, verify }: Facts): Verdict {
  const tests = compareTests(runner, verify?.report)
  const evidence = (verify?.report.problems ?? []).filter(isTampering).map(sayProblem)
  const unsolved = (reason: Reason, detail: string): Verdict => ({
    verdict: 'unsolved',
    reason,
    detail,
    fault: 'agent',
    level,
    tests,
    evidence: [],
  })

  switch (agent.kind) {
    case 'crashed':
      return unsolved('agent-crashed', `The agent crashed: ${lastLine(agent.message)}`)
    case 'timed-out':
      return unsolved('agent-timed-out', `The agent was stopped after ${agent.seconds} s`)
    case 'out-of-memory':
      return unsolved('agent-out-of-memory', 'The agent used more memory than the task allows')
    case 'flooded':
      return unsolved('agent-flooded', `The agent wrote more than ${agent.bytes} bytes of output`)
    case 'finished':
      break
  }
  if (patch.kind === 'invalid') {
    return {
      ...unsolved('invalid-patch', `The patch cannot be used: ${patch.reasons.join('; ')}`),
      verdict: 'invalid',
    }
  }
  if (verify === undefined) return unsolved('no-patch', 'The agent changed nothing')
  const { ending, report } = verify
  if (evidence.length > 0)
    return {
      ...unsolved('tampering', `Test results were made up: ${evidence[0]}`),
      evidence: evidence.slice(0, 20),
    }
  switch (ending.kind) {
    case 'timed-out':
      return unsolved('tests-timed-out', `The tests were stopped after ${ending.seconds} s`)
    case 'out-of-memory':
      return unsolved('tests-out-of-memory', 'The tests used more memory than the task allows')
    case 'flooded':
      return unsolved('tests-flooded', `The tests wrote more than ${ending.bytes} bytes of output`)
    case 'ended-early':
      return unsolved('tests-ended-early', `The test run ended early: ${ending.message}`)
    case 'reported':
      break
  }
  const problem = report.problems[0]
  if (problem !== undefined)
    return unsolved('tests-disagree', `The report cannot be believed: ${sayProblem(problem)}`)
  const failure =
    runner.kind === 'script' ? rewardFailure(report) : testFailure(tests, runner.expected.others, report)
  if (failure === undefined)
    return {
      verdict: 'solved',
      reason: 'tests-passed',
      detail: runner.kind === 'script' ? `The reward is ${report.reward}` : 'All expected tests passed',
      fault: undefined,
      level,
      tests,
      evidence: [],
    }
  return patch.kind === 'empty'
    ? unsolved('no-patch', `The agent changed nothing; ${failure}`)
    : unsolved('tests-failed', capitalise(failure))
}

/** Judges an attempt of an agent that cannot even be put into a sandbox. */
export function unusable(runner: Runner, mistakes: readonly string[]): Verdict {
  return {
    verdict: 'invalid',
    reason: 'agent-unusable',
    detail: `The agent cannot be used: ${mistakes.join('; ')}`,
    fault: 'agent',
    level: 'reported',
    tests: compareTests(runner, undefined),
    evidence: [],
  }
}

/** A failure that a busy machine could have caused, so that it is looked at once more on a quiet one. */
export function mayBeLoad({ verdict, reason }: Verdict): boolean {
  return (
    verdict === 'unsolved' &&
    (reason === 'tests-failed' || reason === 'tests-timed-out' || reason === 'tests-ended-early')
  )
}

function compareTests(runner: Runner, report: Report | undefined): Tests {
  const found = report?.tests ?? []
  const passing = new Set(found.filter(test => test.status === 'passed').map(test => test.id))
  const expected =
    runner.kind === 'script'
      ? found.map(test => test.id)
      : [...runner.expected.failToPass, ...runner.expected.passToPass]
  return {
    expected,
    passed: expected.filter(id => passing.has(id)),
    failed: expected.filter(id => !passing.has(id)),
  }
}

function testFailure(
  { expected, failed }: Tests,
  others: Expected['others'],
  report: Report,
): string | undefined {
  if (failed.length > 0)
    return `${failed.length} of ${expected.length} expected tests did not pass: ${list(failed)}`
  if (others === 'any') return undefined
  const known = new Set([...expected, ...others])
  const strange = report.tests.filter(test => !known.has(test.id)).map(test => test.id)
  return strange.length > 0 ? `the report has tests that nobody expected: ${list(strange)}` : undefined
}

function rewardFailure({ reward, tests }: Report): string | undefined {
  if (reward !== undefined && reward >= 1) return undefined
  const failed = tests.filter(test => test.status === 'failed').map(test => test.id)
  return `the reward is ${reward}${failed.length > 0 ? `; not passed: ${list(failed)}` : ''}`
}

/** Problems that no honest program brings about. */
function isTampering({ kind }: Problem): boolean {
  return kind === 'canary' || kind === 'malformed' || kind === 'unknown-site'
}

function sayProblem(problem: Problem): string {
  switch (problem.kind) {
    case 'no-end':
      return `${problem.file} has no end (${problem.how})`
    case 'count':
      return `${problem.file} announced ${problem.announced} tests and reported ${problem.received}`
    case 'doubled':
      return `"${problem.id}" is reported twice`
    case 'malformed':
      return `${problem.file} sent a line that is not our runner's: ${JSON.stringify(problem.line.slice(0, 80))}`
    case 'after-end':
      return `${problem.file} sent results after its end`
    case 'exit':
      return `${problem.file} announced exit code ${problem.announced}, it was ${problem.real}`
    case 'reward':
    case 'log':
    case 'canary':
      return problem.message
    case 'unknown-site':
      return `"${problem.id}" reports a value of a place that it does not have: ${JSON.stringify(problem.site.slice(0, 80))}`
  }
}

function list(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`
}

function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)!.slice(0, 300)
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
