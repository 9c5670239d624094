import type { ContainerSpec, Labels } from './engine.ts'

/** Where our read-only volume lies in every sandbox. */
export const RUNTIME = '/opt/arete'
/** Where a miner's files lie during the agent phase. */
export const AGENT_FOLDER = '/installed-agent'

/** The same in every sandbox, so that it tells nothing. */
export const HOSTNAME = 'arete'

const MEBIBYTE = 2 ** 20
/** What the resident itself needs; it comes on top of what the task may use. */
const RESIDENT_BYTES = 96 * MEBIBYTE
const RESIDENT_PROCESSES = 24

/** What one sandbox may use. */
export interface SandboxLimits {
  readonly cpus: number
  readonly memoryMegabytes: number
  /** Size of the workspace and of each scratch folder; in snapshot mode of any one file. */
  readonly storageMegabytes: number
  readonly pids: number
}

/**
 * `tmpfs`: the repository lies in memory, the image is read-only, and only the change of the repository is kept.
 * `image`: the whole file system may be written, and is kept as it is.
 */
export type Workspace = { readonly kind: 'tmpfs'; readonly path: string } | { readonly kind: 'image' }

/**
 * The container of a sandbox, hardened: no network, few capabilities, nothing of the host. Agent and verify phase use the
 * same one, so that code inside cannot tell them apart.
 */
export function buildSpec(options: {
  image: string
  imageEnv: readonly string[]
  runtimeVolume: string
  workspace: Workspace
  limits: SandboxLimits
  /** Whose scratch folders these are: the user that the agent runs as. */
  user: { readonly uid: number; readonly gid: number; readonly home: string }
  /** The image already holds what lies in `/tests`: a separate verifier's. */
  hasTests: boolean
  network: ContainerSpec['network']
  /** Volumes that it shares with services. */
  mounts: ContainerSpec['mounts']
  labels: Labels
}): ContainerSpec {
  const { limits, workspace, user } = options
  const storage = limits.storageMegabytes * MEBIBYTE
  return {
    untrusted: true,
    image: options.image,
    entrypoint: [
      `${RUNTIME}/lib/ld.so`,
      '--library-path',
      `${RUNTIME}/lib`,
      `${RUNTIME}/bin/node.bin`,
      `${RUNTIME}/resident.mjs`,
    ],
    env: residentEnv(options.imageEnv),
    labels: options.labels,
    ...(options.network.kind === 'join' ? {} : { hostname: HOSTNAME }),
    memoryBytes: limits.memoryMegabytes * MEBIBYTE + RESIDENT_BYTES,
    cpus: limits.cpus,
    pids: limits.pids + RESIDENT_PROCESSES,
    fileBytes: storage,
    openFiles: 4096,
    // Own the files it puts in place, read what the agent made unreadable, become the agent's user, end its processes.
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL'],
    readOnlyRoot: workspace.kind === 'tmpfs',
    tmpfs: {
      '/dev/shm': tmpfs(storage, '1777', 'noexec'),
      ...mounts(MADE_ANEW, storage, user),
      ...(options.hasTests ? {} : mounts({ '/tests': '0755' }, storage, user)),
      ...(workspace.kind === 'tmpfs'
        ? mounts({ ...OF_THE_IMAGE, [user.home]: 'own', [workspace.path]: 'own' }, storage, user)
        : {}),
    },
    mounts: [{ volume: options.runtimeVolume, target: RUNTIME, readOnly: true }, ...options.mounts],
    network: options.network,
  }
}

/** Folders through which attempt and verification exchange files: empty at the start of each, whatever the image holds. */
const MADE_ANEW = {
  '/logs': 'own',
  '/sandbox': 'own',
  '/solution': '0755',
  [AGENT_FOLDER]: '0755',
}

/** Folders that programs expect to be able to write although the image is read-only. */
const OF_THE_IMAGE = { '/tmp': '1777', '/var/tmp': '1777', '/run': '0755' }

function mounts(
  modes: Readonly<Record<string, string>>,
  bytes: number,
  user: { uid: number; gid: number },
): Record<string, string> {
  const own = `0755,uid=${user.uid},gid=${user.gid}`
  return Object.fromEntries(
    Object.entries(modes).map(([folder, mode]) => [folder, tmpfs(bytes, mode === 'own' ? own : mode)]),
  )
}

function tmpfs(bytes: number, mode: string, execution: 'exec' | 'noexec' = 'exec'): string {
  return `rw,${execution},nosuid,nodev,size=${bytes},nr_inodes=${Math.max(10_000, Math.floor(bytes / 4096))},mode=${mode}`
}

/** Variables of the image that would change how the resident itself starts are emptied. */
function residentEnv(imageEnv: readonly string[]): string[] {
  const risky = /^(NODE_|LD_|GLIBC_|SSL_|OPENSSL_)/
  return imageEnv
    .map(pair => pair.split('=')[0]!)
    .filter(key => risky.test(key))
    .map(key => `${key}=`)
}
