import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { guard, messageOf, orUndefined } from './docker-failures.ts'
import { quoteValue } from './docker-images.ts'
import { buildOptions } from './docker-options.ts'
import type {
  Container,
  ContainerSpec,
  ContainerState,
  EngineAbout,
  Labels,
  NetworkSpec,
  StoppedContainer,
  Terminal,
  TerminalOptions,
} from './engine.ts'
import { SandboxError, type SandboxErrorCode } from './errors.ts'
import type { MachineChange } from './tools.ts'

/** Creates a container, attaches to it and starts it; leaves nothing behind if that fails. */
export async function openContainer(
  docker: Docker,
  spec: ContainerSpec,
  about: EngineAbout,
): Promise<Container> {
  return await guard('engine-failed', `Cannot start a container from ${spec.image}`, async () => {
    const container = await docker.createContainer(buildOptions(spec, about))
    try {
      const stream = await container.attach({
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
        hijack: true,
      })
      // The program may speak before anybody listens.
      const early: ['stdout' | 'stderr', Buffer][] = []
      let listener = (name: 'stdout' | 'stderr', chunk: Buffer): void => void early.push([name, chunk])
      const sink = (name: 'stdout' | 'stderr') => ({ write: (chunk: Buffer) => listener(name, chunk) })
      docker.modem.demuxStream(stream, sink('stdout') as never, sink('stderr') as never)
      const ended = new Promise<void>(resolve => {
        stream.on('close', resolve)
        stream.on('end', resolve)
        stream.on('error', () => resolve())
      })
      await joinOthers(docker, container.id, spec.network)
      await container.start()
      return {
        id: container.id,
        stdin: stream,
        onOutput: next => {
          listener = next
          for (const [name, chunk] of early.splice(0)) next(name, chunk)
        },
        ended,
        state: () => stateOf(container),
        writtenBytes: () => writtenBytesOf(container),
        kill: async () => {
          await orUndefined(container.kill())
        },
        changes: () => changesOf(container),
        ...archivesOf(container),
        commit: (tag, labels) => commit(container, tag, labels),
        remove: () => removeContainer(docker, container.id),
      }
    } catch (error) {
      await removeContainer(docker, container.id)
      throw error
    }
  })
}

/** Settles when a container is gone, or after so many milliseconds. */
export async function untilGone(docker: Docker, id: string, milliseconds: number): Promise<void> {
  const options = { condition: 'removed' as const, abortSignal: AbortSignal.timeout(milliseconds) }
  // It may be gone already, or last for longer: who waits looks again in any case.
  await docker
    .getContainer(id)
    .wait(options)
    .catch(() => {})
}

async function createContainer(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
): Promise<Docker.Container> {
  try {
    return await docker.createContainer(options)
  } catch (error) {
    const code = { 404: 'image-missing', 409: 'name-taken' }[
      (error as { statusCode?: number }).statusCode ?? 0
    ] as SandboxErrorCode | undefined
    if (code === undefined) throw error
    throw new SandboxError(code, messageOf(error), { cause: error })
  }
}

/** All networks but the first, which it was created with. */
export async function joinOthers(docker: Docker, id: string, network: NetworkSpec): Promise<void> {
  if (network.kind !== 'networks') return
  for (const [name, aliases] of Object.entries(network.aliases).slice(1))
    await docker.getNetwork(name).connect({ Container: id, EndpointConfig: { Aliases: [...aliases] } })
}

/** Creates a container only to read or write its files. */
export async function openStopped(
  docker: Docker,
  spec: Pick<ContainerSpec, 'image' | 'labels' | 'mounts'> & { name?: string },
): Promise<StoppedContainer> {
  const container = await guard('engine-failed', `Cannot create a container from ${spec.image}`, () =>
    createContainer(docker, {
      ...(spec.name === undefined ? {} : { name: spec.name }),
      Image: spec.image,
      Entrypoint: ['/never-started'],
      Labels: { ...spec.labels },
      HostConfig: {
        NetworkMode: 'none',
        Mounts: spec.mounts.map(mount => ({
          Type: 'volume' as const,
          Source: mount.volume,
          Target: mount.target,
          ReadOnly: mount.readOnly,
        })),
      },
    }),
  )
  return {
    id: container.id,
    ...archivesOf(container),
    [Symbol.asyncDispose]: () => removeContainer(docker, container.id),
  }
}

export function archivesOf(
  container: Docker.Container,
): Pick<StoppedContainer, 'readArchive' | 'writeArchive'> {
  return {
    readArchive: async path => (await orUndefined(container.getArchive({ path }))) as Readable | undefined,
    writeArchive: async (path, tar) => {
      await guard('engine-failed', `Cannot write ${path} of a container`, () =>
        container.putArchive(tar as NodeJS.ReadableStream, { path }),
      )
    },
  }
}

/** The engine's numbers for what became of a path. */
const KINDS = ['modified', 'added', 'deleted'] as const

async function changesOf(container: Docker.Container): Promise<MachineChange[]> {
  const found = await guard('sandbox-lost', 'Cannot look for changes in a container', () =>
    container.changes(),
  )
  // The engine says null if there are none, and that comes as a text.
  const list = (Array.isArray(found) ? found : []) as { Path: string; Kind: number }[]
  return list.flatMap(({ Path, Kind }) => {
    const kind = KINDS[Kind]
    return kind === undefined ? [] : [{ path: Path, kind }]
  })
}

export async function stateOf(container: Docker.Container): Promise<ContainerState> {
  const found = await guard('sandbox-lost', 'Cannot look at a container', () => container.inspect())
  return {
    running: found.State.Running,
    exitCode: found.State.ExitCode,
    outOfMemory: found.State.OOMKilled,
  }
}

async function writtenBytesOf(container: Docker.Container): Promise<number> {
  const found = await guard('sandbox-lost', 'Cannot look at a container', () =>
    container.inspect({ size: true } as object),
  )
  return (found as { SizeRw?: number }).SizeRw ?? 0
}

async function commit(container: Docker.Container, tag: string, labels: Labels): Promise<void> {
  const [repo, version] = tag.split(':')
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${quoteValue(value)}`)
  await guard('engine-failed', `Cannot keep the state of a container as ${tag}`, () =>
    container.commit({ repo, tag: version, changes, pause: false } as never),
  )
}

/** Starts a program on a terminal in a running container. */
export async function openTerminal(docker: Docker, id: string, options: TerminalOptions): Promise<Terminal> {
  return await guard('engine-failed', 'Cannot open a terminal in a container', async () => {
    const exec = await docker.getContainer(id).exec({
      Cmd: [...options.argv],
      User: options.user,
      WorkingDir: options.cwd,
      Env: [...options.env],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    })
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true })
    return { stream, resize: ({ columns, rows }) => exec.resize({ w: columns, h: rows }) }
  })
}

/** Removes a container by force; fine if it is gone already. */
export async function removeContainer(docker: Docker, id: string): Promise<void> {
  await guard('engine-failed', `Cannot remove the container ${id}`, () =>
    orUndefined(docker.getContainer(id).remove({ force: true, v: true })),
  )
}
