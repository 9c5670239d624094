import { crc32, inflateRawSync } from 'node:zlib'
import { joinFiles } from './archive.ts'
import type { Files } from './sandbox.ts'
import { readZipEnd, widen } from './zip-end.ts'

/** What a zip of a stranger may hold. */
export interface ZipLimits {
  readonly entries: number
  /** Of all files together, unpacked. */
  readonly bytes: number
  /** How many times larger than the archive its files may be, beyond what is small anyway. */
  readonly ratio: number
}

/** Whatever its ratio. */
const SMALL_BYTES = 2 ** 24

/**
 * Reads a zip by the directory at its end (APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3 to 4.5), zip64 too. It has to be what it
 * says: sizes and sums hold, no two entries have one path. Links, paths that lead outside, what is encrypted or larger than allowed
 * are errors; nothing is unpacked before all sizes have been looked at, and no file further than it says.
 *
 * @throws Error that names the entry
 */
export function unpackZip(bytes: Buffer, limits: ZipLimits): Files {
  const entries = readDirectory(bytes, limits.entries)
  const packed = sum(entries.map(entry => entry.packed))
  const unpacked = sum(entries.map(entry => entry.size))
  // Entries that share their bytes are made to blow up.
  if (packed > bytes.length) throw new Error('its files are said to be larger than the archive')
  if (unpacked > limits.bytes) throw new Error(`it would have ${unpacked} bytes, ${limits.bytes} may be`)
  if (unpacked > SMALL_BYTES && unpacked > bytes.length * limits.ratio)
    throw new Error(`it would be more than ${limits.ratio} times larger than the archive`)
  refuseTwins(entries)
  const folders = entries.filter(entry => entry.kind === 'directory')
  const files = joinFiles(
    entries
      .filter(entry => entry.kind === 'file')
      .map(entry => ({ path: entry.path, mode: entry.mode, content: readContent(bytes, entry) })),
  )
  return {
    ...files,
    entries: [
      ...folders.map(({ path }) => ({ path, kind: 'directory' as const, mode: 0o755, size: 0 })),
      ...files.entries,
    ],
  }
}

interface ZipEntry {
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly mode: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  /** Where its own header is. */
  readonly at: number
  readonly rawName: Buffer
}

const MAX_PATH = 1000
const CENTRAL = 0x02014b50
const CENTRAL_BYTES = 46
const LOCAL = 0x04034b50
const LOCAL_BYTES = 30

function readDirectory(bytes: Buffer, maxEntries: number): ZipEntry[] {
  const { count, start, limit } = readZipEnd(bytes)
  if (count > maxEntries) throw new Error(`it has ${count} entries, ${maxEntries} may be`)
  const entries: ZipEntry[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL_BYTES > limit || bytes.readUInt32LE(at) !== CENTRAL)
      throw new Error(`its directory ends after ${index} of ${count} entries`)
    const next = at + CENTRAL_BYTES + sum([28, 30, 32].map(field => bytes.readUInt16LE(at + field)))
    if (next > limit) throw new Error(`its directory ends after ${index} of ${count} entries`)
    entries.push(readEntry(bytes, at))
    at = next
  }
  return entries
}

function readEntry(bytes: Buffer, at: number): ZipEntry {
  const rawName = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + bytes.readUInt16LE(at + 28))
  const name = decodeName(rawName)
  const shown = JSON.stringify(name.slice(0, 200))
  const flags = bytes.readUInt16LE(at + 8)
  const method = bytes.readUInt16LE(at + 10)
  const extraAt = at + CENTRAL_BYTES + rawName.length
  const [size, packed, local] = widen(
    [24, 20, 42].map(field => bytes.readUInt32LE(at + field)),
    bytes.subarray(extraAt, extraAt + bytes.readUInt16LE(at + 30)),
    shown,
  ) as [number, number, number]
  if ((flags & 1) !== 0) throw new Error(`${shown} is encrypted`)
  if (method !== STORED && method !== DEFLATED)
    throw new Error(`${shown} is packed by method ${method}: only stored and deflated files are read`)
  const isFolder = name.endsWith('/')
  const path = isFolder ? name.slice(0, -1) : name
  const isInside = path
    .split('/')
    .every(part => part !== '' && part !== '.' && part !== '..' && !/[\0\\]/.test(part))
  if (!isInside || path.length > MAX_PATH) throw new Error(`${shown} is no path inside the archive`)
  const made = bytes.readUInt8(at + 5)
  // Only systems like Unix say what kind of file it is.
  const unix = made === 3 || made === 19 ? bytes.readUInt16LE(at + 40) : 0
  const type = unix & 0o170000
  if (type !== 0 && type !== (isFolder ? 0o040000 : 0o100000))
    throw new Error(`${shown} is ${type === 0o120000 ? 'a link' : 'no file or folder'}`)
  return {
    path,
    kind: isFolder ? 'directory' : 'file',
    mode: (unix & 0o111) === 0 ? 0o644 : 0o755,
    method,
    crc: bytes.readUInt32LE(at + 16),
    packed,
    size,
    at: local,
    rawName,
  }
}

const STORED = 0
const DEFLATED = 8

/** Old archives have no UTF-8, and do not say what they have instead. */
function decodeName(name: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name)
  } catch {
    return name.toString('latin1')
  }
}

/** No path stands twice, and no file is a folder of others. */
function refuseTwins(entries: readonly ZipEntry[]): void {
  const kinds = new Map<string, ZipEntry['kind']>()
  for (const { path, kind } of entries) {
    if (kinds.has(path)) throw new Error(`${JSON.stringify(path)} stands twice in it`)
    kinds.set(path, kind)
  }
  for (const { path } of entries)
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
      if (kinds.get(path.slice(0, slash)) === 'file')
        throw new Error(`${JSON.stringify(path.slice(0, slash))} is a file and a folder`)
}

function readContent(bytes: Buffer, { path, method, crc, packed, size, at, rawName }: ZipEntry): Buffer {
  const shown = JSON.stringify(path.slice(0, 200))
  if (at + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== LOCAL)
    throw new Error(`${shown} is not where the directory says`)
  const nameEnd = at + LOCAL_BYTES + bytes.readUInt16LE(at + 26)
  if (!bytes.subarray(at + LOCAL_BYTES, nameEnd).equals(rawName))
    throw new Error(`${shown} has another name where it lies`)
  const start = nameEnd + bytes.readUInt16LE(at + 28)
  const raw = bytes.subarray(start, start + packed)
  const content = method === STORED ? raw : inflate(raw, size, shown)
  if (raw.length !== packed || content.length !== size || crc32(content) !== crc)
    throw new Error(`${shown} is not what the directory says: the archive is damaged`)
  return content
}

function inflate(raw: Buffer, size: number, shown: string): Buffer {
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(1, size) })
  } catch (error) {
    throw new Error(`${shown} cannot be inflated: ${(error as Error).message}`)
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
