import path from 'node:path'
import { MAIN } from '../task-bank/harbor/compose-form.ts'
import type { Artifact } from '../task-bank/task.ts'
import { joinFiles, splitFiles, unpackFolder } from './archive.ts'
import { SandboxError } from './errors.ts'
import { matchForeignPaths } from './glob.ts'
import { placeOf, restartMachine, runLine } from './machine.ts'
import type { PreparedTask } from './prepare.ts'
import type { Files, Sandbox } from './sandbox.ts'
import type { Services } from './services.ts'

/** What became of one artifact that a task wants. */
export interface Collected {
  readonly artifact: Artifact
  /** Paths are absolute without the first slash. */
  readonly files: Files
  /** `empty`: a folder with nothing in it; `failed`: it is not there, or cannot be read. */
  readonly status: 'ok' | 'empty' | 'failed'
  readonly type: 'file' | 'directory'
}

const MAX_BYTES = 256 * 2 ** 20
const MAX_ENTRIES = 20_000
/** The logs of an agent, which tests on its machine may look at. */
const AGENT_LOGS = '/logs/agent'

/** Runs the collect hooks of the agent's machine; that one fails is no matter for the attempt. */
export async function runMainHooks(sandbox: Sandbox, prepared: PreparedTask): Promise<void> {
  const { task, imageUser, userOf } = prepared
  const hooks = task.collect.filter(one => one.service === MAIN)
  if (hooks.length > 0) await restartMachine(sandbox, prepared)
  for (const hook of hooks) {
    const user = hook.user === undefined ? imageUser : userOf(hook.user)
    const argv = ['/bin/bash', '-c', hook.command]
    await runLine(sandbox, argv, { ...placeOf(prepared, user), seconds: hook.seconds })
  }
}

/** The same in services, once the agent's machine is dead. */
export async function runServiceHooks(services: Services, { task }: PreparedTask): Promise<void> {
  for (const { service, command, user, seconds } of task.collect)
    if (service !== MAIN) await services.exec(service, command, { user, seconds })
}

/**
 * Reads what a task wants of the agent's machine, and its logs.
 *
 * @returns undefined if the agent broke its machine
 */
export async function collectMain(
  sandbox: Sandbox,
  prepared: PreparedTask,
): Promise<{ artifacts: Collected[]; logs: Files } | undefined> {
  const { task, workdir, agentUser } = prepared
  const wanted = task.artifacts
    .filter(one => one.service === MAIN)
    .map(one => ({ ...one, source: path.posix.resolve(workdir, one.source) }))
  const paths = [...new Set([...wanted.map(one => one.source), AGENT_LOGS])]
  let found: Files
  try {
    found = await sandbox.read(paths, { maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES })
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'sandbox-lost') throw error
    // Root can break the resident, and anybody can leave it no memory to read with; all else is our failure.
    if (agentUser.uid !== 0 && !(await sandbox.ranOutOfMemory())) throw error
    return undefined
  }
  return {
    artifacts: wanted.map(artifact => select(artifact, found)),
    logs: below(AGENT_LOGS, found),
  }
}

/** Reads what a task wants of its services. */
export async function collectServices(services: Services, { task }: PreparedTask): Promise<Collected[]> {
  const wanted = task.artifacts.filter(one => one.service !== MAIN)
  return await Promise.all(
    wanted.map(async artifact => {
      try {
        const archive = await services.readArchive(artifact.service, artifact.source)
        if (archive === undefined) return select(artifact, joinFiles([]))
        const files = await unpackFolder(archive, MAX_BYTES, 0)
        const parent = path.posix.dirname(artifact.source).replace(/^\/|\/$/g, '')
        const entries = files.entries.map(entry => ({ ...entry, path: path.posix.join(parent, entry.path) }))
        return select(artifact, { entries, body: files.body })
      } catch {
        return select(artifact, joinFiles([]))
      }
    }),
  )
}

/** All of them at their own places; where two want one the first has it. */
export function joinCollected(collected: readonly Collected[]): Files {
  const byPath = new Map<string, { entry: Files['entries'][number]; content: Uint8Array }>()
  for (const one of collected.flatMap(({ files }) => [...splitFiles(files)]))
    if (!byPath.has(one.entry.path)) byPath.set(one.entry.path, one)
  return rejoin([...byPath.values()])
}

export function joinTrees(...trees: readonly Files[]): Files {
  return rejoin(trees.flatMap(files => [...splitFiles(files)]))
}

function select(artifact: Artifact, all: Files): Collected {
  const own = below(artifact.source, all)
  const root = artifact.source.slice(1)
  const isExcluded = matchForeignPaths(artifact.exclude, 'u')
  const kept = [...splitFiles(own)].filter(({ entry }) => {
    const parts = entry.path.slice(root.length + 1).split('/')
    return parts[0] === '' || !parts.some((_, index) => isExcluded(parts.slice(0, index + 1).join('/')))
  })
  const first = own.entries[0]
  return {
    artifact,
    files: rejoin(kept),
    status: first === undefined ? 'failed' : first.kind === 'directory' && kept.length < 2 ? 'empty' : 'ok',
    type: first?.kind === 'file' ? 'file' : 'directory',
  }
}

/** What lies at or below a path; pipes and sockets cannot be put anywhere. */
function below(root: string, files: Files): Files {
  const name = root.slice(1)
  return rejoin(
    [...splitFiles(files)].filter(
      ({ entry }) => entry.kind !== 'other' && (entry.path === name || entry.path.startsWith(`${name}/`)),
    ),
  )
}

function rejoin(items: readonly { entry: Files['entries'][number]; content: Uint8Array }[]): Files {
  return { entries: items.map(one => one.entry), body: Buffer.concat(items.map(one => one.content)) }
}
