import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { joinFiles } from '../../../sandbox/archive.ts'
import type { Collected } from '../../../sandbox/collect.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import type { Evaluation, StepEvaluation } from '../../../validator/evaluate.ts'
import { saveAttempt } from '../../../validator/runs/attempt-files.ts'
import { buildFailure, buildRecord, type Wanted } from '../../../validator/runs/record.ts'
import { writeJob, writeTrial } from '../../../validator/runs/trial-files.ts'
import { judgeSteps, missedReward, rewardsOf } from '../../../validator/scoring/steps.ts'
import type { Verdict } from '../../../validator/scoring/verdict.ts'
import { makeFolder } from '../../support/folder.ts'
import { writeFiles } from '../../support/task.ts'

/** What Harbor's own reader demands of its documents; a field of theirs that is not here has a default there. */
const Time = z.iso.datetime()
const Span = z.object({ started_at: Time, finished_at: Time })
const Rewards = z.object({ rewards: z.record(z.string(), z.number()) })
const Failure = z.object({
  exception_type: z.string(),
  exception_message: z.string(),
  exception_traceback: z.string(),
  occurred_at: Time,
})
const TrialConfig = z.object({
  task: z.object({ path: z.string(), source: z.null() }),
  trial_name: z.string(),
  trials_dir: z.string(),
  agent: z.object({ name: z.string(), kwargs: z.record(z.string(), z.unknown()) }),
  environment: z.object({ type: z.literal('docker') }),
  verifier: z.object({}),
  artifacts: z.array(z.unknown()),
  job_id: z.uuid(),
})
const TrialLock = z.object({
  schema_version: z.literal(2),
  task: z.object({
    name: z.string(),
    type: z.literal('local'),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    source: z.null(),
    path: z.string(),
  }),
  agent: z.object({ name: z.string() }),
  environment: z.object({}),
  verifier: z.object({ environment_mode: z.enum(['shared', 'separate']).nullable() }),
})
const TrialResult = z.object({
  id: z.uuid(),
  task_name: z.string(),
  trial_name: z.string(),
  trial_uri: z.string().startsWith('file:///'),
  task_id: z.object({ path: z.string() }),
  source: z.null(),
  task_checksum: z.string().length(64),
  config: TrialConfig,
  agent_info: z.object({ name: z.string(), version: z.string(), model_info: z.null() }),
  agent_result: z.object({ metadata: z.record(z.string(), z.unknown()) }).nullable(),
  verifier_result: Rewards.nullable(),
  verifier_environment_mode: z.enum(['shared', 'separate']).nullable(),
  exception_info: Failure.nullable(),
  started_at: Time,
  finished_at: Time,
  environment_setup: Span,
  agent_setup: Span,
  agent_execution: Span,
  verifier: Span,
  step_results: z
    .array(
      z.object({
        step_name: z.string(),
        agent_result: z.object({}),
        verifier_result: Rewards.nullable(),
        exception_info: Failure.nullable(),
        agent_execution: Span,
        verifier: Span.nullable(),
      }),
    )
    .nullable(),
})
const JobConfig = z.object({
  job_name: z.string(),
  jobs_dir: z.string(),
  n_attempts: z.number().int(),
  n_concurrent_trials: z.number().int(),
  agents: z.array(z.object({ name: z.string() })),
  tasks: z.array(z.object({ path: z.string() })),
})
const JobLock = z.object({
  schema_version: z.literal(3),
  created_at: Time,
  harbor: z.object({}),
  n_concurrent_trials: z.number().int(),
  retry: z.object({ max_retries: z.number().int() }),
  trials: z.array(TrialLock),
})
const JobResult = z.object({
  id: z.uuid(),
  started_at: Time,
  updated_at: Time,
  finished_at: Time.nullable(),
  n_total_trials: z.number().int(),
  stats: z.object({
    n_completed_trials: z.number().int(),
    n_errored_trials: z.number().int(),
    n_running_trials: z.literal(0),
    n_pending_trials: z.number().int(),
    n_cancelled_trials: z.number().int(),
    n_retries: z.number().int(),
    evals: z.record(
      z.string(),
      z.object({
        n_trials: z.number().int(),
        n_errors: z.number().int(),
        metrics: z.array(z.record(z.string(), z.number())),
        pass_at_k: z.record(z.string(), z.number().min(0).max(1)),
        reward_stats: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
        exception_stats: z.record(z.string(), z.array(z.string())),
      }),
    ),
  }),
  trial_results: z.array(z.unknown()),
})

