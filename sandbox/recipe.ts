import { mapDockerfile } from '../task-bank/dockerfile.ts'
import type { Recipe } from '../task-bank/recipe.ts'
import { packTar, type TarFile } from './archive.ts'
import { readCommit } from './clone.ts'
import { sha256 } from './digest.ts'
import type { Engine, Image } from './engine.ts'
import { SandboxError } from './errors.ts'
import { keptLabels } from './owner.ts'
import { fetchPackages } from './packages.ts'
import { currentSupply } from './supply.ts'

type Say = (line: string) => void

/** Raise when images come to be made otherwise. */
const FORMAT = 1
const PACKAGES = '/arete-packages'

/** What is just being made; several tasks want the same packages at once. */
const underWay = new Map<string, Promise<Image>>()

/**
 * The image of a recipe: packages on a base, kept for every task with the same ones, and on that the repository at the task's
 * commit. Each is named by what it is made of and made once; nothing is fetched if it is there.
 */
export async function ensureRecipeImage(
  engine: Engine,
  recipe: Recipe,
  base: Image,
  options: { seconds: number; say: Say },
): Promise<Image> {
  const { packages, commands, env } = recipe
  const ground = await ensure(engine, ['ground', base.id, [...packages].sort(), commands, env], options, () =>
    groundContext(engine, recipe, base),
  )
  const { commit, workdir, install } = recipe
  return await ensure(engine, ['repository', ground.id, commit, workdir, install], options, () =>
    repositoryContext(recipe, ground),
  )
}

interface Context {
  readonly files: readonly TarFile[]
  readonly network: 'none' | 'default' | 'host'
}

async function ensure(
  engine: Engine,
  parts: readonly unknown[],
  options: { seconds: number; say: Say },
  makeContext: () => Promise<Context>,
): Promise<Image> {
  const tag = `arete/recipe:${sha256(JSON.stringify([FORMAT, ...parts])).slice(0, 24)}`
  const running = underWay.get(tag)
  if (running !== undefined) return await running
  const making = make(engine, tag, options, makeContext)
  underWay.set(tag, making)
  try {
    return await making
  } finally {
    underWay.delete(tag)
  }
}

async function make(
  engine: Engine,
  tag: string,
  { seconds, say }: { seconds: number; say: Say },
  makeContext: () => Promise<Context>,
): Promise<Image> {
  const there = await engine.findImage(tag)
  if (there !== undefined) return there
  const { files, network } = await makeContext()
  await engine.buildImage(packTar(files), {
    tag,
    labels: keptLabels('task'),
    network,
    timeoutSeconds: seconds,
    onLine: say,
  })
  const image = await engine.findImage(tag)
  if (image === undefined)
    throw new SandboxError('build-failed', `Cannot find the image ${tag} although it was built`)
  return image
}

/** Packages come from this machine if it can fetch them, else by the engine's network. */
async function groundContext(
  engine: Engine,
  { packages, commands, env }: Recipe,
  base: Image,
): Promise<Context> {
  const { mapping, isOffline } = currentSupply()
  if (packages.length > 0 && isOffline)
    throw new SandboxError(
      'build-failed',
      `Cannot fetch the Debian packages ${packages.join(', ')}: the network is forbidden (--offline)`,
    )
  const fetched = packages.length === 0 ? [] : await fetchPackages(engine, base, packages)
  const install =
    fetched === undefined
      ? [
          `RUN apt-get update && ${APT} install -y --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*`,
        ]
      : fetched.length > 0
        ? [`COPY packages ${PACKAGES}`, `RUN ${DPKG} ${PACKAGES}/*.deb && rm -rf ${PACKAGES}`]
        : []
  const lines = [
    `FROM ${base.id}`,
    'USER root',
    ...install,
    ...Object.entries(env).map(
      ([name, value]) => `ENV ${name}=${JSON.stringify(value).replaceAll('$', '\\$')}`,
    ),
    ...commands.map(command => `RUN ${command}`),
    `USER ${base.user || 'root'}`,
  ]
  const debs = (fetched ?? []).map(file => ({ ...file, name: `packages/${file.name}` }))
  const text = lines.join('\n')
  if (fetched !== undefined)
    return { files: [{ name: 'Dockerfile', content: text }, ...debs], network: 'none' }
  // What it begins with is named by its content and has no other name.
  const mapped = mapDockerfile(text, { ...mapping, images: {} })
  return {
    files: [{ name: 'Dockerfile', content: mapped.text }],
    network: mapping.build.network ?? 'default',
  }
}

const APT = 'DEBIAN_FRONTEND=noninteractive apt-get'
const DPKG = 'DEBIAN_FRONTEND=noninteractive dpkg --install'

async function repositoryContext(
  { clone, commit, workdir, install }: Recipe,
  ground: Image,
): Promise<Context> {
  const { tree, index } = await readCommit(clone, commit)
  const lines = [
    `FROM ${ground.id}`,
    'USER root',
    `ADD tree.tar ${workdir}/`,
    `COPY index ${workdir}/.git/index`,
    `WORKDIR ${workdir}`,
    ...install.map(command => `RUN ${command}`),
    `USER ${ground.user || 'root'}`,
  ]
  return {
    files: [
      { name: 'Dockerfile', content: lines.join('\n') },
      { name: 'tree.tar', content: tree },
      { name: 'index', content: index },
    ],
    network: 'none',
  }
}
