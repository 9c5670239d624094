import type { Readable } from 'node:stream'
import Docker from 'dockerode'
import type {
  BuildOptions,
  Container,
  ContainerSpec,
  ContainerState,
  Engine,
  EngineAbout,
  Image,
  Labelled,
  Labels,
  StoppedContainer,
  Terminal,
  TerminalOptions,
} from './engine.ts'
import { SandboxError, type SandboxErrorCode } from './errors.ts'

/** Where an engine listens: a unix socket, or a host as `DOCKER_HOST` names it. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'environment' }

/** Talks to a Docker engine, or to anything that offers its API (Podman's socket, a remote engine). */
export function openDocker(address: EngineAddress): Engine {
  const docker = address.kind === 'socket' ? new Docker({ socketPath: address.path }) : new Docker()

  return {
    about: () => about(docker),
    open: spec => open(docker, spec),
    openStopped: spec => openStopped(docker, spec),

    async findImage(reference) {
      const found = await orUndefined(docker.getImage(reference).inspect())
      return found === undefined ? undefined : imageOf(found)
    },
    pullImage: (reference, quietSeconds) => pullImage(docker, reference, quietSeconds),
    async importImage(tar, { tag, labels, env }) {
      const changes = [
        ...env.map(pair => `ENV ${pair}`),
        ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${quoteValue(value)}`),
        'WORKDIR /',
        'CMD ["/bin/bash"]',
      ]
      await guard('build-failed', `Cannot import the image ${tag}`, async () => {
        const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
          docker.modem.dial(
            {
              path: '/images/create?',
              method: 'POST',
              file: tar as unknown as NodeJS.ReadableStream,
              options: { fromSrc: '-', repo: tag, changes },
              isStream: true,
              statusCodes: { 200: true, 500: 'server error' },
            } as never,
            (error: unknown, answer: unknown) =>
              error ? reject(error as Error) : resolve(answer as NodeJS.ReadableStream),
          )
        })
        await follow(docker, stream)
      })
    },
    buildImage: (context, options) => buildImage(docker, context, options),
    async removeImage(reference) {
      await orUndefined(docker.getImage(reference).remove({ force: true }))
    },
    exportImages: references => exportImages(docker, references),

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

    listLabelled: label => listLabelled(docker, label),
    removeContainer: id => removeContainer(docker, id),
    openTerminal: (id, options) => openTerminal(docker, id, options),
  }
}

async function about(docker: Docker): Promise<EngineAbout> {
  const ask = async (): Promise<EngineAbout> => {
    const [info, version] = await Promise.all([docker.info(), docker.version()])
    return {
      version: String(version.Version),
      apiVersion: String(version.ApiVersion),
      architecture: String(version.Arch),
      cpus: Number(info.NCPU),
      memoryBytes: Number(info.MemTotal),
      dataFolder: String(info.DockerRootDir),
      runtimes: Object.keys(info.Runtimes ?? {}),
    }
  }
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer within 2 s')), 2000).unref()
  })
  return await guard('engine-missing', 'Cannot reach the container engine', () => Promise.race([ask(), late]))
}

async function open(docker: Docker, spec: ContainerSpec): Promise<Container> {
  return await guard('engine-failed', `Cannot start a container from ${spec.image}`, async () => {
    const container = await docker.createContainer(createOptions(spec))
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
        kill: async () => {
          await orUndefined(container.kill())
        },
        commit: (tag, labels) => commit(container, tag, labels),
        remove: () => removeContainer(docker, container.id),
      }
    } catch (error) {
      await removeContainer(docker, container.id)
      throw error
    }
  })
}

function createOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
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
    HostConfig: {
      Init: true,
      NetworkMode: spec.network.kind === 'none' ? 'none' : `container:${spec.network.container}`,
      IpcMode: 'private',
      ReadonlyRootfs: spec.readOnlyRoot,
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ['no-new-privileges'],
      Memory: spec.memoryBytes,
      MemorySwap: spec.memoryBytes,
      NanoCpus: Math.round(spec.cpus * 1e9),
      PidsLimit: spec.pids,
      Ulimits: [
        limit('nofile', spec.openFiles),
        limit('fsize', spec.fileBytes),
        limit('core', 0),
        limit('memlock', 65536),
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
    },
  }
}

async function openStopped(
  docker: Docker,
  spec: Pick<ContainerSpec, 'image' | 'labels' | 'mounts'>,
): Promise<StoppedContainer> {
  const container = await guard('engine-failed', `Cannot create a container from ${spec.image}`, () =>
    docker.createContainer({
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
    readArchive: async path => (await orUndefined(container.getArchive({ path }))) as Readable | undefined,
    writeArchive: async (path, tar) => {
      await guard('engine-failed', `Cannot write ${path} of a container`, () =>
        container.putArchive(tar as NodeJS.ReadableStream, { path }),
      )
    },
    [Symbol.asyncDispose]: () => removeContainer(docker, container.id),
  }
}

async function stateOf(container: Docker.Container): Promise<ContainerState> {
  const found = await guard('sandbox-lost', 'Cannot look at a container', () => container.inspect())
  return {
    running: found.State.Running,
    exitCode: found.State.ExitCode,
    outOfMemory: found.State.OOMKilled,
  }
}

async function commit(container: Docker.Container, tag: string, labels: Labels): Promise<void> {
  const [repo, version] = tag.split(':')
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${quoteValue(value)}`)
  await guard('engine-failed', `Cannot keep the state of a container as ${tag}`, () =>
    container.commit({ repo, tag: version, changes, pause: false } as never),
  )
}

async function openTerminal(docker: Docker, id: string, options: TerminalOptions): Promise<Terminal> {
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

/** As a Dockerfile takes it: there a dollar sign would name a variable. */
function quoteValue(value: string): string {
  return JSON.stringify(value).replaceAll('$', '\\$')
}

async function removeContainer(docker: Docker, id: string): Promise<void> {
  await guard('engine-failed', `Cannot remove the container ${id}`, () =>
    orUndefined(docker.getContainer(id).remove({ force: true, v: true })),
  )
}

async function pullImage(docker: Docker, reference: string, quietSeconds: number): Promise<void> {
  await guard('image-missing', `Cannot pull ${reference}`, async () => {
    const abort = new AbortController()
    let timer = setTimeout(() => abort.abort(), quietSeconds * 1000)
    try {
      const stream = (await docker.pull(reference, {
        abortSignal: abort.signal,
      } as never)) as NodeJS.ReadableStream
      abort.signal.addEventListener('abort', () =>
        (stream as Readable).destroy(new Error(`silent for ${quietSeconds} s`)),
      )
      await follow(docker, stream, () => {
        clearTimeout(timer)
        timer = setTimeout(() => abort.abort(), quietSeconds * 1000)
      })
    } finally {
      clearTimeout(timer)
    }
  })
}

async function buildImage(docker: Docker, context: Readable, options: BuildOptions): Promise<void> {
  const lines: string[] = []
  await guard('build-failed', `Cannot build the image ${options.tag}`, async () => {
    const stream = await docker.buildImage(context, {
      t: options.tag,
      labels: { ...options.labels },
      rm: true,
      forcerm: true,
      ...(options.dockerfile === undefined ? {} : { dockerfile: options.dockerfile }),
      ...(options.network === 'none' ? { networkmode: 'none' } : {}),
      abortSignal: AbortSignal.timeout(options.timeoutSeconds * 1000),
    })
    try {
      await follow(docker, stream, event => {
        const text = (event as { stream?: unknown }).stream
        if (typeof text !== 'string') return
        for (const line of text.split('\n').filter(Boolean)) {
          lines.push(line)
          options.onLine?.(line)
        }
      })
    } catch (error) {
      throw new Error(`${messageOf(error)}\n${lines.slice(-20).join('\n')}`, { cause: error })
    }
  })
}

async function exportImages(docker: Docker, references: readonly string[]): Promise<Readable> {
  return await guard(
    'image-missing',
    `Cannot export ${references.join(', ')}`,
    () =>
      new Promise<Readable>((resolve, reject) => {
        docker.modem.dial(
          {
            path: '/images/get?',
            method: 'GET',
            options: { names: [...references] },
            isStream: true,
            statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
          } as never,
          (error: unknown, answer: unknown) => (error ? reject(error as Error) : resolve(answer as Readable)),
        )
      }),
  )
}

/** Reads an engine's stream of JSON events to its end and throws the error that it may carry. */
function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onEvent: (event: unknown) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error, events: unknown[]) => {
        const failed = events?.find(event => (event as { error?: unknown }).error) as
          | { error: string }
          | undefined
        if (error) reject(error)
        else if (failed !== undefined) reject(new Error(failed.error))
        else resolve()
      },
      onEvent,
    )
    stream.on('error', reject)
  })
}

