import fs from 'node:fs'
import path from 'node:path'
import type { ImageSource } from '../task-bank/task.ts'
import { packTar, readTarFiles } from './archive.ts'
import { BASE_IMAGE } from './base.ts'
import { digestFiles, sha256 } from './digest.ts'
import { withoutChmod } from './dockerfile.ts'
import type { Engine, Image } from './engine.ts'
import { SandboxError } from './errors.ts'
import { makeRoom, pulledName } from './eviction.ts'
import { hold } from './hold.ts'
import { lock } from './lock.ts'
import { keptLabels } from './owner.ts'

/** How long a registry may stay silent before an image counts as not to be had. */
const QUIET_SECONDS = 20

export interface ImageOptions {
  /** Holds the image until its end. */
  readonly run: string
  /** What a build may take. */
  readonly seconds: number
  readonly say: (line: string) => void
}

/**
 * The image of a task, held for a run, and built or pulled only if the engine does not have it: once, however many want it at the
 * same time. A built one is named by the digest of its folder and of the base image, so it is shared by all tasks with the
 * same environment and never mistaken for another.
 */
export async function ensureImage(
  engine: Engine,
  source: ImageSource,
  options: ImageOptions,
): Promise<Image> {
  switch (source.kind) {
    case 'reference': {
      const { reference } = source
      return await ensure(engine, [reference, pulledName(reference)], options, async () => {
        await engine.pullImage(reference, QUIET_SECONDS)
        await engine.tagImage(reference, pulledName(reference))
      })
    }
    case 'build': {
      const tag = await buildTag(engine, source.folder)
      return await ensure(engine, [tag], options, () => build(engine, source.folder, tag, options))
    }
  }
}

async function ensure(
  engine: Engine,
  names: readonly string[],
  { run, say }: ImageOptions,
  make: () => Promise<void>,
): Promise<Image> {
  const there = await take(engine, names, run)
  if (there !== undefined) return there
  {
    await using _ = await lock(engine, sha256(names[0]!).slice(0, 24), run)
    const meanwhile = await take(engine, names, run)
    if (meanwhile !== undefined) return meanwhile
    await make()
  }
  const made = await take(engine, names, run)
  if (made === undefined)
    throw new SandboxError('image-missing', `Cannot find the image ${names[0]} although it was just made`)
  // For want of room it is another who fails.
  await makeRoom(engine).catch(error => say(String(error)))
  return made
}

/** Held before it is looked at: from then on nobody removes it. Its name of ours is given anew, which notes the time. */
async function take(engine: Engine, names: readonly string[], run: string): Promise<Image | undefined> {
  for (const name of names) {
    if (!(await hold(engine, name, run))) continue
    const own = names.at(-1)!
    const isOurs = own === name || (await engine.findImage(own)) !== undefined
    if (isOurs) await engine.tagImage(name, own)
    return await engine.findImage(name)
  }
  return undefined
}

async function buildTag(engine: Engine, folder: string): Promise<string> {
  const dockerfile = path.join(folder, 'Dockerfile')
  if (!fs.existsSync(dockerfile))
    throw new SandboxError('task-unusable', `Cannot build an image: ${dockerfile} is missing`)
  const base = isOnBase(folder) ? ((await engine.findImage(BASE_IMAGE))?.id ?? '') : ''
  return `arete/task:${sha256(digestFiles([folder]) + base).slice(0, 24)}`
}

async function build(engine: Engine, folder: string, tag: string, options: ImageOptions): Promise<void> {
  await engine.buildImage(packTar(withoutChmod(readTarFiles(folder))), {
    tag,
    labels: keptLabels('task'),
    network: isOnBase(folder) ? 'none' : 'default',
    timeoutSeconds: options.seconds,
    onLine: options.say,
  })
}

function isOnBase(folder: string): boolean {
  return /^FROM\s+arete\/base:/m.test(fs.readFileSync(path.join(folder, 'Dockerfile'), 'utf8'))
}
