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

test('an engine that is new enough is found through DOCKER_HOST', async () => {
  const info = { NCPU: 4, MemTotal: 8e9, DockerRootDir: '/data', Runtimes: { runc: {}, runsc: {} } }
  await using _engine = await openEngine(url =>
    url.includes('info') ? info : { Version: '27.1', ApiVersion: '1.46', Arch: 'arm64' },
  )

  const found = await findEngine()

  expect(found?.about).toEqual({
    version: '27.1',
    apiVersion: '1.46',
    architecture: 'arm64',
    cpus: 4,
    memoryBytes: 8e9,
    dataFolder: '/data',
    runtimes: ['runc', 'runsc'],
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
