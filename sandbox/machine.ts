import path from 'node:path'
import type { Healthcheck, Network } from '../task-bank/task.ts'
import { readFolder } from './archive.ts'
import type { Dial } from './dial.ts'
import { SandboxError } from './errors.ts'
import { Gate } from './gate.ts'
import { type AttemptModels, TRUST, trustFile } from './gateway/attempt.ts'
import { CLOSED, openDoor } from './gateway/door.ts'
import { argvOf, waitForHealth } from './health.ts'
import { phaseEnv, verifierEnv, verifierWorkdir } from './phase-env.ts'
import type { PreparedTask } from './prepare.ts'
import type { Owner, Sandbox } from './sandbox.ts'
import type { User } from './users.ts'

const ROOT: Owner = { uid: 0, gid: 0 }
const MAX_OUTPUT = 2 ** 20
const KEPT_OUTPUT = 4096

/** A line that was run on a machine beside what else runs there. */
export interface Ran {
  readonly ok: boolean
  /** How it ended, and the last of what it said. */
  readonly how: string
}

/**
 * Makes the machine of a fresh sandbox what the task says it is before anybody works on it: files put beside a prebuilt image,
 * a way out if there is one, the program that its image or Compose file starts, and health.
 *
 * @returns the gate, if the phase has a way out
 * @throws SandboxError `service-failed` if it does not become healthy
 */
export async function startMachine(
  sandbox: Sandbox,
  prepared: PreparedTask,
  options: {
    phase: 'agent' | 'verify'
    isFirst: boolean
    dial?: Dial
    models?: Pick<AttemptModels, 'door' | 'files'> | undefined
  },
): Promise<Gate | undefined> {
  const { task, verifierImage, imageUser, offer } = prepared
  const isOwn = options.phase === 'verify' && verifierImage !== undefined
  const network: Network = options.phase === 'agent' ? task.network : task.verifier.network
  const compose = isOwn ? task.verifier.compose : task.compose
  const healthcheck = isOwn ? task.verifier.healthcheck : task.healthcheck
  const gate = network.kind === 'none' ? undefined : new Gate(network, options.dial)
  const hasServices = (compose?.services ?? []).length > 0
  const door = options.models?.door ?? (offer === undefined ? undefined : CLOSED)
  // With services the engine answers for names, so that theirs are known.
  await openDoor(sandbox, { gate, models: door, names: !hasServices })
  // Variables name that file in both phases.
  const trust = options.models?.files ?? (offer?.trust === undefined ? undefined : trustFile())
  if (trust !== undefined) await sandbox.put(path.dirname(TRUST), trust, ROOT)
  if (options.isFirst && task.uploads !== undefined && !isOwn)
    await sandbox.put(prepared.workdir, readFolder(task.uploads), ROOT)
  const place = {
    cwd: options.phase === 'agent' ? prepared.workdir : verifierWorkdir(prepared),
    env: {
      ...(options.phase === 'agent' ? phaseEnv(prepared) : verifierEnv(prepared)),
      HOME: imageUser.home,
      USER: imageUser.name,
    },
    uid: imageUser.uid,
    gid: imageUser.gid,
  }
  await startProgram(sandbox, prepared, { isOwn, place })
  if (healthcheck !== undefined) await checkHealth(sandbox, healthcheck, place)
  return gate
}

/** In patch mode the image is read-only, and only what is in the repository counts: there it runs nothing of its own. */
async function startProgram(
  sandbox: Sandbox,
  prepared: PreparedTask,
  { isOwn, place }: { isOwn: boolean; place: Place },
): Promise<void> {
  const program = programOf(prepared, isOwn)
  if (program !== undefined && prepared.repository === undefined)
    await sandbox.start({ argv: program, ...place })
}

/** Starts again what the agent's machine itself runs, once the agent has ended and everything with it. */
export async function restartMachine(sandbox: Sandbox, prepared: PreparedTask): Promise<void> {
  await startProgram(sandbox, prepared, { isOwn: false, place: placeOf(prepared, prepared.imageUser) })
}

interface Place extends Owner {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** What the machine itself runs: the image's entrypoint in front of a command that Harbor would keep it up with. */
function programOf({ image, verifierImage, task }: PreparedTask, isOwn: boolean): string[] | undefined {
  const main = (isOwn ? task.verifier.compose : task.compose)?.main
  const entrypoint = main?.entrypoint ?? (isOwn ? verifierImage! : image).entrypoint
  if (entrypoint.length === 0 && main?.command === undefined) return undefined
  return [...entrypoint, ...(main?.command ?? ['sh', '-c', 'sleep infinity'])]
}

/** @throws SandboxError `service-failed` if so many checks failed as the task says */
export async function checkHealth(sandbox: Sandbox, check: Healthcheck, place: Place): Promise<void> {
  let last = ''
  const health = await waitForHealth(check, async () => {
    const { ok, how } = await runLine(sandbox, argvOf(check, '/bin/bash'), {
      ...place,
      seconds: check.timeoutSeconds,
    })
    last = how
    return ok
  })
  if (health.kind === 'unhealthy')
    throw new SandboxError(
      'service-failed',
      `The machine is not healthy: its check failed ${health.failures} times, last with ${last}`,
    )
}

/** Runs a program on a machine while what else runs there goes on. */
export async function runLine(
  sandbox: Sandbox,
  argv: readonly string[],
  options: Place & { seconds: number },
): Promise<Ran> {
  let said = ''
  const ending = await sandbox.run({
    argv,
    ...options,
    maxOutputBytes: MAX_OUTPUT,
    beside: true,
    onOutput: (_, chunk) => {
      said = (said + chunk.toString()).slice(-KEPT_OUTPUT)
    },
  })
  const ok = ending.kind === 'exited' && ending.code === 0
  const how =
    ending.kind === 'exited'
      ? `exit code ${ending.code}`
      : ending.kind === 'signalled'
        ? ending.signal
        : ending.kind
  const words = said.trim().split('\n').slice(-3).join('\n')
  return { ok, how: words === '' ? how : `${how}: ${words}` }
}

/** Where and as whom a line of the task is run on the agent's machine. */
export function placeOf(prepared: PreparedTask, user: User): Place {
  return {
    cwd: prepared.workdir,
    env: { ...phaseEnv(prepared), HOME: user.home, USER: user.name },
    uid: user.uid,
    gid: user.gid,
  }
}
