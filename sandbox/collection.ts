import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { TaskError } from '../task-bank/errors.ts'
import { findMembers, parseDataset } from '../task-bank/harbor/dataset.ts'
import { parseRegistry, type RegistryTask } from '../task-bank/harbor/registry.ts'
import { findTasks } from '../task-bank/load.ts'
import type { Replacement } from '../task-bank/mapping.ts'
import { convertTerminalBench, isTerminalBench } from '../task-bank/terminal-bench.ts'
import { joinFiles, splitFiles, unpackFolder } from './archive.ts'
import { cacheFolder } from './cache.ts'
import { digestFiles, sha256 } from './digest.ts'
import { git } from './git.ts'
import { type Clones, findClone } from './registry-clone.ts'
import type { Files } from './sandbox.ts'
import { unpackZip } from './zip.ts'

export interface CollectionOptions {
  readonly clones?: Clones
  /** Hears of what takes long. */
  readonly say?: (line: string) => void
  /** Hears of each repository that is elsewhere than a registry says. */
  readonly onReplaced?: (replacement: Replacement) => void
}

const MAX_ARCHIVE_BYTES = 2 ** 30
const ZIP = { entries: 100_000, bytes: MAX_ARCHIVE_BYTES, ratio: 200 }
const ARCHIVE = /\.(tar|tar\.gz|tgz|zip)$/i
/** How deep tasks of another format are looked for. */
const DEPTH = 3

/**
 * Makes folders of tasks of what a person named: a folder, an archive (`.tar`, `.tar.gz`, `.tgz`, `.zip`), a `dataset.toml`, or a registry
 * file, of which `registry.json#name@version` is one dataset. Tasks of Terminal-bench 1 are converted. What has to be made is
 * kept by its content.
 *
 * @throws TaskError that says what is missing, and how it can be had
 */
export async function openCollections(
  sources: readonly string[],
  options: CollectionOptions = {},
): Promise<string[]> {
  const found = await Promise.all(sources.map(source => openCollection(source, options)))
  return [...new Set(found.flat())]
}

async function openCollection(source: string, options: CollectionOptions): Promise<string[]> {
  const [file, dataset] = splitName(source)
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) throw new TaskError(source, ['there is no such file or folder'])
  if (stat.isDirectory()) {
    const manifest = path.join(file, 'dataset.toml')
    return fs.existsSync(manifest) ? openDataset(manifest) : openFolder(file)
  }
  if (ARCHIVE.test(file)) return await openArchive(file)
  if (file.endsWith('.toml')) return openDataset(file)
  if (file.endsWith('.json')) return await openRegistry(file, dataset, options)
  throw new TaskError(source, [
    'is none of these: a folder, .tar, .tar.gz, .tgz, .zip, dataset.toml, a registry in .json',
  ])
}

/** What stands after `#` names a dataset, unless there is a file of the whole name. */
function splitName(source: string): [string, string | undefined] {
  const at = source.lastIndexOf('#')
  return at === -1 || fs.existsSync(source)
    ? [source, undefined]
    : [source.slice(0, at), source.slice(at + 1)]
}

function openFolder(folder: string): string[] {
  const others = findTerminalBench(path.resolve(folder), DEPTH)
  if (others.length === 0) return [folder]
  const converted = others.map(one => {
    const files = convertTerminalBench(one).map(made => ({
      path: made.path,
      mode: made.executable ? 0o755 : 0o644,
      content: Buffer.from(made.content),
    }))
    const target = keptAt(`terminal-bench 1 ${digestFiles([one])}`, one)
    keep(target, joinFiles(files))
    return target
  })
  return hasHarborTasks(folder) ? [...findTasks(folder), ...converted] : converted
}

function hasHarborTasks(folder: string): boolean {
  try {
    return findTasks(folder).length > 0
  } catch (error) {
    if (error instanceof TaskError) return false
    throw error
  }
}

function findTerminalBench(folder: string, depth: number): string[] {
  if (isTerminalBench(folder)) return [folder]
  if (depth === 0 || fs.existsSync(path.join(folder, 'task.toml'))) return []
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap(entry => findTerminalBench(path.join(folder, entry.name), depth - 1))
}

function openDataset(file: string): string[] {
  const manifest = parseDataset(fs.readFileSync(file, 'utf8'), file)
  return findMembers(file, manifest, findTasks(path.dirname(file)))
}

async function openArchive(file: string): Promise<string[]> {
  const { size } = fs.statSync(file)
  if (size > MAX_ARCHIVE_BYTES)
    throw new TaskError(file, [
      `has ${size} bytes, ${MAX_ARCHIVE_BYTES} may be: unpack it, and name the folder`,
    ])
  const bytes = fs.readFileSync(file)
  const name = path.basename(file).replace(ARCHIVE, '')
  const target = keptAt(`archive ${sha256(bytes)}`, `${name}/${name}`)
  if (!fs.existsSync(target)) {
    try {
      keep(target, /zip$/i.test(file) ? unpackZip(bytes, ZIP) : await unpackTar(bytes))
    } catch (error) {
      throw new TaskError(file, [`cannot be unpacked: ${(error as Error).message}`])
    }
  }
  return openFolder(target)
}

