import fs from 'node:fs'
import path from 'node:path'
import type { ImageSource } from '../task-bank/task.ts'
import { packTar, readTarFiles } from './archive.ts'
import { BASE_IMAGE } from './base.ts'
import { digestFiles, sha256 } from './digest.ts'
import { withoutChmod } from './dockerfile.ts'
import type { Engine, Image } from './engine.ts'
import { SandboxError } from './errors.ts'
import { keptLabels } from './owner.ts'
import { ensureRecipeImage } from './recipe.ts'

/** How long a registry may stay silent before an image counts as not to be had. */
const QUIET_SECONDS = 20

/**
 * The image of a task, built or pulled only if the engine does not have it. A built one is named by the digest of its
 * folder and of the base image, so it is built once and never mistaken for another.
 */
export async function ensureImage(
  engine: Engine,
  source: ImageSource,
  options: { seconds: number; say: (line: string) => void },
): Promise<Image> {
  switch (source.kind) {
    case 'reference':
      return (await engine.findImage(source.reference)) ?? (await pull(engine, source.reference))
    case 'build':
      return await build(engine, source, options)
    case 'recipe': {
      const base = await ensureImage(engine, { kind: 'reference', reference: source.recipe.base }, options)
      return await ensureRecipeImage(engine, source.recipe, base, options)
    }
  }
}

async function pull(engine: Engine, reference: string): Promise<Image> {
  await engine.pullImage(reference, QUIET_SECONDS)
  const image = await engine.findImage(reference)
  if (image === undefined)
    throw new SandboxError('image-missing', `Cannot find the image ${reference} although it was pulled`)
  return image
}

async function build(
  engine: Engine,
  { folder, dockerfile: name = 'Dockerfile', ...more }: ImageSource & { kind: 'build' },
  { seconds, say }: { seconds: number; say: (line: string) => void },
): Promise<Image> {
  const dockerfile = path.join(folder, name)
  if (!fs.existsSync(dockerfile))
    throw new SandboxError('task-unusable', `Cannot build an image: ${dockerfile} is missing`)
  const onBase = /^FROM\s+arete\/base:/m.test(fs.readFileSync(dockerfile, 'utf8'))
  const base = onBase ? ((await engine.findImage(BASE_IMAGE))?.id ?? '') : ''
  const recipe = name === 'Dockerfile' && Object.keys(more).length === 1 ? '' : JSON.stringify([name, more])
  const tag = `arete/task:${sha256(digestFiles([folder]) + base + recipe).slice(0, 24)}`
  const there = await engine.findImage(tag)
  if (there !== undefined) return there
  await engine.buildImage(packTar(withoutChmod(readTarFiles(folder))), {
    tag,
    labels: keptLabels('task'),
    dockerfile: name,
    ...(more.args === undefined ? {} : { args: more.args }),
    ...(more.target === undefined ? {} : { target: more.target }),
    network: onBase ? 'none' : 'default',
    timeoutSeconds: seconds,
    onLine: say,
  })
  const built = await engine.findImage(tag)
  if (built === undefined)
    throw new SandboxError('build-failed', `Cannot find the image ${tag} although it was built`)
  return built
}
