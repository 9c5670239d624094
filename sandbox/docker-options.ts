import type Docker from 'dockerode'
import type { ContainerSpec, EngineAbout, NetworkSpec, ServiceSpec } from './engine.ts'
import { buildSeccomp } from './seccomp.ts'

const SECCOMP = buildSeccomp()
const NOTHING = { bytes: 0, threads: 0 }
/** What another runtime takes for itself of the limits of its container. */
const KERNEL_OF_ITS_OWN = { bytes: 128 * 2 ** 20, threads: 2 ** 12 }

/** How a container of ours is described to Docker: what the spec says, and the hardening that every one gets. */
export function buildOptions(
  spec: ContainerSpec,
  about: Pick<EngineAbout, 'runtime' | 'filter'>,
): Docker.ContainerCreateOptions {
  const runtime = spec.untrusted ? about.runtime : undefined
  const own = runtime === undefined ? NOTHING : KERNEL_OF_ITS_OWN
  const limit = (name: string, value: number) => ({ Name: name, Soft: value, Hard: value })
  return {
    Image: spec.image,
    Entrypoint: [...spec.entrypoint],
    Cmd: [],
    Env: [...spec.env],
    Labels: { ...spec.labels },
    User: '0:0',
    WorkingDir: '/',
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Healthcheck: { Test: ['NONE'] },
    ...(spec.network.kind === 'networks'
      ? { NetworkingConfig: { EndpointsConfig: firstEndpoint(spec.network) } }
      : {}),
    HostConfig: {
      Init: true,
      ...(runtime === undefined ? {} : { Runtime: runtime }),
      // Without a name server of the host, which would tell where this is.
      ...networkOptions(spec.network),
      // `none` is private too, and leaves `/dev/shm` to the spec.
      IpcMode: 'none',
      ReadonlyRootfs: spec.readOnlyRoot,
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ['no-new-privileges', ...(about.filter === 'ours' ? [`seccomp=${SECCOMP}`] : [])],
      MaskedPaths: MASKED,
      ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      Memory: spec.memoryBytes + own.bytes,
      MemorySwap: spec.memoryBytes + own.bytes,
      NanoCpus: Math.round(spec.cpus * 1e9),
      PidsLimit: spec.pids + own.threads,
      Ulimits: [
        limit('nofile', spec.openFiles),
        limit('fsize', spec.fileBytes),
        limit('core', 0),
        limit('memlock', 65536),
        limit('nice', 0),
        limit('rtprio', 0),
      ],
      Tmpfs: { ...spec.tmpfs },
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      Mounts: spec.mounts.map(mount => ({
        Type: 'volume' as const,
        Source: mount.volume,
        Target: mount.target,
        ReadOnly: mount.readOnly,
        VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } },
      })),
    } as Docker.HostConfig,
  }
}

/** The engine takes one network at first; the others are joined before the start. */
function networkOptions(network: NetworkSpec): object {
  const unresolved = { Dns: ['127.0.0.1'], DnsSearch: ['.'] }
  switch (network.kind) {
    case 'none':
      return { NetworkMode: 'none', ...unresolved }
    case 'join':
      return { NetworkMode: `container:${network.container}` }
    case 'networks':
      // Names of others have nobody to answer for them; that is to be found out soon.
      return {
        NetworkMode: Object.keys(network.aliases)[0] ?? 'none',
        ...unresolved,
        DnsOptions: ['timeout:1', 'attempts:1'],
      }
  }
}

/** How a service is described: as any container, but it runs what it wants. */
export function buildServiceOptions(
  spec: ServiceSpec,
  about: Pick<EngineAbout, 'runtime' | 'filter'>,
): Docker.ContainerCreateOptions {
  const options = buildOptions({ ...spec, untrusted: true, entrypoint: [] }, about)
  return {
    ...options,
    Entrypoint: spec.entrypoint === undefined ? undefined : [...spec.entrypoint],
    Cmd: spec.command === undefined ? undefined : [...spec.command],
    User: spec.user,
    WorkingDir: spec.workdir,
    OpenStdin: false,
    StdinOnce: false,
    AttachStdin: false,
  } as Docker.ContainerCreateOptions
}

/** How a container is known in the first of its networks. */
function firstEndpoint(network: NetworkSpec): Docker.EndpointsConfig {
  if (network.kind !== 'networks') return {}
  const first = Object.entries(network.aliases)[0]
  if (first === undefined) return {}
  return { [first[0]]: { Aliases: [...first[1]] } as unknown as Docker.EndpointSettings }
}

/** What the kernel tells of the whole machine, of its memory, or of the other containers, and no program here needs. */
const MASKED = [
  ...['acpi', 'asound', 'cmdline', 'config.gz', 'interrupts', 'iomem', 'ioports', 'kallsyms', 'kcore'],
  ...[
    'key-users',
    'keys',
    'kpagecgroup',
    'kpagecount',
    'kpageflags',
    'latency_stats',
    'modules',
    'pagetypeinfo',
  ],
  ...['sched_debug', 'schedstat', 'scsi', 'slabinfo', 'softirqs', 'timer_list', 'timer_stats', 'vmallocinfo'],
]
  .map(name => `/proc/${name}`)
  .concat('/sys/devices/virtual/powercap', '/sys/firmware', '/sys/fs/bpf', '/sys/kernel', '/sys/module')
