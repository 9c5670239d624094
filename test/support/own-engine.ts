import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { temporaryFolder } from './surroundings.ts'

export interface OwnEngine extends AsyncDisposable {
  /** What `DOCKER_HOST` names it by. */
  readonly host: string
  /** Takes over images from what another engine exports. */
  load(images: Readable): Promise<void>
  /** Kills the engine and nothing else of it; it is started again, as the machine's own would be. */
  kill(): void
  /** Stops the engine where it is, so that it answers nobody. @returns what lets it go on */
  pause(): Disposable
}

const PROGRAMS = '/usr/sbin:/usr/bin:/sbin:/bin'
const CONTROL_GROUPS = '/sys/fs/cgroup'

/** Why no engine of one's own can be started here, or undefined if one can; `needed` are more programs that it shall have. */
export function whyNoOwnEngine(needed: readonly string[] = []): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux'
  const missing = ['dockerd', 'containerd', 'unshare', ...needed].filter(
    name => !PROGRAMS.split(':').some(folder => fs.existsSync(path.join(folder, name))),
  )
  return missing.length > 0 ? `there is no ${missing.join(', no ')}` : undefined
}

/**
 * Starts an engine with nothing in it, apart from that of the machine: processes, mounts and network in namespaces of its own, data
 * and socket in a temporary folder. It ends when its input does, so also with this process, and the kernel then ends all in it.
 *
 * @param config - what its `daemon.json` says; `userns-remap` may name `nobody:nogroup`, who has numbers here
 */
export async function openOwnEngine(config: Readonly<Record<string, unknown>>): Promise<OwnEngine> {
  const folder = temporaryFolder()
  const group = path.basename(folder)
  // A remapped root must be able to pass.
  fs.chmodSync(folder, 0o711)
  fs.writeFileSync(path.join(folder, 'daemon.json'), JSON.stringify(config))
  fs.writeFileSync(path.join(folder, 'numbers'), 'nobody:231072:65536\nnogroup:231072:65536\n')
  const child = spawn(
    'unshare',
    ['--mount', '--net', '--pid', '--fork', '--mount-proc', '/bin/sh', '-c', START, 'start', folder, group],
    { stdio: ['pipe', 'ignore', 'pipe'], env: { PATH: PROGRAMS } },
  )
  const ended = once(child, 'exit')
  const close = async (): Promise<void> => {
    child.stdin.end()
    await ended
    for (const name of fs.readdirSync(CONTROL_GROUPS)) removeGroups(path.join(CONTROL_GROUPS, name, group))
    removeGroups(path.join(CONTROL_GROUPS, group))
    await fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  let said = ''
  const listens = new Promise<void>(resolve => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
      if (said.includes('API listen on')) resolve()
    })
  })
  const isUp = await Promise.race([listens.then(() => true), ended.then(() => false)])
  if (!isUp) {
    await close()
    throw new Error(`The engine did not come up:\n${said}`)
  }
  const socketPath = path.join(folder, 'sock')
  // While it is being started there is none.
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of descendantsOf(child.pid!)) if (nameOf(pid) === 'dockerd') process.kill(pid, name)
  }
  return {
    kill: () => signal('SIGKILL'),
    pause() {
      signal('SIGSTOP')
      return { [Symbol.dispose]: () => signal('SIGCONT') }
    },
    host: `unix://${socketPath}`,
    load: images => load(socketPath, images),
    [Symbol.asyncDispose]: close,
  }
}

/** The shell is the first process there: when it ends, so does everything. */
const START = `
set -e
mount -t tmpfs none /run
for file in /etc/subuid /etc/subgid; do [ ! -e $file ] || mount --bind "$1/numbers" $file; done
engine() {
  dockerd --config-file "$1/daemon.json" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/sock" \
    --bridge=none --iptables=false --ip6tables=false --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$2" < /dev/null
}
# Killed (137) it is started again.
(set +e; while engine "$1" "$2"; [ $? = 137 ]; do sleep 0.5; done) &
cat
`

async function load(socketPath: string, images: Readable): Promise<void> {
  const request = http.request({ socketPath, method: 'POST', path: '/images/load' })
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>
  await pipeline(images, request)
  const [answer] = await answered
  const text = Buffer.concat(await answer.toArray()).toString()
  if (answer.statusCode !== 200 || text.includes('"error"')) throw new Error(`Cannot load images: ${text}`)
}

/** The kernel keeps the groups of processes that it ended. */
function removeGroups(folder: string): void {
  if (!fs.existsSync(folder)) return
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(path.join(folder, entry.name))
  fs.rmdirSync(folder)
}

function descendantsOf(pid: number): number[] {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap(child => [child, ...descendantsOf(child)])
}

function nameOf(pid: number): string {
  return readOr(`/proc/${pid}/comm`).trim()
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    // It has ended.
    return ''
  }
}
