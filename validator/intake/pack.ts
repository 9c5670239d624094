import { gunzipSync, gzipSync } from 'node:zlib'
import tar from 'tar-stream'
import { AgentManifest } from '../../sandbox/agent.ts'
import { packTar } from '../../sandbox/archive.ts'
import type { Reason } from './reason.ts'

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

/** A tar, gzipped; the same files give the same bytes on every machine. */
export async function packFiles(files: readonly PackedFile[]): Promise<Buffer> {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  const stream = packTar(
    sorted.map(({ path: name, executable, content }) => ({
      name,
      content,
      mode: executable ? 0o755 : 0o644,
    })),
  )
  const packed = gzipSync(Buffer.concat(await stream.toArray()), { level: 9 })
  // The byte that names the operating system.
  packed[9] = 255
  return packed
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
  const plain = inflate(bytes)
  if (!Buffer.isBuffer(plain)) return plain
  const { files, reasons } = await readEntries(plain)
  if (reasons.length > 0) return { reasons }
  const manifest = readManifest(files)
  if ('reasons' in manifest) return manifest
  const entry = manifest.entry.replace(/^(\.\/)+/, '')
  if (!files.some(file => file.path === entry))
    return refuse('entry-missing', `agent.json: entry: there is no file "${manifest.entry}" in the archive`)
  return { manifest, files }
}

function inflate(bytes: Buffer): Buffer | { reasons: Reason[] } {
  // Headers and padding: each file takes a kilobyte more at most.
  const most = LIMITS.unpackedBytes + LIMITS.files * 1024 + 10_240
  try {
    return gunzipSync(bytes, { maxOutputLength: most })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return refuse('archive-too-large', `It has more than ${LIMITS.unpackedBytes} bytes unpacked`)
    return refuse('archive-unreadable', `It is no gzip archive: ${(error as Error).message}`)
  }
}

async function readEntries(plain: Buffer): Promise<{ files: PackedFile[]; reasons: Reason[] }> {
  const files: PackedFile[] = []
  const reasons: Reason[] = []
  const seen = new Set<string>()
  const object = (code: Reason['code'], message: string): void => {
    if (reasons.length < 20) reasons.push({ code, message })
  }
  let count = 0
  let total = 0
  const extract = tar.extract()
  extract.end(plain)
  try {
    for await (const item of extract) {
      const { name, type, mode = 0o644 } = item.header
      if (++count > LIMITS.files) {
        reasons.unshift({ code: 'too-many-files', message: `It has more than ${LIMITS.files} entries` })
        break
      }
      const chunks: Buffer[] = []
      if (type === 'file') for await (const chunk of item as AsyncIterable<Buffer>) chunks.push(chunk)
      else item.resume()
      if (type === 'directory') continue
      const clean = name.replace(/^(\.\/)+/, '')
      const wrong = type === 'file' ? pathMistake(clean) : undefined
      if (type !== 'file')
        object('odd-entry', `"${shown(name)}" is a ${type}: only files and folders may be in it`)
      else if (wrong !== undefined) object('unsafe-path', `"${shown(name)}" ${wrong}`)
      // Two names that a file system may take for one are two answers to what the agent is.
      else if (seen.has(fold(clean))) object('duplicate-name', `"${shown(name)}" is in it twice`)
      else {
        seen.add(fold(clean))
        const content = Buffer.concat(chunks)
        total += content.length
        files.push({ path: clean, executable: (mode & 0o100) !== 0, content })
      }
    }
  } catch (error) {
    object('archive-unreadable', `Its tar cannot be read: ${(error as Error).message}`)
  }
  if (total > LIMITS.unpackedBytes)
    object('archive-too-large', `Its files have ${total} bytes; ${LIMITS.unpackedBytes} may be`)
  const clash = files.find(({ path: name }) => parentsOf(name).some(parent => seen.has(fold(parent))))
  if (clash !== undefined) object('duplicate-name', `"${shown(clash.path)}" lies below a file`)
  if (files.length === 0 && reasons.length === 0) object('archive-unreadable', 'There is no file in it')
  return { files, reasons }
}

function pathMistake(name: string): string | undefined {
  const parts = name.split('/')
  if (name === '' || name.startsWith('/')) return 'is no path inside the folder'
  if (parts.some(part => part === '..' || part === '.' || part === '')) return 'has parts that lead elsewhere'
  if (/[\p{C}\\]|\ufffd/u.test(name)) return 'has characters that are not allowed in a path'
  if (Buffer.byteLength(name) > LIMITS.pathBytes) return `is longer than ${LIMITS.pathBytes} bytes`
  if (parts.length > LIMITS.depth) return `lies deeper than ${LIMITS.depth} folders`
  if (parts.some(part => /^\.git$/i.test(part) || part === 'node_modules'))
    return 'lies in .git or node_modules, which are left out'
  return undefined
}

function readManifest(files: readonly PackedFile[]): AgentManifest | { reasons: Reason[] } {
  const file = files.find(({ path: name }) => name === 'agent.json')
  if (file === undefined) return refuse('manifest', 'There is no agent.json at the top of the archive')
  let raw: unknown
  try {
    raw = JSON.parse(file.content.toString('utf8'))
  } catch (error) {
    return refuse('manifest', `agent.json: ${(error as Error).message}`)
  }
  const parsed = AgentManifest.safeParse(raw)
  if (parsed.success) return parsed.data
  return {
    reasons: parsed.error.issues.map(issue => ({
      code: 'manifest',
      message: `agent.json: ${issue.path.join('.') || 'file'}: ${issue.message}`,
    })),
  }
}

function refuse(code: Reason['code'], message: string): { reasons: Reason[] } {
  return { reasons: [{ code, message }] }
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
