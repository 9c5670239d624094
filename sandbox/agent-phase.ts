import { openClip } from '../agent-runtime/clip.ts'
import { type Assignment, CONTRACT_VERSION } from '../agent-runtime/contract.ts'
import type { Agent, Program } from './agent.ts'
import { AgentEventLine, type AgentEventRecord } from './agent-events.ts'
import { readFolder } from './archive.ts'
import { SandboxError } from './errors.ts'
import { openJsonLines } from './json-lines.ts'
import { type PatchOutcome, patchFromDiff, patchFromTree } from './patch.ts'
import { phaseEnv } from './phase-env.ts'
import { PATCH_LIMITS } from './policy.ts'
import type { PreparedTask } from './prepare.ts'
import type { Ending, RunOptions, Sandbox } from './sandbox.ts'
import { AGENT_FOLDER, RUNTIME } from './spec.ts'
import { patchRulesOf } from './suite.ts'

/** How the agent's own work ended. All but `finished` are the agent's failure, and nothing it did counts then. */
export type AgentEnding =
  | { readonly kind: 'finished' }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'timed-out'; readonly seconds: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'flooded'; readonly bytes: number }

export interface AgentOutcome {
  readonly ending: AgentEnding
  /** What is left of it; also read after a failure, as evidence. */
  readonly patch: PatchOutcome
  readonly events: readonly AgentEventRecord[]
  readonly log: Buffer
  readonly seconds: number
  /** Of the program that it is, if that ended by itself. */
  readonly exitCode: number | undefined
}

/** stdout, stderr and events of an agent together. */
export const MAX_AGENT_OUTPUT = 32 * 2 ** 20
const KEPT_LOG = 2 ** 20
const MAX_EVENTS = 20_000

/** Lets an agent work in a sandbox, once, and reads the patch when all its processes are dead. */
export async function runAgentPhase(options: {
  sandbox: Sandbox
  prepared: PreparedTask
  agent: Agent
  onEvent?: (event: AgentEventRecord) => void
}): Promise<AgentOutcome> {
  const { sandbox, prepared } = options
  const log = openClip(KEPT_LOG)
  const events: AgentEventRecord[] = []
  const lines = openJsonLines(line => {
    const event = AgentEventLine.safeParse(line)
    if (!event.success || events.length >= MAX_EVENTS) return
    events.push(event.data)
    options.onEvent?.(event.data)
  })
  const start = performance.now()
  const { ended, exitCode } = await work({
    ...options,
    onOutput: (stream, chunk) => (stream === 'results' ? lines(chunk) : log.add(chunk)),
  })
  const seconds = (performance.now() - start) / 1000
  const patch: PatchOutcome = sandbox.lost
    ? { kind: 'invalid', reasons: ['its sandbox ended with the agent'] }
    : await readPatch(sandbox, prepared, events)
  const ending = await nameEnding(sandbox, prepared, ended, events)
  return { ending, patch, events, log: log.bytes(), seconds, exitCode }
}

async function work(options: {
  sandbox: Sandbox
  prepared: PreparedTask
  agent: Agent
  onOutput: NonNullable<RunOptions['onOutput']>
}): Promise<{ ended: Ending; exitCode: number | undefined }> {
  const { sandbox, prepared, agent, onOutput } = options
  const { task, workdir, agentUser } = prepared
  const root = { uid: 0, gid: 0 }
  const common = {
    cwd: workdir,
    seconds: task.agentSeconds,
    maxOutputBytes: MAX_AGENT_OUTPUT,
    onOutput,
    uid: agentUser.uid,
    gid: agentUser.gid,
  }
  switch (agent.kind) {
    case 'nop':
    case 'patches':
      return { ended: { kind: 'exited', code: 0 }, exitCode: undefined }
    case 'oracle': {
      const solution = task.solutionFolder
      if (solution === undefined)
        throw new SandboxError(
          'task-unusable',
          `Cannot run the oracle on "${task.name}": it has no solution/solve.sh`,
        )
      const put = sandbox.put('/solution', readFolder(solution), root)
      const env = { ...phaseEnv(prepared), DEBIAN_FRONTEND: 'noninteractive', ...task.solutionEnv }
      const [, ending] = await Promise.all([
        put,
        sandbox.run({ ...common, argv: ['/bin/bash', '/solution/solve.sh'], env }),
      ])
      // As in Harbor, a solution that ends badly is still judged by what it did.
      const ended: Ending = ending.kind === 'exited' ? { kind: 'exited', code: 0 } : ending
      return { ended, exitCode: codeOf(ending) }
    }
    case 'program': {
      const put = sandbox.put(AGENT_FOLDER, agent.files, root)
      const stdin = Buffer.from(JSON.stringify(assignmentOf(prepared)))
      const run = sandbox.run({ ...common, argv: commandOf(agent), env: phaseEnv(prepared), stdin })
      const [, ended] = await Promise.all([put, run])
      return { ended, exitCode: codeOf(ended) }
    }
  }
}

