import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type Agent, agentName } from '../../sandbox/agent.ts'
import type { AgentEventRecord } from '../../sandbox/agent-events.ts'
import { sha256 } from '../../sandbox/digest.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { Replacement } from '../../task-bank/mapping.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Evaluation } from '../evaluate.ts'
import { Spent, spentOf, tripsOf } from '../models/spent.ts'
import { rewardsOf } from '../scoring/steps.ts'

/** `verdict.json` of an attempt: enough to show it, to resume a run, and to verify it again. */
export const AttemptRecord = z.object({
  /** Digest of task, agent, our runtime and number of the attempt; an attempt with the same key is not repeated. */
  key: z.string(),
  /** Folder of the attempt, relative to the run's. */
  folder: z.string(),
  task: z.string(),
  taskFolder: z.string(),
  taskDigest: z.string(),
  /** Whether the task had a valid certificate; only then the attempt counts on a board. */
  certified: z.boolean(),
  environment: z.string(),
  difficulty: z.string(),
  agent: z.string(),
  agentSource: z.string(),
  agentDigest: z.string(),
  attempt: z.number().int().positive(),
  /** null if our own machinery or the task failed: then there is no verdict. */
  verdict: z.enum(['solved', 'unsolved', 'invalid']).nullable(),
  reason: z.string(),
  detail: z.string(),
  fault: z.enum(['agent', 'task', 'harness']).nullable(),
  /** How far the verdict can be trusted; null if there is none. */
  level: z.enum(['observed', 'reported', 'reward']).nullable().default(null),
  /** What shows that results were made up. */
  evidence: z.array(z.string()).default([]),
  tests: z.object({
    expected: z.array(z.string()),
    passed: z.array(z.string()),
    failed: z.array(z.string()),
  }),
  seconds: z.object({ agent: z.number(), verify: z.number(), overhead: z.number() }),
  started: z.string(),
  /** File of the patch, relative to the attempt's folder; null if nothing was changed. */
  patch: z.literal('patch.diff').nullable(),
  patchDigest: z.string().nullable(),
  /** Changed paths that a patch may not touch and that were left as they were. */
  dropped: z.array(z.string()),
  /** The image that the agent had, as the engine and as registries name its content; null if there was none. */
  image: z
    .object({ id: z.string(), digests: z.array(z.string()) })
    .nullable()
    .default(null),
  /** What came from elsewhere than the task says. */
  replaced: z.array(Replacement).default([]),
  /** How much of a network agent and tests had. */
  network: z
    .object({
      agent: z.enum(['none', 'allowlist', 'public']),
      verify: z.enum(['none', 'allowlist', 'public']),
    })
    .default({ agent: 'none', verify: 'none' }),
  /** Hosts outside that programs wanted to reach. */
  visits: z
    .array(
      z.object({
        phase: z.enum(['agent', 'verify']),
        host: z.string(),
        port: z.number(),
        allowed: z.boolean(),
      }),
    )
    .default([]),
  /** What `test.sh` gave, by key; null if it gave nothing that counts. */
  rewards: z.record(z.string(), z.number()).nullable().default(null),
  /** Of the agent's own program; null if it was ended, or there is none. */
  exitCode: z.number().int().nullable().default(null),
  /** Each step that was worked on, of a task with steps. */
  steps: z
    .array(
      z.object({
        name: z.string(),
        verdict: z.enum(['solved', 'unsolved', 'invalid']),
        reason: z.string(),
        detail: z.string(),
        rewards: z.record(z.string(), z.number()).nullable(),
        seconds: z.object({ agent: z.number(), verify: z.number() }),
      }),
    )
    .default([]),
  /** What its agent did with language models; null if it was offered none. */
  spent: Spent.nullable().default(null),
  /** Set if a failure was looked at once more on a quiet machine: what the first look said. */
  firstLook: z.object({ verdict: z.string(), reason: z.string(), detail: z.string() }).nullable(),
})
export type AttemptRecord = z.infer<typeof AttemptRecord>

const MOST_VISITS = 100

/** One attempt that a run wants. */
export interface Wanted {
  readonly task: Task
  readonly agent: Agent
  readonly agentSource: string
  readonly attempt: number
  /** Name of what we bring into sandboxes: a newer one may judge otherwise. */
  readonly runtime: string
  /** Tells its language models from others; absent if there are none. */
  readonly models?: string | undefined
}

export function keyOf({ task, agent, attempt, runtime, models }: Wanted): string {
  const parts = ['attempt-1', task.digest, agentName(agent), agentDigest(agent, task), attempt, runtime]
  // What an agent can reach may decide what it can do.
  const network = [task.network.kind, task.verifier.network.kind].filter(kind => kind !== 'none')
  return sha256([...parts, ...network, ...(models === undefined ? [] : [models])].join('\0'))
}

/** Like a Harbor trial: up to 32 characters of the task's short name, two underscores, seven that tell attempts apart. */
export function folderOf(wanted: Wanted): string {
  const short = wanted.task.name
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
  return `${short.slice(0, 32)}__${keyOf(wanted).slice(0, 7)}`
}

/** What is the same in every record of a wanted attempt. */
export function identify(wanted: Wanted, certified: boolean) {
  const { task, agent, agentSource, attempt } = wanted
  return {
    key: keyOf(wanted),
    folder: folderOf(wanted),
    task: task.name,
    taskFolder: task.folder,
    taskDigest: task.digest,
    certified,
    environment: task.environment,
    difficulty: task.difficulty,
    agent: agentName(agent),
    agentSource,
    agentDigest: agentDigest(agent, task),
    attempt,
  }
}

