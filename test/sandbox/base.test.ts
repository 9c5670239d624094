import fs from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { splitFiles, unpackFolder } from '../../sandbox/archive.ts'
import { ensureBase } from '../../sandbox/base.ts'
import type { BuildOptions, Engine } from '../../sandbox/engine.ts'
import { NODE_VERSION } from '../../sandbox/node.ts'
import { makeFolder } from '../support/folder.ts'

afterEach(() => vi.unstubAllEnvs())

/** The engine has been asked for a build, and that is enough. */
class Enough extends Error {}

/** What an engine without images is asked for until the first build. */
async function watchBase(map: string): Promise<{
  looked: string[]
  pulled: string[]
  dockerfile: string
  network: BuildOptions['network'] | undefined
}> {
  const folder = makeFolder({ 'map.toml': map, [`cache/node-${NODE_VERSION}-x64/node`]: 'node' })
  vi.stubEnv('ARETE_MAP', path.join(folder, 'map.toml'))
  vi.stubEnv('ARETE_CACHE', path.join(folder, 'cache'))
  const seen = { looked: [] as string[], pulled: [] as string[], dockerfile: '', network: undefined as never }
  const engine: Partial<Engine> = {
    about: async () => ({ architecture: 'x86_64' }) as never,
    findImage: async name => void seen.looked.push(name) as undefined,
    pullImage: async name => void seen.pulled.push(name),
    buildImage: async (context: Readable, { network }) => {
      const [first] = splitFiles(await unpackFolder(context, 2 ** 20, 0))
      Object.assign(seen, { network, dockerfile: Buffer.from(first!.content).toString() })
      throw new Enough()
    },
  }
  await expect(ensureBase(engine as Engine, () => {})).rejects.toThrow(Enough)
  return seen
}

test('the base image begins with the published Debian, and nothing is in between', async () => {
  const { pulled, dockerfile, network } = await watchBase('')

  expect(pulled).toEqual([expect.stringMatching(/^debian:12-slim@sha256:[0-9a-f]{64}$/)])
  expect(dockerfile.split('\n').slice(0, 2)).toEqual([
    `FROM ${pulled[0]}`,
    expect.stringMatching(/^RUN apt-get update && apt-get install /),
  ])
  expect(network).toBe('default')
})

test('the base image comes from mirrors: Debian, its packages, and the network of the build', async () => {
  const { looked, pulled, dockerfile, network } = await watchBase(`
[images]
"docker.io/library/*" = "127.0.0.1:5000/library/*"
[apt]
"http://deb.debian.org/" = "http://127.0.0.1:8080/"
[build]
network = "host"
`)

  expect(pulled).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:5000\/library\/debian:12-slim@sha256:[0-9a-f]{64}$/),
  ])
  expect(looked.at(-1)).toBe(pulled[0])
  expect(dockerfile).toContain(`FROM ${pulled[0]}\n`)
  expect(dockerfile).toContain("'s#http://deb\\.debian\\.org/#http://127\\.0\\.0\\.1:8080/#'")
  expect(network).toBe('host')
})

test('Node comes from the registry that the map names', async () => {
  const bin = makeFolder({ npm: '#!/bin/sh\necho "$@" > "$SEEN"; exit 1\n' })
  const seen = path.join(makeFolder({}), 'seen')
  fs.chmodSync(path.join(bin, 'npm'), 0o755)
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
  vi.stubEnv('SEEN', seen)
  const folder = makeFolder({ 'map.toml': '[registries]\nnpm = "http://127.0.0.1:4873/"\n' })
  vi.stubEnv('ARETE_MAP', path.join(folder, 'map.toml'))
  vi.stubEnv('ARETE_CACHE', path.join(folder, 'cache'))
  const engine: Partial<Engine> = {
    about: async () => ({ architecture: 'aarch64' }) as never,
    findImage: async () => undefined,
  }

  await expect(ensureBase(engine as Engine, () => {})).rejects.toThrow('"npm" failed')

  expect(fs.readFileSync(seen, 'utf8')).toMatch(/^pack --silent --registry http:\/\/127\.0\.0\.1:4873\/ /)
})

test('with --offline nothing is fetched for the base image, and it is said what helps', async () => {
  vi.stubEnv('ARETE_OFFLINE', '1')
  const engine: Partial<Engine> = { findImage: async () => undefined }

  await expect(ensureBase(engine as Engine, () => {})).rejects.toMatchObject({
    code: 'setup-failed',
    message: expect.stringMatching(
      /the network is forbidden \(--offline\)\. Run "arete setup" once.*docker load/,
    ),
  })
})
