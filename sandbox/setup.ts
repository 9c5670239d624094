import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { ensureBase, type Say } from './base.ts'
import { openDocker } from './docker.ts'
import type { Engine, EngineAbout } from './engine.ts'
import { SandboxError, type SandboxErrorCode } from './errors.ts'
import { ensureRuntime } from './runtime.ts'
import { currentSupply } from './supply.ts'

/** Everything that evaluation needs on this machine. */
export interface Surroundings {
  readonly engine: Engine
  readonly about: EngineAbout
  readonly runtimeVolume: string
}

/** The oldest engine API whose options we use: Docker 20.10. */
const OLDEST_API = 1.41
const ENGINE_LOG = '/var/log/arete-dockerd.log'

/** Makes this machine ready, doing only what is missing. Under a second when nothing is. */
export async function setUp(say: Say): Promise<Surroundings> {
  const { engine, about } = (await findEngine()) ?? (await installEngine(say))
  await ensureBase(engine, say)
  return { engine, about, runtimeVolume: await ensureRuntime(engine) }
}

/**
 * The first engine that answers: `DOCKER_HOST`, else the usual sockets of Docker and Podman.
 *
 * @returns undefined if there is none
 * @throws SandboxError if there is one that cannot be used: not allowed, too old
 */
export async function findEngine(): Promise<{ engine: Engine; about: EngineAbout } | undefined> {
  let denied: SandboxError | undefined
  for (const engine of candidates()) {
    try {
      const about = await engine.about()
      if (Number(about.apiVersion) < OLDEST_API) {
        throw new SandboxError(
          'engine-old',
          `Cannot use container engine ${about.version}: its API ${about.apiVersion} is older than ${OLDEST_API}. Install Docker 20.10 or newer`,
        )
      }
      checkRuntime(about)
      return { engine, about }
    } catch (error) {
      if (!(error instanceof SandboxError) || !PASSED_OVER.has(error.code)) throw error
      if (error.code === 'engine-denied') denied ??= error
    }
  }
  if (denied !== undefined) {
    const user = os.userInfo().username
    throw new SandboxError(
      'engine-denied',
      `Cannot use the container engine: no permission. Type "sudo usermod -aG docker ${user}", then log out and in again`,
      { cause: denied },
    )
  }
  if (process.env.DOCKER_HOST !== undefined) {
    throw new SandboxError(
      'engine-missing',
      `Cannot reach the container engine at DOCKER_HOST=${process.env.DOCKER_HOST}: start it, or unset DOCKER_HOST to use the local one`,
    )
  }
  return undefined
}

/** What lets the search go on to the next socket; anything else is about an engine that is there. */
const PASSED_OVER: ReadonlySet<SandboxErrorCode> = new Set(['engine-missing', 'engine-denied'])

function checkRuntime({ runtime, runtimes }: EngineAbout): void {
  if (runtime === undefined || runtimes.includes(runtime)) return
  throw new SandboxError(
    'runtime-missing',
    `Cannot run sandboxes with ARETE_RUNTIME=${runtime}: the engine knows ${runtimes.join(', ')}. Name it in ` +
      '/etc/docker/daemon.json and restart the engine, or unset ARETE_RUNTIME ("npx arete doctor" then shows the lines for gVisor)',
  )
}

function candidates(): Engine[] {
  const chosen = process.env.ARETE_RUNTIME || undefined
  if (process.env.DOCKER_HOST !== undefined) return [openDocker({ kind: 'environment' }, chosen)]
  const runtime = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`
  const sockets = [
    '/var/run/docker.sock',
    path.join(runtime, 'docker.sock'),
    path.join(os.homedir(), '.docker/run/docker.sock'),
    '/run/podman/podman.sock',
    path.join(runtime, 'podman/podman.sock'),
  ]
  return sockets
    .filter(file => fs.existsSync(file))
    .map(file => openDocker({ kind: 'socket', path: file }, chosen))
}

async function installEngine(say: Say): Promise<{ engine: Engine; about: EngineAbout }> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    throw new SandboxError('engine-missing', `No container engine answers. ${howToInstall()}`)
  }
  const missing = [
    ...(fs.existsSync('/usr/sbin/dockerd') ? [] : ['docker.io']),
    ...(fs.existsSync('/usr/sbin/debootstrap') ? [] : ['debootstrap']),
  ]
  if (missing.length > 0) {
    if (currentSupply().isOffline)
      throw new SandboxError(
        'engine-missing',
        `No container engine answers, and ${missing.join(' and ')} cannot be installed: the network is forbidden (--offline)`,
      )
    say(`Installing ${missing.join(' and ')}`)
    await apt(['update'])
    await apt(['install', '-y', '--no-install-recommends', ...missing])
  }
  say('Starting the container engine')
  await startEngine()
  return await untilAnswer()
}

function howToInstall(): string {
  if (process.platform === 'darwin')
    return 'Install and start Docker Desktop, OrbStack or Colima, then run this again'
  if (process.platform === 'win32')
    return 'Install and start Docker Desktop with WSL 2, then run this again inside WSL'
  if (fs.existsSync('/usr/bin/apt-get'))
    return 'Type "sudo apt-get install docker.io debootstrap && sudo systemctl start docker", then run this again'
  if (fs.existsSync('/usr/bin/dnf'))
    return 'Type "sudo dnf install moby-engine && sudo systemctl start docker", then run this again'
  return 'Install Docker 20.10 or newer, start it, then run this again'
}

async function apt(args: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const result = await execa('apt-get', args, {
    reject: false,
    all: true,
    env,
    stdin: 'ignore',
    timeout: 600_000,
  })
  if (!result.failed) return
  const last = (result.all ?? '').trim().split('\n').slice(-4).join('\n')
  throw new SandboxError(
    'setup-failed',
    `Cannot install what is missing ("apt-get ${args.join(' ')}"): is there a network, and room on the disk?\n${last}`,
  )
}

/** With systemd its unit is started; without, `dockerd` itself, so that it outlives this command. */
async function startEngine(): Promise<void> {
  if (fs.existsSync('/run/systemd/system')) {
    const result = await execa('systemctl', ['start', 'docker'], {
      reject: false,
      all: true,
      stdin: 'ignore',
    })
    if (!result.failed) return
  }
  const log = fs.openSync(ENGINE_LOG, 'a')
  spawn('/usr/sbin/dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref()
  fs.closeSync(log)
}

/** The engine offers no event for "I am up"; its socket is tried until it answers. */
async function untilAnswer(): Promise<{ engine: Engine; about: EngineAbout }> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    const found = await findEngine()
    if (found !== undefined) return found
  }
  const last = fs.existsSync(ENGINE_LOG)
    ? fs.readFileSync(ENGINE_LOG, 'utf8').trim().split('\n').slice(-3).join('\n')
    : ''
  throw new SandboxError(
    'engine-missing',
    `The container engine did not come up within 60 s. Its last words in ${ENGINE_LOG}:\n${last}`,
  )
}
