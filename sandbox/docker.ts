import Docker from 'dockerode'
import { openContainer, openStopped, openTerminal, removeContainer, untilGone } from './docker-containers.ts'
import { guard, orUndefined } from './docker-failures.ts'
import { drop, imagesOf } from './docker-images.ts'
import { takeInventory } from './docker-inventory.ts'
import { createNetwork, openService, removeNetwork } from './docker-services.ts'
import type { Engine, EngineAbout, Labelled } from './engine.ts'

/** Where an engine listens: a unix socket, or a host as `DOCKER_HOST` names it. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'environment' }

/**
 * Talks to a Docker engine, or to anything that offers its API (Podman's socket, a remote engine).
 *
 * @param runtime - what runs untrusted containers, by the engine's name for it; the engine's own choice if undefined
 */
export function openDocker(address: EngineAddress, runtime?: string): Engine {
  const docker = address.kind === 'socket' ? new Docker({ socketPath: address.path }) : new Docker()
  let known: EngineAbout | undefined
  const about = async (): Promise<EngineAbout> => {
    known = await askAbout(docker, runtime)
    return known
  }

  return {
    about,
    ...imagesOf(docker),
    open: async spec => openContainer(docker, spec, known ?? (await about())),
    openStopped: spec => openStopped(docker, spec),
    openService: async spec => openService(docker, spec, known ?? (await about())),
    createNetwork: (name, labels) => createNetwork(docker, name, labels),
    removeNetwork: name => removeNetwork(docker, name),

    async findVolume(name) {
      const found = await orUndefined(docker.getVolume(name).inspect())
      return found === undefined ? undefined : { labels: found.Labels ?? {} }
    },
    async createVolume(name, labels) {
      await guard('engine-failed', `Cannot create the volume ${name}`, () =>
        docker.createVolume({ Name: name, Labels: { ...labels } }),
      )
    },
    async removeVolume(name) {
      await orUndefined(docker.getVolume(name).remove({ force: true }))
    },
    dropVolume: name => drop(docker.getVolume(name).remove()),
    takeInventory: of => takeInventory(docker, of),

    listLabelled: label => listLabelled(docker, label),
    removeContainer: id => removeContainer(docker, id),
    untilGone: (id, milliseconds) => untilGone(docker, id, milliseconds),
    openTerminal: (id, options) => openTerminal(docker, id, options),
  }
}

async function askAbout(docker: Docker, runtime: string | undefined): Promise<EngineAbout> {
  const ask = async (): Promise<EngineAbout> => {
    const [info, version] = await Promise.all([docker.info(), docker.version()])
    const parts = (version.Components ?? []) as readonly { Name: string; Version: string }[]
    const security = ((info.SecurityOptions ?? []) as readonly string[]).map(
      option => /^name=(\w+)/.exec(option)?.[1] ?? option,
    )
    // Podman takes a filter only as a file of its own machine.
    const isPodman = parts.some(({ Name }) => Name.startsWith('Podman'))
    return {
      version: String(version.Version),
      apiVersion: String(version.ApiVersion),
      architecture: String(version.Arch),
      cpus: Number(info.NCPU),
      memoryBytes: Number(info.MemTotal),
      dataFolder: String(info.DockerRootDir),
      runtimes: Object.keys(info.Runtimes ?? {}),
      runtime,
      runc: parts.find(({ Name }) => Name === 'runc')?.Version,
      remapsUsers: security.includes('userns') || security.includes('rootless'),
      filter: !security.includes('seccomp') ? 'none' : isPodman ? 'engine' : 'ours',
    }
  }
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer within 2 s')), 2000).unref()
  })
  return await guard('engine-missing', 'Cannot reach the container engine', () => Promise.race([ask(), late]))
}

async function listLabelled(docker: Docker, label: string): Promise<Labelled[]> {
  const filters = { label: [label] }
  return await guard('engine-failed', 'Cannot list what is ours', async () => {
    const [containers, images, networks, volumes] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listImages({ filters: JSON.stringify(filters) }),
      docker.listNetworks({ filters: JSON.stringify(filters) as never }),
      docker.listVolumes({ filters }),
    ])
    return [
      ...containers.map(found => ({ kind: 'container' as const, id: found.Id, labels: found.Labels })),
      ...images.map(found => ({ kind: 'image' as const, id: found.Id, labels: found.Labels ?? {} })),
      ...networks.map(found => ({ kind: 'network' as const, id: found.Id, labels: found.Labels ?? {} })),
      ...(volumes.Volumes ?? []).map(found => ({
        kind: 'volume' as const,
        id: found.Name,
        labels: found.Labels ?? {},
      })),
    ]
  })
}