function codeOf(ending: Ending): number | undefined {
  return ending.kind === 'exited' ? ending.code : undefined
}

function commandOf({ manifest, entry }: Program): string[] {
  const file = `${AGENT_FOLDER}/${entry}`
  switch (manifest.language) {
    case 'typescript':
    case 'javascript':
      return [`${RUNTIME}/bin/node`, '--enable-source-maps', `${RUNTIME}/launch.mjs`, file]
    case 'python':
      return ['/usr/bin/env', 'python3', `${RUNTIME}/launch.py`, file]
    case 'command':
      return [file]
  }
}

function assignmentOf({ task, workdir, offer }: PreparedTask): Assignment {
  return {
    version: CONTRACT_VERSION,
    problemStatement: task.instruction,
    workdir,
    ...(task.mcpServers.length === 0 ? {} : { mcpServers: task.mcpServers }),
    ...(task.skillsFolder === undefined ? {} : { skillsFolder: task.skillsFolder }),
    limits: {
      seconds: task.agentSeconds,
      memoryMegabytes: task.limits.memoryMegabytes,
      cpus: task.limits.cpus,
      usd: offer?.usd ?? 0,
    },
  }
}

async function readPatch(
  sandbox: Sandbox,
  prepared: PreparedTask,
  events: readonly AgentEventRecord[],
): Promise<PatchOutcome> {
  const { repository, workdir } = prepared
  const rules = patchRulesOf(prepared)
  if (repository === undefined) return { kind: 'snapshot' }
  const returned = events.findLast(event => event.kind === 'returned')
  if (returned?.kind === 'returned' && returned.patch.trim() !== '') {
    return await patchFromDiff(repository, Buffer.from(returned.patch), rules)
  }
  let changes: Awaited<ReturnType<Sandbox['changes']>>
  try {
    changes = await sandbox.changes(workdir, { maxBytes: 2 * PATCH_LIMITS.bytes, maxEntries: 50_000 })
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'sandbox-lost') throw error
    // Root can break the resident, and anybody can leave it no memory to read with; all else is our failure.
    if (prepared.agentUser.uid !== 0 && !(await sandbox.ranOutOfMemory())) throw error
    return { kind: 'invalid', reasons: ['its sandbox could not be read after the agent had ended'] }
  }
  return await patchFromTree(repository, changes, rules)
}

async function nameEnding(
  sandbox: Sandbox,
  { task, agentUser }: PreparedTask,
  ending: Ending,
  events: readonly AgentEventRecord[],
): Promise<AgentEnding> {
  switch (ending.kind) {
    case 'timed-out':
      return { kind: 'timed-out', seconds: task.agentSeconds }
    case 'flooded':
      return { kind: 'flooded', bytes: MAX_AGENT_OUTPUT }
    case 'exited':
      if (ending.code === 0) return { kind: 'finished' }
      break
    case 'signalled':
    case 'lost':
      break
  }
  if (await sandbox.ranOutOfMemory()) return { kind: 'out-of-memory' }
  // Only root can end the container from inside; for anybody else it was taken away from outside.
  if (ending.kind === 'lost' && agentUser.uid !== 0)
    throw await sandbox.lossOf(
      `Cannot judge an attempt at "${task.name}": the agent's container ended from outside`,
    )
  const threw = events.findLast(event => event.kind === 'threw')
  const how =
    ending.kind === 'exited'
      ? `exit code ${ending.code}`
      : ending.kind === 'lost'
        ? 'it ended its own container'
        : ending.signal
  return { kind: 'crashed', message: (threw?.kind === 'threw' && threw.message.trim()) || how }
}
