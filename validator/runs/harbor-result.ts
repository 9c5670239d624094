import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { sha256 } from '../../sandbox/digest.ts'
import type { Evaluation, StepEvaluation } from '../evaluate.ts'
import { type Rewards, rewardsOf } from '../scoring/steps.ts'
import type { AttemptRecord, Wanted } from './record.ts'

/**
 * What Harbor calls jobs and trials, made of runs and attempts: the documents that its viewer and scripts read (its version
 * 0.22; `config.json`, `lock.json` and `result.json` of each). A field that it has and that is not here has its default.
 */

/** The same number for the same key, in the form of a UUID. */
export function uuidOf(key: string): string {
  const hex = sha256(key)
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function buildTrialConfig(runFolder: string, record: AttemptRecord, { task }: Wanted): object {
  return {
    task: { path: task.folder, source: null },
    trial_name: record.folder,
    trials_dir: path.resolve(runFolder),
    agent: { name: record.agent, kwargs: { source: record.agentSource, digest: record.agentDigest } },
    environment: { type: 'docker' },
    verifier: {},
    artifacts: [],
    job_id: uuidOf(path.resolve(runFolder)),
  }
}

export function buildTrialLock(record: AttemptRecord, { task }: Wanted): object {
  const separate = task.verifier.image !== undefined
  return {
    schema_version: 2,
    task: {
      name: task.name,
      type: 'local',
      digest: `sha256:${task.digest}`,
      source: null,
      path: task.folder,
    },
    agent: { name: record.agent, kwargs: { source: record.agentSource, digest: record.agentDigest } },
    environment: { type: 'docker' },
    verifier: { environment_mode: task.steps.length > 0 ? null : separate ? 'separate' : 'shared' },
  }
}

/** @param evaluation - undefined if our machinery or the task failed */
export function buildTrialResult(
  runFolder: string,
  record: AttemptRecord,
  wanted: Wanted,
  evaluation: Evaluation | undefined,
): object {
  const { task, agent } = wanted
  const folder = path.join(path.resolve(runFolder), record.folder)
  const started = Date.parse(record.started)
  const agentEnd = started + 1000 * record.seconds.agent
  const end = agentEnd + 1000 * (record.seconds.verify + record.seconds.overhead)
  const hasSteps = task.steps.length > 0
  const rewards = evaluation === undefined ? undefined : hasSteps ? evaluation.rewards : rewardsOf(evaluation)
  const separate = task.verifier.image !== undefined
  return {
    id: uuidOf(record.key),
    task_name: task.name,
    trial_name: record.folder,
    trial_uri: pathToFileURL(folder).href,
    task_id: { path: task.folder },
    source: null,
    task_checksum: task.digest,
    config: buildTrialConfig(runFolder, record, wanted),
    agent_info: {
      name: record.agent,
      version: agent.kind === 'program' ? agent.manifest.version : '1',
      model_info: null,
    },
    agent_result: hasSteps || evaluation === undefined ? null : contextOf(record),
    verifier_result: verifierResult(rewards),
    verifier_environment_mode: hasSteps ? null : separate ? 'separate' : 'shared',
    exception_info: exceptionOf(record, end),
    started_at: time(started),
    finished_at: time(end),
    environment_setup: span(started, started),
    agent_setup: span(started, started),
    agent_execution: span(started, agentEnd),
    verifier: span(end - 1000 * record.seconds.verify, end),
    step_results: hasSteps ? (evaluation?.steps ?? []).map(step => stepResult(step)) : null,
  }
}

function stepResult(step: StepEvaluation): object {
  const start = step.times.agent.getTime()
  const verify = step.times.verify.getTime()
  const { kind } = step.agent.ending
  return {
    step_name: step.name,
    agent_result: { metadata: { exit_code: step.agent.exitCode ?? null, ending: kind } },
    verifier_result: verifierResult(rewardsOf(step)),
    exception_info:
      kind === 'finished' ? null : exception(EXCEPTIONS[step.verdict.reason], step.verdict.detail, verify),
    agent_execution: span(start, start + 1000 * step.agent.seconds),
    verifier: step.verify === undefined ? null : span(verify, verify + 1000 * step.verify.seconds),
  }
}

/** Inference is not counted yet: nothing is known of tokens. */
function contextOf(record: AttemptRecord): object {
  return {
    metadata: {
      exit_code: record.exitCode,
      verdict: record.verdict,
      reason: record.reason,
      level: record.level,
    },
  }
}

function verifierResult(rewards: Rewards | undefined): object | null {
  return rewards === undefined ? null : { rewards }
}

/** What Harbor calls the endings that it has exceptions for. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'agent-timed-out': 'AgentTimeoutError',
  'agent-crashed': 'NonZeroAgentExitCodeError',
  'tests-timed-out': 'VerifierTimeoutError',
  'build-failed': 'EnvironmentBuildError',
  'image-missing': 'EnvironmentBuildError',
}

/** What of an attempt Harbor would have thrown; null if it ended as it should. */
export function exceptionOf(record: AttemptRecord, end: number): object | null {
  const failed = record.verdict === null || /^(agent-|tests-timed-out|invalid-patch)/.test(record.reason)
  return failed ? exception(EXCEPTIONS[record.reason], record.detail, end) : null
}

function exception(type: string | undefined, message: string, at: number): object {
  return {
    exception_type: type ?? 'TrialError',
    exception_message: message,
    exception_traceback: '',
    occurred_at: time(at),
  }
}

function span(start: number, end: number): object {
  return { started_at: time(start), finished_at: time(end) }
}

function time(milliseconds: number): string {
  return new Date(Math.round(milliseconds)).toISOString()
}
