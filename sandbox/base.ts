import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { mapDockerfile } from '../task-bank/dockerfile.ts'
import { type Mapping, mapAddress, mapImage } from '../task-bank/mapping.ts'
import { packTar } from './archive.ts'
import { runChore } from './chore.ts'
import { sha256 } from './digest.ts'
import type { Engine } from './engine.ts'
import { SandboxError } from './errors.ts'
import { proxied, runHere } from './here.ts'
import { fetchNode, NODE_VERSION } from './node.ts'
import { keptLabels, labelsOf } from './owner.ts'
import { currentSupply } from './supply.ts'
import { openTemporary } from './temporary.ts'

/** The image that the bundled tasks build on: Debian 12 with git, Python, pytest and Node. */
export const BASE_IMAGE = 'arete/base:1'

const PUBLISHED_DEBIAN =
  'debian:12-slim@sha256:d5d3f9c23164ea16f31852f95bd5959aad1c5e854332fe00f7b3a20fcc9f635c'

/** Where debootstrap looks unless it is told. */
const DEBIAN = 'http://deb.debian.org/debian'

/** A registry that cannot be reached shows within this time. */
const QUIET_SECONDS = 5

const PACKAGES = [
  'bash',
  'ca-certificates',
  'git',
  'libstdc++6',
  'make',
  'patch',
  'procps',
  'python3',
  'python3-pytest',
  'python3-requests',
]

const FINISH = [
  'useradd --create-home --uid 1000 --shell /bin/bash agent',
  'mkdir -p /app /logs /tests /solution /sandbox /installed-agent',
  'rm -rf /var/cache/apt/* /var/lib/apt/lists/* /var/log/*',
]

const CHECKS: readonly (readonly [what: string, command: string])[] = [
  ['Debian 12', 'grep -q VERSION_ID=.12 /etc/os-release'],
  ['git', 'git --version'],
  ['Python with pytest', 'python3 -m pytest --version'],
  ['requests for Python', 'python3 -c "import requests"'],
  ['Node', `test "$(node --version)" = v${NODE_VERSION}`],
  ['the user agent', 'test "$(id -u agent)" = 1000'],
]

const RECIPE_LABEL = 'arete.recipe'
const RECIPE = sha256(JSON.stringify([PACKAGES, FINISH, NODE_VERSION, CHECKS])).slice(0, 16)

export type Say = (line: string) => void

/** Whether the base image is there and made by the present recipe. */
export async function hasBase(engine: Engine): Promise<boolean> {
  const image = await engine.findImage(BASE_IMAGE)
  return image?.labels[RECIPE_LABEL] === RECIPE
}

/**
 * Makes the base image unless it is there: from the published Debian where a registry answers within seconds, else from
 * Debian's packages with debootstrap. Either way the result passes the same checks. Where image and packages are to be had is
 * the mapping file's to say.
 *
 * @throws SandboxError `setup-failed` if the network is forbidden, for then nothing can be fetched
 */
export async function ensureBase(engine: Engine, say: Say): Promise<void> {
  if (await hasBase(engine)) return
  const { mapping, isOffline } = currentSupply()
  if (isOffline)
    throw new SandboxError(
      'setup-failed',
      `Cannot make the base image ${BASE_IMAGE}: the network is forbidden (--offline). Run "arete setup" once without it, or bring the ` +
        `image from another machine: "docker save ${BASE_IMAGE}" there, "docker load" here`,
    )
  const node = await fetchNode(engine, mapping, say)
  try {
    const debian = mapImage(mapping, PUBLISHED_DEBIAN)
    if ((await engine.findImage(debian)) === undefined) {
      say(`Pulling ${debian.split('@')[0]} (waiting ${QUIET_SECONDS} s at most for a registry)`)
      await engine.pullImage(debian, QUIET_SECONDS)
    }
    await buildFromPublished(engine, node, mapping, say)
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    say(
      `${error.code === 'image-missing' ? 'No registry answers' : firstLine(error)}: building it from packages instead`,
    )
    await buildFromPackages(engine, node, mapping, say)
  }
  await checkBase(engine)
}

/** Runs every check of the base image in a container without network. */
export async function checkBase(engine: Engine): Promise<void> {
  const script = CHECKS.map(([what, command]) => `(${command}) >/dev/null 2>&1 || echo '${what}'`).join('\n')
  const { said } = await runChore(engine, {
    image: BASE_IMAGE,
    entrypoint: ['/bin/sh', '-c', script],
    labels: labelsOf({ run: 'setup', role: 'base', seconds: 120, now: Date.now() }),
    tmpfs: { '/tmp': 'rw,size=16m' },
  })
  if (said === '') return
  throw new SandboxError(
    'setup-failed',
    `The base image lacks ${said.replaceAll('\n', ', ')}: remove it with "docker image rm ${BASE_IMAGE}" and run "arete setup" again`,
  )
}

async function buildFromPublished(engine: Engine, node: string, mapping: Mapping, say: Say): Promise<void> {
  const dockerfile = [
    `FROM ${PUBLISHED_DEBIAN}`,
    `RUN apt-get update && apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`,
    'COPY node /usr/local/bin/node',
    `RUN ${FINISH.join(' && ')}`,
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8',
  ].join('\n')
  const context = packTar([
    { name: 'Dockerfile', content: mapDockerfile(dockerfile, mapping).text },
    { name: 'node', content: fs.readFileSync(node), mode: 0o755 },
  ])
  await engine.buildImage(context, {
    tag: BASE_IMAGE,
    labels: { ...keptLabels('base'), [RECIPE_LABEL]: RECIPE },
    network: mapping.build.network ?? 'default',
    timeoutSeconds: 900,
    onLine: say,
  })
}

async function buildFromPackages(
  engine: Engine,
  node: string,
  { apt, registries }: Mapping,
  say: Say,
): Promise<void> {
  const debootstrap = '/usr/sbin/debootstrap'
  if (process.getuid?.() !== 0 || !fs.existsSync(debootstrap)) {
    throw new SandboxError(
      'setup-failed',
      'Cannot build the base image: no registry can be reached, and building from packages needs root and debootstrap. ' +
        'On Debian or Ubuntu: "sudo apt-get install debootstrap", then "sudo npx arete setup"',
    )
  }
  using temporary = openTemporary()
  const root = temporary.path
  say('Installing Debian packages with debootstrap (about a minute)')
  const mirror = mapAddress(apt, DEBIAN)
  const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', root]
  // Unless it is told, it may have its own mirror from its settings.
  await runHere(debootstrap, mirror === DEBIAN ? args : [...args, mirror], proxied(registries.proxy))
  fs.copyFileSync(node, path.join(root, 'usr/local/bin/node'))
  fs.chmodSync(path.join(root, 'usr/local/bin/node'), 0o755)
  for (const command of FINISH) await runHere('chroot', [root, '/bin/sh', '-c', command])
  say('Importing the image')
  const tar = execa('tar', ['--numeric-owner', '-C', root, '-c', '.'], { buffer: false, stdin: 'ignore' })
  await Promise.all([
    engine.importImage(Readable.from(tar.stdout), {
      tag: BASE_IMAGE,
      labels: { ...keptLabels('base'), [RECIPE_LABEL]: RECIPE },
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
    }),
    tar,
  ])
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
