import path from 'node:path'
import { buildTrialLock, EXCEPTIONS, exceptionOf, uuidOf } from './harbor-result.ts'
import type { AttemptRecord, Wanted } from './record.ts'

/** What loose tasks are called together. */
const DATASET = 'adhoc'

/** What a whole run is as a job. */
export interface Job {
  readonly folder: string
  readonly started: Date
  readonly finished: Date | undefined
  readonly attempts: number
  readonly concurrent: number
  readonly total: number
  readonly done: readonly { readonly record: AttemptRecord; readonly wanted: Wanted }[]
  readonly wanted: readonly Wanted[]
}

export function buildJobConfig({ folder, attempts, concurrent, wanted }: Job): object {
  const agents = new Map(wanted.map(one => [one.agentSource, one]))
  const tasks = new Set(wanted.map(one => one.task))
  return {
    job_name: path.basename(path.resolve(folder)),
    jobs_dir: path.dirname(path.resolve(folder)),
    n_attempts: attempts,
    n_concurrent_trials: concurrent,
    agents: [...agents.keys()].map(source => ({ name: nameOf(source) })),
    tasks: [...tasks].map(task => ({ path: task.folder })),
  }
}

function nameOf(source: string): string {
  return path.basename(source)
}

export function buildJobLock({ started, concurrent, done }: Job): object {
  return {
    schema_version: 3,
    created_at: started.toISOString(),
    harbor: {},
    n_concurrent_trials: concurrent,
    retry: { max_retries: 2 },
    trials: done.map(({ record, wanted }) => buildTrialLock(record, wanted)),
  }
}

export function buildJobResult(job: Job): object {
  const { folder, started, finished, total, done } = job
  const failed = done.filter(({ record }) => exceptionOf(record, 0) !== null)
  return {
    id: uuidOf(path.resolve(folder)),
    started_at: started.toISOString(),
    updated_at: (finished ?? new Date()).toISOString(),
    finished_at: finished?.toISOString() ?? null,
    n_total_trials: total,
    stats: {
      n_completed_trials: done.length,
      n_errored_trials: failed.length,
      n_running_trials: 0,
      n_pending_trials: Math.max(0, total - done.length),
      n_cancelled_trials: 0,
      n_retries: 0,
      evals: evalsOf(done.map(({ record }) => record)),
    },
    trial_results: [],
  }
}

function evalsOf(records: readonly AttemptRecord[]): Record<string, object> {
  const agents = [...new Set(records.map(record => record.agent))]
  return Object.fromEntries(
    agents.map(agent => {
      const own = records.filter(record => record.agent === agent)
      const judged = own.filter(record => record.verdict !== null)
      const scores = judged.map(scoreOf)
      const failures = own.filter(record => exceptionOf(record, 0) !== null)
      return [
        `${agent}__${DATASET}`,
        {
          n_trials: judged.length,
          n_errors: failures.length,
          metrics:
            scores.length === 0 ? [] : [{ mean: scores.reduce((sum, one) => sum + one, 0) / scores.length }],
          pass_at_k: passAtK(judged),
          reward_stats: { reward: groupBy(judged, record => String(scoreOf(record))) },
          exception_stats: groupBy(failures, record => EXCEPTIONS[record.reason] ?? 'TrialError'),
        },
      ]
    }),
  )
}

function scoreOf(record: AttemptRecord): number {
  if (record.verdict === 'solved') return record.rewards?.reward ?? 1
  return Math.min(record.rewards?.reward ?? 0, 1)
}

function groupBy(
  records: readonly AttemptRecord[],
  keyOf: (record: AttemptRecord) => string,
): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const record of records) {
    groups[keyOf(record)] ??= []
    groups[keyOf(record)]!.push(record.folder)
  }
  return groups
}

/** The chance that one of k attempts at a task solves it, as the usual unbiased estimate, for powers of two and multiples of five. */
function passAtK(records: readonly AttemptRecord[]): Record<string, number> {
  const tasks = [...new Set(records.map(record => record.task))].map(task => {
    const own = records.filter(record => record.task === task)
    return { attempts: own.length, solved: own.filter(record => record.verdict === 'solved').length }
  })
  if (tasks.length === 0) return {}
  const most = Math.min(...tasks.map(task => task.attempts))
  const wanted = [2, 4, 5, 8, 10, 15, 16, 20, 25, 32, 64].filter(k => k <= most)
  return Object.fromEntries(
    wanted.map(k => {
      const chances = tasks.map(({ attempts, solved }) => {
        let missed = 1
        for (let index = 0; index < k; index += 1)
          missed *= Math.max(0, attempts - solved - index) / (attempts - index)
        return 1 - missed
      })
      return [k, chances.reduce((sum, one) => sum + one, 0) / chances.length]
    }),
  )
}