/**
 * The record of an attempt that has a verdict.
 *
 * @param certified - whether the task is certified with the image that was used
 */
export function buildRecord(
  wanted: Wanted,
  evaluation: Evaluation,
  firstLook: Evaluation | undefined,
  certified: boolean,
  supplied?: Pick<PreparedTask, 'image' | 'replaced'>,
): AttemptRecord {
  const { verdict, agent, seconds, started } = evaluation
  const patch = agent.patch.kind === 'patch' ? agent.patch.patch : undefined
  return {
    ...identify(wanted, certified),
    verdict: verdict.verdict,
    reason: verdict.reason,
    detail: verdict.detail,
    fault: verdict.fault ?? null,
    level: verdict.level,
    evidence: [...verdict.evidence, ...tripsOf(evaluation.models)],
    tests: {
      expected: [...verdict.tests.expected],
      passed: [...verdict.tests.passed],
      failed: [...verdict.tests.failed],
    },
    seconds: {
      agent: round(seconds.agent),
      verify: round(seconds.verify),
      overhead: round(seconds.overhead),
    },
    started: started.toISOString(),
    image: supplied === undefined ? null : { id: supplied.image.id, digests: [...supplied.image.digests] },
    replaced: [...(supplied?.replaced ?? [])],
    network: { agent: wanted.task.network.kind, verify: wanted.task.verifier.network.kind },
    visits: distinct([
      ...evaluation.visits.agent.map(visit => ({ phase: 'agent' as const, ...visit })),
      ...evaluation.visits.verify.map(visit => ({ phase: 'verify' as const, ...visit })),
    ]),
    rewards: evaluation.rewards ?? null,
    exitCode: agent.exitCode ?? null,
    steps: evaluation.steps.map(step => ({
      name: step.name,
      verdict: step.verdict.verdict,
      reason: step.verdict.reason,
      detail: step.verdict.detail,
      rewards: rewardsOf(step) ?? null,
      seconds: { agent: round(step.agent.seconds), verify: round(step.verify?.seconds ?? 0) },
    })),
    patch: patch === undefined ? null : 'patch.diff',
    patchDigest: patch?.digest ?? null,
    dropped: [...(patch?.dropped ?? []), ...evaluation.restored],
    spent: spentOf(evaluation.models),
    firstLook:
      firstLook === undefined
        ? null
        : {
            verdict: firstLook.verdict.verdict,
            reason: firstLook.verdict.reason,
            detail: firstLook.verdict.detail,
          },
  }
}

/** The record of an attempt that has none. */
export function buildFailure(
  wanted: Wanted,
  fault: 'task' | 'harness',
  code: string,
  error: Error,
): AttemptRecord {
  return {
    ...identify(wanted, false),
    verdict: null,
    reason: code,
    detail: error.message.split('\n')[0]!,
    fault,
    level: null,
    evidence: [],
    tests: { expected: [], passed: [], failed: [] },
    seconds: { agent: 0, verify: 0, overhead: 0 },
    started: new Date().toISOString(),
    image: null,
    replaced: [],
    network: { agent: wanted.task.network.kind, verify: wanted.task.verifier.network.kind },
    visits: [],
    rewards: null,
    exitCode: null,
    steps: [],
    patch: null,
    patchDigest: null,
    dropped: [],
    spent: null,
    firstLook: null,
  }
}

/** Starts the file that an agent's events go to as they happen, so that they outlive agent and harness. */
export function openEvents(runFolder: string, wanted: Wanted): (event: AgentEventRecord) => void {
  const file = path.join(runFolder, folderOf(wanted), 'agent/events.jsonl')
  fs.rmSync(file, { force: true })
  let made = false
  return event => {
    if (!made) fs.mkdirSync(path.dirname(file), { recursive: true })
    made = true
    fs.appendFileSync(file, `${JSON.stringify(event)}\n`)
  }
}

/** Writes `verdict.json` in one step: it is there whole or not at all. */
export function saveRecord(runFolder: string, record: AttemptRecord): void {
  const folder = path.join(runFolder, record.folder)
  const temporary = path.join(folder, `.verdict.${process.pid}`)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(temporary, json(record))
  fs.renameSync(temporary, path.join(folder, 'verdict.json'))
}

/** The record of an earlier, complete attempt with the same key, if there is one. */
export function findRecord(runFolder: string, wanted: Wanted): AttemptRecord | undefined {
  const record = readRecord(path.join(runFolder, folderOf(wanted)))
  return record?.key === keyOf(wanted) && record.verdict !== null ? record : undefined
}

/** The record in an attempt's folder; none if there is no file, or one that is not ours. */
export function readRecord(folder: string): AttemptRecord | undefined {
  const file = path.join(folder, 'verdict.json')
  if (!fs.existsSync(file)) return undefined
  try {
    return AttemptRecord.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

type Visit = AttemptRecord['visits'][number]

/** Each host once, the first hundred. */
function distinct(visits: readonly Visit[]): Visit[] {
  return [...new Map(visits.map(visit => [JSON.stringify(visit), visit])).values()].slice(0, MOST_VISITS)
}

/** Changes with anything that the agent would do on this task. */
function agentDigest(agent: Agent, task: Task): string {
  switch (agent.kind) {
    case 'oracle':
    case 'nop':
      return agent.kind
    case 'program':
      return agent.digest
    case 'patches':
      return sha256(`patch\0${agent.byTask.get(task.name) ?? ''}`)
  }
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function round(seconds: number): number {
  return Math.round(seconds * 10_000) / 10_000
}
