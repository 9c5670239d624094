import http from 'node:http'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { findEngine } from '../../sandbox/setup.ts'
import { makeFolder } from '../support/folder.ts'

afterEach(() => vi.unstubAllEnvs())

/** A server on a unix socket that answers as an engine would, or not at all. */
async function openEngine(answer: (path: string) => unknown): Promise<AsyncDisposable> {
  const socket = path.join(makeFolder({}), 'engine.sock')
  const server = http.createServer((request, response) => {
    const body = answer(request.url ?? '')
    if (body !== undefined) response.end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(socket, resolve))
  vi.stubEnv('DOCKER_HOST', `unix://${socket}`)
  return {
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What an engine says of itself. */
function answering({
  security = ['name=seccomp,profile=default'],
  components = [{ Name: 'runc', Version: '1.2.9' }],
}: {
  security?: readonly string[]
  components?: readonly { Name: string; Version: string }[]
} = {}): (path: string) => unknown {
  const runtimes = { runc: {}, runsc: {} }
  const info = {
    NCPU: 4,
    MemTotal: 8e9,
    DockerRootDir: '/data',
    Runtimes: runtimes,
    SecurityOptions: security,
  }
  const version = { Version: '27.1', ApiVersion: '1.46', Arch: 'arm64', Components: components }
  return url => (url.includes('info') ? info : version)
}

test('an engine that is new enough is found through DOCKER_HOST', async () => {
  await using _engine = await openEngine(answering())

  const found = await findEngine()

  expect(found?.about).toEqual({
    version: '27.1',
    apiVersion: '1.46',
    architecture: 'arm64',
    cpus: 4,
    memoryBytes: 8e9,
    dataFolder: '/data',
    runtimes: ['runc', 'runsc'],
    runtime: undefined,
    runc: '1.2.9',
    remapsUsers: false,
    filter: 'ours',
  })
})

test.each([
  { security: ['name=seccomp,profile=builtin', 'name=userns'], about: { filter: 'ours', remapsUsers: true } },
  { security: ['name=seccomp,profile=default', 'name=rootless'], about: { remapsUsers: true } },
  { security: ['name=apparmor'], about: { filter: 'none', remapsUsers: false } },
  { components: [{ Name: 'Podman Engine', Version: '5.4' }], about: { filter: 'engine', runc: undefined } },
])('what an engine says of its safety is understood: $security $components', async ({ about, ...said }) => {
  await using _engine = await openEngine(answering(said))

  expect((await findEngine())?.about).toMatchObject(about)
})

test('a runtime is chosen with ARETE_RUNTIME', async () => {
  vi.stubEnv('ARETE_RUNTIME', 'runsc')
  await using _engine = await openEngine(answering())

  expect((await findEngine())?.about.runtime).toBe('runsc')
})

test('a runtime that the engine does not know is named, with what to do', async () => {
  vi.stubEnv('ARETE_RUNTIME', 'kata')
  await using _engine = await openEngine(answering())

  await expect(findEngine()).rejects.toMatchObject({
    code: 'runtime-missing',
    message:
      'Cannot run sandboxes with ARETE_RUNTIME=kata: the engine knows runc, runsc. Name it in ' +
      '/etc/docker/daemon.json and restart the engine, or unset ARETE_RUNTIME ("npx arete doctor" then shows the lines for gVisor)',
  })
})

test('an engine that is too old is named with the version that is needed', async () => {
  await using _engine = await openEngine(() => ({ Version: '19.03', ApiVersion: '1.40', Arch: 'amd64' }))

  await expect(findEngine()).rejects.toMatchObject({
    code: 'engine-old',
    message:
      'Cannot use container engine 19.03: its API 1.40 is older than 1.41. Install Docker 20.10 or newer',
  })
})

test('an engine that hangs is given up after two seconds', async () => {
  await using _engine = await openEngine(() => undefined)

  await expect(findEngine()).rejects.toMatchObject({ code: 'engine-missing' })
})

test('a DOCKER_HOST where nobody answers says what to do', async () => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/engine.sock')

  await expect(findEngine()).rejects.toThrow(
    'Cannot reach the container engine at DOCKER_HOST=unix:///nonexistent/engine.sock: start it, or unset DOCKER_HOST to use the local one',
  )
})
