import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { openClip } from '../agent-runtime/clip.ts'
import { archivesOf, joinOthers, removeContainer, stateOf } from './docker-containers.ts'
import { guard, orUndefined } from './docker-failures.ts'
import { buildServiceOptions } from './docker-options.ts'
import type { EngineAbout, Labels, ServiceContainer, ServiceSpec } from './engine.ts'

const KEPT_OUTPUT = 64 * 2 ** 10

/** Starts a container that runs what its image says; leaves nothing behind if that fails. */
export async function openService(
  docker: Docker,
  spec: ServiceSpec,
  about: EngineAbout,
): Promise<ServiceContainer> {
  return await guard('engine-failed', `Cannot start a service from ${spec.image}`, async () => {
    const container = await docker.createContainer(buildServiceOptions(spec, about))
    try {
      const stream = await container.attach({ stream: true, stdout: true, stderr: true })
      const said = openClip(KEPT_OUTPUT)
      const sink = { write: (chunk: Buffer) => said.add(chunk) } as never
      docker.modem.demuxStream(stream, sink, sink)
      const ended = new Promise<void>(resolve => {
        for (const event of ['close', 'end', 'error']) stream.on(event, () => resolve())
      })
      await joinOthers(docker, container.id, spec.network)
      await container.start()
      return {
        id: container.id,
        said: () => said.bytes().toString(),
        ended,
        state: () => stateOf(container),
        exec: options => exec(docker, container, options),
        readArchive: archivesOf(container).readArchive,
        remove: () => removeContainer(docker, container.id),
      }
    } catch (error) {
      await removeContainer(docker, container.id)
      throw error
    }
  })
}

/** @returns no exit code if it did not end in time, or could not be started */
async function exec(
  docker: Docker,
  container: Docker.Container,
  { argv, user, seconds }: { argv: readonly string[]; user: string | undefined; seconds: number },
): Promise<{ exitCode: number | undefined; said: string }> {
  const said = openClip(KEPT_OUTPUT)
  try {
    const started = await container.exec({
      Cmd: [...argv],
      ...(user === undefined ? {} : { User: user }),
      AttachStdout: true,
      AttachStderr: true,
    })
    const stream = await started.start({})
    const out = new PassThrough()
    out.on('data', (chunk: Buffer) => said.add(chunk))
    docker.modem.demuxStream(stream, out, out)
    const ended = new Promise<boolean>(resolve => {
      for (const event of ['close', 'end', 'error']) stream.on(event, () => resolve(true))
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), seconds * 1000)
    })
    const inTime = await Promise.race([ended, late])
    clearTimeout(timer)
    stream.destroy()
    const state = inTime ? await started.inspect() : undefined
    return { exitCode: state?.ExitCode ?? undefined, said: said.bytes().toString() }
  } catch (error) {
    return { exitCode: undefined, said: String((error as Error).message) }
  }
}

/** No address for the engine's machine in it, so that even that cannot be reached. */
export async function createNetwork(docker: Docker, name: string, labels: Labels): Promise<void> {
  await guard('engine-failed', `Cannot create the network ${name}`, () =>
    docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      Internal: true,
      Labels: { ...labels },
      Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
    }),
  )
}

export async function removeNetwork(docker: Docker, name: string): Promise<void> {
  await guard('engine-failed', `Cannot remove the network ${name}`, () =>
    orUndefined(docker.getNetwork(name).remove()),
  )
}
