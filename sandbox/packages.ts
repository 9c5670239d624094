import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { type TarFile, unpackFolder } from './archive.ts'
import type { Engine, Image } from './engine.ts'
import { SandboxError } from './errors.ts'
import { labelsOf } from './owner.ts'
import { openTemporary } from './temporary.ts'

const SECONDS = 900

/**
 * Fetches Debian packages, and what they need that an image does not have, with this machine's apt, so that the image can be
 * built without a network.
 *
 * @returns undefined if this machine has no apt, or one of another release than the image's
 * @throws SandboxError `build-failed` with apt's last lines
 */
export async function fetchPackages(
  engine: Engine,
  image: Image,
  packages: readonly string[],
): Promise<TarFile[] | undefined> {
  const labels = labelsOf({ run: 'setup', role: 'preparation', seconds: 600, now: Date.now() })
  await using stopped = await engine.openStopped({ image: image.id, labels, mounts: [] })
  const read = async (file: string): Promise<string> => {
    const archive = await stopped.readArchive(file)
    return archive === undefined ? '' : Buffer.from((await unpackFolder(archive, 2 ** 26, 0)).body).toString()
  }
  const [status, theirs] = [await read('/var/lib/dpkg/status'), releaseOf(await readRelease(read))]
  if (
    theirs === undefined ||
    theirs !== releaseOf(await readRelease(readHere)) ||
    !fs.existsSync('/usr/bin/apt-get')
  )
    return undefined
  using temporary = openTemporary()
  const inFolder = (name: string): string => path.join(temporary.path, name)
  fs.mkdirSync(inFolder('archives/partial'), { recursive: true })
  fs.writeFileSync(inFolder('status'), status)
  const settings = [
    `Dir::State::status=${inFolder('status')}`,
    `Dir::Cache::archives=${inFolder('archives')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    `APT::Architecture=${architectureOf(status)}`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
  ].flatMap(setting => ['-o', setting])
  const args = [...settings, '--yes', '--download-only', '--no-install-recommends', 'install', ...packages]
  const result = await execa('apt-get', args, {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: SECONDS * 1000,
  })
  if (result.failed) {
    const last = (result.all ?? '').trim().split('\n').slice(-5).join('\n')
    throw new SandboxError(
      'build-failed',
      `Cannot fetch Debian packages: ${last || result.shortMessage}\n"apt-get update" on this machine may help`,
    )
  }
  return fs
    .readdirSync(inFolder('archives'))
    .filter(name => name.endsWith('.deb'))
    .map(name => ({ name, content: fs.readFileSync(inFolder(`archives/${name}`)) }))
}

/** The file is a link in most images, and an archive holds the link alone. */
async function readRelease(read: (file: string) => Promise<string>): Promise<string> {
  return (await read('/usr/lib/os-release')) || (await read('/etc/os-release'))
}

async function readHere(file: string): Promise<string> {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

function releaseOf(text: string): string | undefined {
  return /^VERSION_CODENAME="?(\w+)/m.exec(text)?.[1]
}

function architectureOf(status: string): string {
  const own = status.split('\n\n').find(one => one.trimStart().startsWith('Package: dpkg\n')) ?? ''
  return /^Architecture: (\w+)$/m.exec(own)?.[1] ?? 'amd64'
}
