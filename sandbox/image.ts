import fs from 'node:fs'
import path from 'node:path'
import { type MappedDockerfile, mapDockerfile } from '../task-bank/dockerfile.ts'
import { mapImage, NO_MAPPING, type Replacement, suggestLine } from '../task-bank/mapping.ts'
import type { ImageSource, Task } from '../task-bank/task.ts'
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
import { ensureRecipeImage } from './recipe.ts'
import { currentSupply, type Supply, usualMap } from './supply.ts'

/** How long a registry may stay silent before an image counts as not to be had. */
const QUIET_SECONDS = 20

export interface ImageOptions {
  /** Holds the image until its end. */
  readonly run: string
  /** What a build may take. */
  readonly seconds: number
  readonly say: (line: string) => void
}

/** An image that is held, and what of it came from elsewhere than the task says. */
export interface SuppliedImage extends Image {
  readonly replaced: readonly Replacement[]
}

type BuildSource = ImageSource & { kind: 'build' }

/**
 * The image of a task, or of a service beside it, held for a run, and built or pulled only if the engine does not have it: once,
 * however many want it at the same time. A built one is named by the digest of its folder as it is built here and of the base
 * image, so it is shared by all tasks with the same environment and never mistaken for another.
 *
 * @throws SandboxError with code `image-missing`, and the line for the mapping file that would help
 */
