import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { cacheFolder } from '../../sandbox/cache.ts'
import { sha256 } from '../../sandbox/digest.ts'
import { openTemporary } from '../../sandbox/temporary.ts'
import type { Needs } from '../../task-bank/history/packages.ts'

/** The Python of the base image. */
const PYTHON = '3.11'
const SECONDS = 900
/** Raise when the same needs give another folder. */
const FORMAT = 1

/**
 * Fetches the packages that tasks need, once for all commits that need the same, into a folder of the cache that goes into their
 * images: wheels for Python, a tree of modules for Node. The host's own pip and npm do it, with their configuration and cache; no
 * program of a package runs.
 *
 * @param network - without it only what npm has in its cache, and what was fetched before, can be had
 */
export async function fetchPack(
  needs: Needs,
  options: { arch: string; network: boolean },
): Promise<{ folder: string } | { missing: string }> {
  const folder = packFolder(needs, options.arch)
  if (fs.existsSync(folder)) return { folder }
  using temporary = openTemporary()
  const fresh = path.join(temporary.path, 'packages')
  fs.mkdirSync(fresh)
  const missing =
    needs.kind === 'python'
      ? await fetchWheels(needs.requirements, fresh, options)
      : await fetchModules(needs, fresh, temporary.path, options)
  if (missing !== undefined) return { missing }
  fs.mkdirSync(path.dirname(folder), { recursive: true })
  if (!fs.existsSync(folder)) fs.renameSync(fresh, folder)
  return { folder }
}

/** Where these packages lie once they are there. */
export function packFolder(needs: Needs, arch: string): string {
  const key = sha256(JSON.stringify([FORMAT, PYTHON, arch, needs])).slice(0, 24)
  return path.join(cacheFolder(), 'packages', key)
}

async function fetchWheels(
  requirements: readonly string[],
  folder: string,
  { arch, network }: { arch: string; network: boolean },
): Promise<string | undefined> {
  if (!network) return `${requirements.join(', ')} of PyPI: allow it with --network`
  const machine = arch === 'arm64' ? 'aarch64' : 'x86_64'
  const platforms = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_28', 'manylinux_2_34'].flatMap(name => [
    '--platform',
    `${name}_${machine}`,
  ])
  const download = (target: string, names: readonly string[]) => [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'],
    ...['--python-version', PYTHON, '--implementation', 'cp', ...platforms],
    ...['--dest', path.join(folder, target), '--', ...names],
  ]
  const failed =
    (await run('python3', download('wheels', requirements), folder)) ??
    (await run('python3', download('installer', ['pip']), folder))
  if (failed !== undefined) return failed
  const installer = fs.readdirSync(path.join(folder, 'installer')).find(name => name.startsWith('pip-'))
  if (installer === undefined) return 'pip itself'
  fs.renameSync(path.join(folder, 'installer', installer), path.join(folder, 'pip.whl'))
  fs.rmSync(path.join(folder, 'installer'), { recursive: true })
  return undefined
}

async function fetchModules(
  { packages, lock }: Needs & { kind: 'node' },
  folder: string,
  temporary: string,
  { arch, network }: { arch: string; network: boolean },
): Promise<string | undefined> {
  const place = path.join(temporary, 'project')
  fs.mkdirSync(place)
  fs.writeFileSync(
    path.join(place, 'package.json'),
    JSON.stringify({ name: 'packages', private: true, dependencies: packages }),
  )
  if (lock !== undefined) fs.writeFileSync(path.join(place, 'package-lock.json'), lock)
  const options = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--legacy-peer-deps',
    '--install-links',
  ]
  const system = ['--os=linux', `--cpu=${arch === 'arm64' ? 'arm64' : 'x64'}`, '--libc=glibc']
  const failed = await run(
    'npm',
    ['install', network ? '--prefer-offline' : '--offline', ...options, ...system],
    place,
  )
  if (failed !== undefined) return network ? failed : `${failed}; allow the registry with --network`
  const modules = path.join(place, 'node_modules')
  fs.mkdirSync(modules, { recursive: true })
  const archive = await run(
    'tar',
    [
      '--numeric-owner',
      '--owner=0',
      '--group=0',
      '--sort=name',
      '--mtime=@946684800',
      '-cf',
      path.join(folder, 'node_modules.tar'),
      'node_modules',
    ],
    place,
  )
  return archive
}

/** What went wrong, in one line. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  const result = await execa(command, args, {
    cwd,
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: SECONDS * 1000,
  })
  if (!result.failed) return undefined
  if (result.timedOut) return `"${command} ${args[0]}" took over ${SECONDS} s`
  const lines = (result.all ?? '').trim().split('\n')
  const telling = lines.find(line => /^(ERROR|npm (?:error|ERR!))/.test(line)) ?? lines.at(-1) ?? ''
  return (telling || (result.shortMessage ?? '')).slice(0, 300)
}