test('the folders of a run are what Harbor reads as a job and its trials', () => {
  const folder = makeFolder({})
  const one = want('one', {})
  const two = { ...one, attempt: 2 }
  const solved = buildRecord(one, evaluationOf(verdictOf('solved'), 1), undefined, true)
  const failed = buildFailure(two, 'task', 'image-missing', new Error('Cannot pull x'))

  saveAttempt(folder, solved, one, evaluationOf(verdictOf('solved'), 1))
  writeTrial(folder, failed, two, undefined)
  writeJob({
    ...{ folder, started: new Date(0), finished: new Date(5000), attempts: 2, concurrent: 1, total: 2 },
    ...{
      wanted: [one, two],
      done: [
        { record: solved, wanted: one },
        { record: failed, wanted: two },
      ],
    },
  })

  const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))
  for (const { folder: name } of [solved, failed]) {
    TrialConfig.parse(read(`${name}/config.json`))
    TrialLock.parse(read(`${name}/lock.json`))
    TrialResult.parse(read(`${name}/result.json`))
  }
  JobConfig.parse(read('config.json'))
  JobLock.parse(read('lock.json'))
  const { stats } = JobResult.parse(read('result.json'))
  expect(stats.evals.oracle__adhoc).toEqual({
    n_trials: 1,
    n_errors: 1,
    metrics: [{ mean: 1 }],
    pass_at_k: {},
    reward_stats: { reward: { 1: [solved.folder] } },
    exception_stats: { EnvironmentBuildError: [failed.folder] },
  })
  expect(read(`${solved.folder}/result.json`)).toMatchObject({
    verifier_result: { rewards: { reward: 1 } },
    exception_info: null,
  })
  expect(read(`${failed.folder}/result.json`)).toMatchObject({ verifier_result: null, agent_result: null })
})

test('each step has a folder of its own, and its result stands in that of the trial', () => {
  const folder = makeFolder({})
  const wanted = want('stepped', {
    'task.toml': '[[steps]]\nname = "begin"\n[[steps]]\nname = "end"\n',
    ...Object.fromEntries(
      ['begin', 'end'].flatMap(name => [
        [`steps/${name}/instruction.md`, 'x'],
        [`steps/${name}/tests/test.sh`, 'x'],
      ]),
    ),
  })
  const steps = [stepOf('begin', 1), stepOf('end', 0.5)]
  const { verdict, rewards } = judgeSteps(wanted.task, steps, undefined)
  const evaluation = { ...evaluationOf(verdict, 0), steps, rewards }
  const record = buildRecord(wanted, evaluation, undefined, true)

  saveAttempt(folder, record, wanted, evaluation)

  const own = path.join(folder, record.folder)
  const result = TrialResult.parse(JSON.parse(fs.readFileSync(path.join(own, 'result.json'), 'utf8')))
  expect(result.step_results?.map(step => [step.step_name, step.verifier_result?.rewards])).toEqual([
    ['begin', { reward: 1 }],
    ['end', { reward: 0.5 }],
  ])
  expect(result.verifier_result).toEqual({ rewards: { reward: 0.75 } })
  expect(
    fs
      .readdirSync(path.join(own, 'steps/end'), { recursive: true, encoding: 'utf8' })
      .filter(name => path.extname(name))
      .toSorted(),
  ).toEqual([
    'agent/agent.log',
    'agent/oracle.txt',
    'agent/trajectory.json',
    'artifacts/manifest.json',
    'artifacts/out.txt',
    'verifier/ctrf.json',
    'verifier/reward.txt',
    'verifier/test-stdout.txt',
  ])
  expect(record.steps).toHaveLength(2)
})

test('what became of each artifact stands in the manifest; where two want one place the first has it', () => {
  const folder = makeFolder({})
  const wanted = want('kept', {})
  const evaluation = {
    ...evaluationOf(verdictOf('solved'), 1),
    artifacts: [
      collected('/app/out', 'out', 'ok', ['app/out/a', 'app/out/b/c']),
      collected('/var/out', 'out/b', 'ok', ['var/out/c'], 'db'),
      collected('/none', 'none', 'failed', []),
    ],
  }
  const record = buildRecord(wanted, evaluation, undefined, true)

  saveAttempt(folder, record, wanted, evaluation)

  const artifacts = path.join(folder, record.folder, 'artifacts')
  expect(JSON.parse(fs.readFileSync(path.join(artifacts, 'manifest.json'), 'utf8'))).toEqual([
    { source: '/app/out', destination: 'artifacts/out', type: 'directory', status: 'ok', service: null },
    {
      source: '/var/out',
      destination: 'artifacts/out/b',
      type: 'directory',
      status: 'skipped',
      service: 'db',
    },
    { source: '/none', destination: 'artifacts/none', type: 'directory', status: 'failed', service: null },
  ])
  expect(fs.readFileSync(path.join(artifacts, 'out/b/c'), 'utf8')).toBe('app/out/b/c')
})