async function listLabelled(docker: Docker, label: string): Promise<Labelled[]> {
  const filters = { label: [label] }
  return await guard('engine-failed', 'Cannot list what is ours', async () => {
    const [containers, images, volumes] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listImages({ filters: JSON.stringify(filters) }),
      docker.listVolumes({ filters }),
    ])
    return [
      ...containers.map(found => ({ kind: 'container' as const, id: found.Id, labels: found.Labels })),
      ...images.map(found => ({ kind: 'image' as const, id: found.Id, labels: found.Labels ?? {} })),
      ...(volumes.Volumes ?? []).map(found => ({
        kind: 'volume' as const,
        id: found.Name,
        labels: found.Labels ?? {},
      })),
    ]
  })
}

function imageOf(found: Docker.ImageInspectInfo): Image {
  return {
    id: found.Id,
    env: found.Config.Env ?? [],
    workdir: found.Config.WorkingDir || '/',
    user: found.Config.User || 'root',
    entrypoint: [found.Config.Entrypoint ?? []].flat(),
    labels: found.Config.Labels ?? {},
    bytes: found.Size,
    layers: found.RootFS.Layers ?? [],
  }
}

/** An answer of "not there" or "already so" becomes undefined. */
async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode
    if (status === 404 || status === 409 || status === 304) return undefined
    throw error
  }
}

async function guard<T>(code: SandboxErrorCode, what: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SandboxError) throw error
    throw new SandboxError(codeOf(error) ?? code, `${what}: ${messageOf(error)}`, { cause: error })
  }
}

function codeOf(error: unknown): SandboxErrorCode | undefined {
  switch ((error as { code?: unknown }).code) {
    case 'EACCES':
      return 'engine-denied'
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'engine-missing'
    default:
      return undefined
  }
}

function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown }; message?: unknown }
  return String(json?.message ?? message ?? error)
}
