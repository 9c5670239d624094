import type { EngineAbout } from '../../../sandbox/engine.ts'
import type { Finding } from './finding.ts'

type Engine = Pick<EngineAbout, 'filter' | 'remapsUsers' | 'runc' | 'runtime' | 'runtimes'>

const DAEMON = '/etc/docker/daemon.json'
const RESTART = 'restart the engine ("sudo systemctl restart docker")'

/** How thick the wall between sandboxes and the engine's machine is, and how to make it thicker. */
export function findIsolation(engine: Engine): Finding[] {
  return [
    filter(engine),
    userNamespaces(engine),
    gvisor(engine),
    ...(engine.runtime === undefined && engine.runc !== undefined ? [runc(engine.runc)] : []),
  ]
}

function filter({ filter }: Engine): Finding {
  const what = 'system calls'
  switch (filter) {
    case 'ours':
      return { what, state: 'ok', detail: 'filtered by our own list' }
    case 'engine':
      return {
        what,
        state: 'warn',
        detail:
          "filtered by the engine's list, which is looser than ours: Podman takes none from outside. Docker does",
      }
    case 'none':
      return {
        what,
        state: 'warn',
        detail: 'not filtered: this engine has no seccomp. Use one that has, on a kernel with SECCOMP_FILTER',
      }
  }
}

function userNamespaces({ remapsUsers, runtime }: Engine): Finding {
  const what = 'user namespaces'
  if (remapsUsers) return { what, state: 'ok', detail: 'root in a sandbox is nobody on the host' }
  return {
    what,
    state: runtime === undefined ? 'warn' : 'ok',
    detail:
      'off: root in a sandbox has the number of root on the host, held by filters alone. For agents that you do not ' +
      `trust write "userns-remap": "default" into ${DAEMON}, ${RESTART}, and type "npx arete setup"`,
  }
}

function gvisor({ runtime, runtimes, remapsUsers }: Engine): Finding {
  const what = 'gVisor'
  if (runtime === 'runsc' && remapsUsers)
    return {
      what,
      state: 'warn',
      detail:
        'on, together with remapped users, with which not every runsc starts: if sandboxes do not, ' +
        `take "userns-remap" out of ${DAEMON} or unset ARETE_RUNTIME`,
    }
  if (runtime === 'runsc')
    return {
      what,
      state: 'ok',
      detail: 'on: sandboxes run under runsc, which counts neither processes nor inodes; memory bounds them',
    }
  if (runtimes.includes('runsc'))
    return { what, state: 'ok', detail: 'off, but runsc is there: ARETE_RUNTIME=runsc turns it on' }
  return {
    what,
    state: 'ok',
    detail:
      'off: for a kernel of its own under each sandbox install runsc ("sudo apt-get install runsc"), write ' +
      `"runtimes": {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--network=none"]}} into ${DAEMON}, ` +
      `${RESTART}, and set ARETE_RUNTIME=runsc`,
  }
}

/** The first of each line of runc in which the known ways out of a container are mended. */
const MENDED: Readonly<Record<string, number>> = { '1.1': 14, '1.2': 8, '1.3': 3 }

function runc(version: string): Finding {
  const what = 'runc'
  const [, major = 0, minor = 0, patch = 0] = (/^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
  const needed = MENDED[`${major}.${minor}`]
  const isMended = needed === undefined ? major > 1 || (major === 1 && minor > 3) : patch >= needed
  if (isMended) return { what, state: 'ok', detail: version }
  return {
    what,
    state: 'warn',
    detail:
      `${version}: older than 1.1.14, 1.2.8 and 1.3.3, which mend ways out of a container. Update it, or make sure that ` +
      'your distribution has put the repairs into this one',
  }
}
