import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { splitFiles, unpackFolder } from '../../sandbox/archive.ts'
import type { BuildOptions, Engine, Image } from '../../sandbox/engine.ts'
import { ensureRecipeImage } from '../../sandbox/recipe.ts'
import { Recipe } from '../../task-bank/recipe.ts'
import { makeFolder } from '../support/folder.ts'

afterEach(() => vi.unstubAllEnvs())

const RECIPE = Recipe.parse({ packages: ['python3-toml'], clone: '/nowhere', commit: 'c0ffee0' })
const OPTIONS = { seconds: 9, say: () => {} }
const BASE = { id: 'sha256:1', user: 'agent' } as Image

test('with --offline no packages are fetched for the image of a recipe', async () => {
  vi.stubEnv('ARETE_OFFLINE', '1')
  const engine: Partial<Engine> = { findImage: async () => undefined }

  await expect(ensureRecipeImage(engine as Engine, RECIPE, BASE, OPTIONS)).rejects.toMatchObject({
    code: 'build-failed',
    message: 'Cannot fetch the Debian packages python3-toml: the network is forbidden (--offline)',
  })
})

test('packages that this machine cannot fetch come from where the map says', async () => {
  const map =
    '[images]\n"*" = "other"\n[apt]\n"http://deb.debian.org/" = "http://127.0.0.1:9/"\n[build]\nnetwork = "host"\n'
  vi.stubEnv('ARETE_MAP', path.join(makeFolder({ 'map.toml': map }), 'map.toml'))
  const asked: { dockerfile: string; network: BuildOptions['network'] | undefined }[] = []
  const engine: Partial<Engine> = {
    findImage: async () => undefined,
    // An image without any release is of none that this machine could serve.
    openStopped: async () =>
      ({ readArchive: async () => undefined, [Symbol.asyncDispose]: async () => {} }) as never,
    buildImage: async (context, { network }) => {
      const [file] = splitFiles(await unpackFolder(context, 2 ** 20, 0))
      asked.push({ network, dockerfile: Buffer.from(file!.content).toString() })
    },
  }

  await expect(ensureRecipeImage(engine as Engine, RECIPE, BASE, OPTIONS)).rejects.toThrow(
    'although it was built',
  )

  expect(asked).toEqual([
    {
      network: 'host',
      dockerfile: expect.stringMatching(/^FROM sha256:1\n(.|\n)*127\\\.0\\\.0\\\.1:9(.|\n)*apt-get update/),
    },
  ])
})
