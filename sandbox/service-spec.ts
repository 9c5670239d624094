import type { Service } from '../task-bank/harbor/compose.ts'
import type { Image, Labels, Mount, NetworkSpec, ServiceSpec } from './engine.ts'

const MEBIBYTE = 2 ** 20
/** What a service may use that names no limit. */
const USUAL = { cpus: 1, memoryMegabytes: 1024, pids: 512 }
const FILE_BYTES = 4 * 2 ** 30

/** Memory that a service takes of the machine, in megabytes. */
export function memoryOf({ memoryMegabytes }: Service): number {
  return memoryMegabytes ?? USUAL.memoryMegabytes
}

/**
 * The container of a service: hardened as a sandbox is. It may write to its image, and has the capabilities with which the
 * usual images take care of their folders and then become another user.
 */
export function serviceSpec(
  service: Service,
  made: { image: Image; network: NetworkSpec; mounts: readonly Mount[]; labels: Labels },
): ServiceSpec {
  return {
    image: made.image.id,
    entrypoint: service.entrypoint,
    // Whoever sets the entrypoint does without the image's command.
    command: service.command ?? (service.entrypoint === undefined ? undefined : []),
    user: service.user,
    workdir: service.workdir,
    env: Object.entries(service.env).map(([name, value]) => `${name}=${value}`),
    labels: made.labels,
    hostname: service.hostname ?? service.name,
    memoryBytes: memoryOf(service) * MEBIBYTE,
    cpus: service.cpus ?? USUAL.cpus,
    pids: service.pids ?? USUAL.pids,
    fileBytes: FILE_BYTES,
    openFiles: 4096,
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL', 'NET_BIND_SERVICE'],
    readOnlyRoot: false,
    tmpfs: { '/dev/shm': 'rw,nosuid,nodev,noexec,size=67108864,mode=1777', ...tmpfsOf(service.tmpfs) },
    mounts: made.mounts,
    network: made.network,
  }
}

function tmpfsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(entry => {
      const [target, options] = entry.split(':') as [string, string?]
      const size = /(?:^|,)size=(\d+[kmg]?)/i.exec(options ?? '')?.[1] ?? '64m'
      const mode = /(?:^|,)mode=([0-7]{3,4})/.exec(options ?? '')?.[1] ?? '1777'
      return [target, `rw,nosuid,nodev,exec,size=${size},mode=${mode}`]
    }),
  )
}