export async function ensureImage(
  engine: Engine,
  source: ImageSource,
  options: ImageOptions,
): Promise<SuppliedImage> {
  const supply = currentSupply()
  switch (source.kind) {
    case 'reference': {
      const { reference } = source
      const here = mapImage(supply.mapping, reference)
      const replaced: Replacement[] = here === reference ? [] : [{ kind: 'image', from: reference, to: here }]
      const names = [here, pulledName(here)]
      return {
        ...(await ensure(engine, names, options, () => pull(engine, reference, here, supply))),
        replaced,
      }
    }
    case 'build': {
      const plan = await planBuild(engine, source, supply)
      const image = await ensure(engine, [plan.tag], options, () => build(engine, source, plan, options))
      return { ...image, replaced: plan.replaced }
    }
    case 'recipe': {
      const base = await ensureImage(engine, { kind: 'reference', reference: source.recipe.base }, options)
      const image = await ensureRecipeImage(engine, source.recipe, base, options)
      await hold(engine, image.id, options.run)
      return { ...image, replaced: base.replaced }
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

async function pull(engine: Engine, reference: string, here: string, supply: Supply): Promise<void> {
  if (supply.isOffline) throw missing([reference], 'the network is forbidden (--offline)')
  try {
    await engine.pullImage(here, QUIET_SECONDS)
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'image-missing') throw error
    throw missing([reference], error.message)
  }
  await engine.tagImage(here, pulledName(here))
}

/** Images that cannot be had, with the lines to be copied that would tell where they are. */
function missing(names: readonly string[], why: string): SandboxError {
  return new SandboxError(
    'image-missing',
    `Cannot get ${names.join(', ')}: ${why}. If you have it under another name, write into ${usualMap()} or a file for --map: [images] ${names.map(suggestLine).join('; ')}`,
  )
}

/** An image that some tasks need and that cannot be had. */
export interface MissingImage {
  readonly name: string
  readonly tasks: readonly string[]
  readonly why: string
}

/** Seconds in which a registry must say whether it has an image. */
const ANSWER_SECONDS = 5

/** Which images of some tasks are neither there nor given by a registry; all are asked for at once, none is pulled. */
export async function findMissing(engine: Engine, tasks: readonly Task[]): Promise<MissingImage[]> {
  const supply = currentSupply()
  const wanted = new Map<string, { name: string; tasks: Set<string> }>()
  for (const task of tasks) {
    const services = [...(task.compose?.services ?? []), ...(task.verifier.compose?.services ?? [])]
    const sources = [task.image, task.verifier.image, ...services.map(service => service.image)]
    for (const { from, to } of sources.flatMap(source => imagesOf(source, supply))) {
      const entry = wanted.get(to) ?? { name: from, tasks: new Set() }
      wanted.set(to, entry)
      entry.tasks.add(task.name)
    }
  }
  const looked = [...wanted].map(async ([here, entry]): Promise<MissingImage[]> => {
    for (const name of [here, pulledName(here)]) if (await engine.findImage(name)) return []
    const why = supply.isOffline
      ? 'the network is forbidden (--offline)'
      : await engine.whyNotPulled(here, ANSWER_SECONDS)
    return why === undefined ? [] : [{ name: entry.name, tasks: [...entry.tasks], why }]
  })
  return (await Promise.all(looked)).flat()
}

/** All that is missing in words, with the lines for the mapping file that would help, to be copied. */
export function sayMissing(missing: readonly MissingImage[]): string {
  const lines = missing.map(({ name, tasks, why }) => {
    const who = tasks.length === 1 ? tasks[0] : `${tasks.length} tasks`
    return `  ${name} (${who}): ${why}`
  })
  const rules = missing.map(({ name }) => suggestLine(name))
  return [
    `${missing.length} ${missing.length === 1 ? 'image' : 'images'} cannot be had:`,
    ...lines,
    `If you have them under other names, write into ${usualMap()} or a file for --map:`,
    '[images]',
    ...rules,
  ].join('\n')
}

/** Images from elsewhere that a source needs, each as the task and as this machine calls it. */
function imagesOf(
  source: ImageSource | undefined,
  { mapping }: Pick<Supply, 'mapping'>,
): { from: string; to: string }[] {
  switch (source?.kind) {
    case undefined:
      return []
    case 'reference':
      return [{ from: source.reference, to: mapImage(mapping, source.reference) }]
    case 'build': {
      const file = path.join(source.folder, source.dockerfile ?? 'Dockerfile')
      // One that is not there is an error of its own, later.
      if (!fs.existsSync(file)) return []
      const { images } = mapDockerfile(fs.readFileSync(file, 'utf8'), mapping)
      return images.filter(({ to }) => to !== BASE_IMAGE)
    }
    case 'recipe':
      return imagesOf({ kind: 'reference', reference: source.recipe.base }, { mapping })
  }
}

interface BuildPlan extends MappedDockerfile {
  readonly tag: string
  readonly name: string
  readonly network: 'none' | 'default' | 'host'
}

async function planBuild(engine: Engine, source: BuildSource, supply: Supply): Promise<BuildPlan> {
  const { folder, dockerfile: name = 'Dockerfile', ...more } = source
  const file = path.join(folder, name)
  if (!fs.existsSync(file))
    throw new SandboxError('task-unusable', `Cannot build an image: ${file} is missing`)
  const text = fs.readFileSync(file, 'utf8')
  const onBase = /^FROM\s+arete\/base:/m.test(text)
  const { images, git, apt, registries, build } = supply.mapping
  const hasNetwork = !onBase && !supply.isOffline && build.network !== 'none'
  // What needs a network is of no use without one.
  const mapping = hasNetwork ? { images, git, apt, registries, build } : { ...NO_MAPPING, images }
  const mapped = mapDockerfile(text, mapping)
  if (supply.isOffline) {
    const absent: string[] = []
    for (const { from, to } of mapped.images)
      if ((await engine.findImage(to)) === undefined) absent.push(from)
    if (absent.length > 0) throw missing(absent, `the network is forbidden (--offline), and ${file} needs it`)
  }
  const base = onBase ? ((await engine.findImage(BASE_IMAGE))?.id ?? '') : ''
  const recipe = [
    ...(name === 'Dockerfile' && Object.keys(more).length === 1 ? [] : [JSON.stringify([name, more])]),
    ...(mapped.text === text ? [] : [mapped.text]),
  ]
  return {
    ...mapped,
    name,
    tag: `arete/task:${sha256(digestFiles([folder]) + base + recipe.join('\n')).slice(0, 24)}`,
    network: hasNetwork ? (build.network ?? 'default') : 'none',
  }
}

async function build(
  engine: Engine,
  { folder, args, target }: BuildSource,
  { tag, name, text, network }: BuildPlan,
  { seconds, say }: ImageOptions,
): Promise<void> {
  const context = readTarFiles(folder).map(file => (file.name === name ? { ...file, content: text } : file))
  await engine.buildImage(packTar(withoutChmod(context)), {
    tag,
    labels: keptLabels('task'),
    dockerfile: name,
    ...(args === undefined ? {} : { args }),
    ...(target === undefined ? {} : { target }),
    network,
    timeoutSeconds: seconds,
    onLine: say,
  })
}