const STEPS = [{ name: 'a' }, { name: 'b' }] as unknown as Wanted['task']['steps']
test.each([
  {
    name: 'all ones',
    rewardOf: 'mean' as const,
    rewards: [{ reward: 1 }, { reward: 1 }],
    verdict: 'solved',
    expected: { reward: 1 },
  },
  {
    name: 'a mean below one',
    rewardOf: 'mean' as const,
    rewards: [{ reward: 1 }, { reward: 0 }],
    verdict: 'unsolved',
    expected: { reward: 0.5 },
  },
  {
    name: 'a key that one lacks',
    rewardOf: 'mean' as const,
    rewards: [{ reward: 1, form: 1 }, { reward: 1 }],
    verdict: 'solved',
    expected: { reward: 1, form: 0.5 },
  },
  {
    name: 'the last one',
    rewardOf: 'final' as const,
    rewards: [{ reward: 0 }, { reward: 1 }],
    verdict: 'solved',
    expected: { reward: 1 },
  },
  {
    name: 'a step that was not reached',
    rewardOf: 'mean' as const,
    rewards: [{ reward: 1 }],
    verdict: 'unsolved',
    expected: { reward: 1 },
  },
])('the reward of $name', ({ rewardOf, rewards, verdict, expected }) => {
  const done = rewards.map((one, index) => stepOf('ab'[index]!, one.reward, one))

  const judged = judgeSteps({ steps: STEPS, rewardOf }, done, undefined)

  expect({ verdict: judged.verdict.verdict, rewards: judged.rewards }).toEqual({ verdict, rewards: expected })
})

test('a step whose results were made up makes the whole unsolved', () => {
  const cheat = {
    ...stepOf('a', 1),
    verdict: { ...verdictOf('unsolved'), reason: 'tampering' as const, evidence: ['a canary'] },
  }

  const { verdict } = judgeSteps({ steps: STEPS, rewardOf: 'final' }, [cheat, stepOf('b', 1)], undefined)

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'tampering', evidence: ['a canary'] })
  expect(rewardsOf(cheat)).toEqual({ reward: 0 })
})

test.each([
  [{ reward: 0.5 }, { reward: 0.5 }, undefined],
  [{ reward: 0.4 }, { reward: 0.5 }, 'Step "x" has the reward reward = 0.4, and 0.5 is needed to go on'],
  [{ reward: 1 }, { form: 1 }, 'Step "x" has no reward "form", and 1 is needed to go on'],
  [undefined, { reward: 0 }, 'Step "x" has no reward "reward", and 0 is needed to go on'],
  [undefined, {}, undefined],
])('of rewards %j with %j needed', (rewards, least, expected) => {
  expect(missedReward('x', rewards, least)).toBe(expected)
})

function want(name: string, files: Readonly<Record<string, string>>): Wanted {
  const folder = path.join(makeFolder({}), name)
  writeFiles(folder, {
    'task.toml': '',
    'instruction.md': 'Do it.\n',
    'environment/Dockerfile': 'FROM x\n',
    'tests/test.sh': 'x',
    ...files,
  })
  const task = loadHarborTask(folder, {})
  return { task, agent: { kind: 'oracle' }, agentSource: 'oracle', attempt: 1, runtime: 'r' }
}

function verdictOf(verdict: 'solved' | 'unsolved'): Verdict {
  return {
    verdict,
    reason: verdict === 'solved' ? 'tests-passed' : 'tests-failed',
    detail: 'because',
    fault: verdict === 'solved' ? undefined : 'agent',
    level: 'reward',
    tests: { expected: [], passed: [], failed: [] },
    evidence: [],
  }
}

function evaluationOf(verdict: Verdict, reward: number): Evaluation {
  const { name: _, ...round } = stepOf('x', reward)
  return {
    ...round,
    artifacts: [],
    verdict,
    started: new Date(0),
    seconds: { agent: 1, verify: 2, overhead: 0.5 },
    rewards: undefined,
    steps: [],
  }
}

function stepOf(
  name: string,
  reward: number,
  rewards: Readonly<Record<string, number>> = { reward },
): StepEvaluation {
  return {
    name,
    verdict: verdictOf(reward >= 1 ? 'solved' : 'unsolved'),
    agent: {
      ending: { kind: 'finished' },
      patch: { kind: 'snapshot' },
      events: [],
      log: Buffer.from('x'),
      seconds: 1,
      exitCode: 0,
    },
    verify: {
      ending: { kind: 'reported' },
      report: { tests: [], observations: [], through: [], problems: [], reward, rewards },
      unmet: new Map(),
      log: Buffer.from('y'),
      seconds: 2,
    },
    artifacts: [collected('/app/out.txt', 'out.txt', 'ok', ['app/out.txt'])],
    restored: [],
    visits: { agent: [], verify: [] },
    machine: undefined,
    changes: [],
    times: { agent: new Date(0), verify: new Date(1000) },
  }
}

function collected(
  source: string,
  destination: string,
  status: Collected['status'],
  names: readonly string[],
  service = 'main',
): Collected {
  const files = joinFiles(names.map(name => ({ path: name, mode: 0o644, content: Buffer.from(name) })))
  return { artifact: { source, destination, exclude: [], service }, files, status, type: 'directory' }
}