async function unpackTar(bytes: Buffer): Promise<Files> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  const plain = Readable.from([bytes])
  return await unpackFolder(isPacked ? plain.pipe(createGunzip()) : plain, MAX_ARCHIVE_BYTES, 0)
}

async function openRegistry(
  file: string,
  name: string | undefined,
  options: CollectionOptions,
): Promise<string[]> {
  const dataset = parseRegistry(fs.readFileSync(file, 'utf8'), file, name)
  const reasons: string[] = []
  const folders: string[] = []
  const unreachable = new Map<string, string>()
  for (const task of dataset.tasks) {
    const found = await findRegistryTask(file, task, options, unreachable)
    if ('folder' in found) folders.push(found.folder)
    else reasons.push(`${task.name}: ${found.missing}`)
  }
  if (reasons.length > 0) {
    const more = reasons.length > 20 ? [`… and ${reasons.length - 20} more`] : []
    throw new TaskError(file, [...reasons.slice(0, 20), ...more])
  }
  return folders
}

async function findRegistryTask(
  file: string,
  { git_url: url, git_commit_id: wanted = 'HEAD', path: inside }: RegistryTask,
  { clones = {}, say = () => {}, onReplaced = () => {} }: CollectionOptions,
  unreachable: Map<string, string>,
): Promise<{ folder: string } | { missing: string }> {
  if (url === undefined) {
    const folder = path.resolve(path.dirname(file), inside)
    return fs.existsSync(path.join(folder, 'task.toml'))
      ? { folder }
      : { missing: `there is no task in ${folder}` }
  }
  const before = unreachable.get(url)
  if (before !== undefined) return { missing: before }
  const clone = await findClone(url, wanted, { clones, say })
  if (clone.kind === 'missing') {
    if (clone.isUnreachable) unreachable.set(url, clone.why)
    return { missing: clone.why }
  }
  const { gitDir, commit, place, replaced } = clone
  if (replaced !== undefined) onReplaced(replaced)
  const name = `${commit}:${inside.replace(/\/$/, '')}`
  const tree = await git(['rev-parse', '--verify', '--quiet', name], { gitDir, foreign: true })
  if (tree.code !== 0) return { missing: `the clone ${place} has no ${inside} at commit ${wanted}` }
  const id = tree.stdout.toString().trim()
  const target = keptAt(`tree ${id}`, `${path.basename(file, '.json')}/${inside}`)
  if (!fs.existsSync(target)) {
    const archive = await git(['archive', '--format=tar', id], { gitDir, foreign: true })
    if (archive.code !== 0)
      return { missing: `cannot be read from the clone ${place}: ${archive.stderr.trim().split('\n')[0]}` }
    keep(target, await unpackFolder(Readable.from([archive.stdout]), MAX_ARCHIVE_BYTES, 0))
  }
  return { folder: target }
}

/**
 * The same content has the same place, under the name by which it is known and that of the folder around it, for a task may
 * have its environment from that.
 */
function keptAt(content: string, known: string): string {
  const names = known.split('/').filter(part => part !== '' && part !== '.')
  return path.join(cacheFolder(), 'collections', sha256(content).slice(0, 24), ...names.slice(-2))
}

/** Writes a tree whole or not at all. Links that lead out of it, or nowhere, are left out. */
function keep(target: string, files: Files): void {
  if (fs.existsSync(target)) return
  const making = `${target}.${randomBytes(6).toString('hex')}`
  fs.mkdirSync(making, { recursive: true })
  try {
    writeTree(making, files)
    fs.renameSync(making, target)
  } catch (error) {
    fs.rmSync(making, { recursive: true, force: true })
    // Somebody else made the same meanwhile.
    if (!fs.existsSync(target)) throw error
  }
}

function writeTree(root: string, files: Files): void {
  const links: { file: string; to: string }[] = []
  for (const { entry, content } of splitFiles(files)) {
    const file = path.join(root, entry.path)
    if (entry.kind === 'directory') fs.mkdirSync(file, { recursive: true })
    else {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      if (entry.kind === 'file') fs.writeFileSync(file, content, { mode: (entry.mode & 0o755) | 0o600 })
      else if (entry.kind === 'symlink') links.push({ file, to: entry.target ?? '' })
    }
  }
  // Last, so that nothing is written through one. A target that goes up after it went down could do so through another.
  for (const { file, to } of links) {
    const isPlain = to !== '' && !path.isAbsolute(to) && path.normalize(to) === to
    const isInside = path.resolve(path.dirname(file), to).startsWith(`${root}${path.sep}`)
    if (isPlain && isInside && !fs.existsSync(file)) fs.symlinkSync(to, file)
  }
}
