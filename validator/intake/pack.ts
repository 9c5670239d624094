import path from 'node:path'
import { AgentError, AgentManifest } from '../../sandbox/agent.ts'
import { packTar } from '../../sandbox/archive.ts'
import { readAgentFiles } from './agent-files.ts'
import { gunzip, gzip } from './gzip.ts'
import type { Reason } from './reason.ts'
import { readTar, type TarEntry, type TarMistake } from './tar.ts'

/** What a miner may hand in. */
export const LIMITS = {
  packedBytes: 2 * 2 ** 20,
  unpackedBytes: 16 * 2 ** 20,
  files: 2000,
  /** Of a path. */
  pathBytes: 512,
  depth: 20,
} as const

/** One file of an agent. */
export interface PackedFile {
  readonly path: string
  readonly executable: boolean
  readonly content: Buffer
}

export interface Unpacked {
  readonly manifest: AgentManifest
  readonly files: readonly PackedFile[]
}

/**
 * Packs the folder or the single file of an agent; the same files give the same bytes on every machine.
 *
 * @throws AgentError with everything that the miner has to mend
 */
export async function packAgent(source: string): Promise<Buffer> {
  const files = readAgentFiles(source)
  const bytes = await packFiles(files)
  const unpacked = await unpackAgent(bytes)
  if ('reasons' in unpacked)
    throw new AgentError(
      source,
      unpacked.reasons.map(({ message }) => message),
    )
  return bytes
}

/** A tar, gzipped, in the order of names, without times and owners. */
export async function packFiles(files: readonly PackedFile[]): Promise<Buffer> {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  const stream = packTar(
    sorted.map(({ path: name, executable, content }) => ({
      name,
      content,
      mode: executable ? 0o755 : 0o644,
    })),
  )
  return await gzip(Buffer.concat(await stream.toArray()))
}

/**
 * What is in a packed agent, or everything that is wrong with it. Nothing is written to a disk; the memory that it takes is bounded
 * whatever the bytes are.
 */
export async function unpackAgent(
  bytes: Buffer,
): Promise<Unpacked | { readonly reasons: readonly Reason[] }> {
  if (bytes.length > LIMITS.packedBytes)
    return refuse('size', `It has ${bytes.length} bytes packed; ${LIMITS.packedBytes} may be`)
  // Headers and padding: each file takes two kilobytes more at most.
  const plain = await gunzip(bytes, LIMITS.unpackedBytes + LIMITS.files * 2048 + 10_240)
  if (plain === 'large')
    return refuse('archive-too-large', `It has more than ${LIMITS.unpackedBytes} bytes unpacked`)
  if ('mistake' in plain) return refuse('archive-unreadable', `It is no gzip archive: ${plain.mistake}`)
  const { entries, mistakes } = readTar(plain, LIMITS.files)
  const files = entries.filter(({ kind }) => kind === 'file').map(fileOf)
  const reasons = [...mistakes.map(reasonOf), ...findPathMistakes(entries), ...findSizeMistakes(files)]
  if (reasons.length > 0) return { reasons: reasons.slice(0, MOST_REASONS) }
  if (files.length === 0) return refuse('archive-unreadable', 'There is no file in it')
  const manifest = readManifest(files)
  if ('reasons' in manifest) return manifest
  if (!files.some(file => file.path === manifest.entry))
    return refuse('entry-missing', `agent.json: entry: there is no file "${manifest.entry}" in the archive`)
  return { manifest, files }
}

const MOST_REASONS = 20
const CODES: Readonly<Record<TarMistake['kind'], Reason['code']>> = {
  broken: 'archive-unreadable',
  odd: 'odd-entry',
  many: 'too-many-files',
}

function reasonOf({ kind, name, message }: TarMistake): Reason {
  return { code: CODES[kind], message: name === '' ? message : `"${shown(name)}" ${message}` }
}

function fileOf({ name, executable, content }: TarEntry): PackedFile {
  return { path: clean(name), executable, content }
}

/** Two names that a file system may take for one are two answers to what the agent is. */
function findPathMistakes(entries: readonly TarEntry[]): Reason[] {
  const reasons: Reason[] = []
  const files = new Set<string>()
  const sound: { name: string; kind: TarEntry['kind']; file: string }[] = []
  for (const { name, kind } of entries) {
    const file = clean(name)
    if (kind === 'folder' && (file === '' || file === '.')) continue
    const wrong = pathMistake(file)
    if (wrong !== undefined) {
      reasons.push({ code: 'unsafe-path', message: `"${shown(name)}" ${wrong}` })
      continue
    }
    sound.push({ name, kind, file: fold(file) })
    if (kind === 'folder') continue
    if (files.has(fold(file)))
      reasons.push({ code: 'duplicate-name', message: `"${shown(name)}" is in it twice` })
    else files.add(fold(file))
  }
  // Of sound paths only: one of a hundred thousand slashes has as many folders above it.
  for (const { name, kind, file } of sound) {
    const below = parentsOf(file).some(parent => files.has(parent))
    if (below || (kind === 'folder' && files.has(file)))
      reasons.push({ code: 'duplicate-name', message: `"${shown(name)}" is a file and a folder` })
  }
  return reasons
}

function pathMistake(name: string): string | undefined {
  const parts = name.split('/')
  if (name === '' || name.startsWith('/')) return 'is no path inside the folder'
  if (parts.some(part => part === '..' || part === '.' || part === '')) return 'has parts that lead elsewhere'
  if (/[\p{C}\\]|\ufffd/u.test(name)) return 'has characters that are not allowed in a path'
  if (Buffer.byteLength(name) > LIMITS.pathBytes || parts.some(part => Buffer.byteLength(part) > 255))
    return `is longer than ${LIMITS.pathBytes} bytes, or a part of it than 255`
  if (parts.length > LIMITS.depth) return `lies deeper than ${LIMITS.depth} folders`
  if (parts.some(part => /^\.git$/i.test(part) || part === 'node_modules'))
    return 'lies in .git or node_modules, which are left out'
  return undefined
}

function findSizeMistakes(files: readonly PackedFile[]): Reason[] {
  const total = files.reduce((sum, { content }) => sum + content.length, 0)
  if (total <= LIMITS.unpackedBytes) return []
  const message = `Its files have ${total} bytes; ${LIMITS.unpackedBytes} may be`
  return [{ code: 'archive-too-large', message }]
}

function readManifest(files: readonly PackedFile[]): AgentManifest | { reasons: Reason[] } {
  const file = files.find(({ path: name }) => name === 'agent.json')
  if (file === undefined) return refuse('manifest', 'There is no agent.json at the top of the archive')
  let raw: unknown
  try {
    raw = JSON.parse(file.content.toString('utf8'))
  } catch (error) {
    return refuse('manifest', `agent.json: ${shown((error as Error).message)}`)
  }
  const parsed = AgentManifest.safeParse(raw)
  if (parsed.success) return { ...parsed.data, entry: path.posix.normalize(parsed.data.entry) }
  return {
    reasons: parsed.error.issues.slice(0, MOST_REASONS).map(issue => ({
      code: 'manifest',
      message: shown(`agent.json: ${issue.path.join('.') || 'file'}: ${issue.message}`),
    })),
  }
}

function refuse(code: Reason['code'], message: string): { reasons: Reason[] } {
  return { reasons: [{ code, message }] }
}

function clean(name: string): string {
  return name.replace(/^(\.\/)+/, '')
}

function parentsOf(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** A name as it can be shown: it comes from a stranger. */
function shown(name: string): string {
  return name.replace(/\p{C}/gu, '?').slice(0, 200)
}
