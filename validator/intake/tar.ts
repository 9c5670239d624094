import { withoutSlashes } from '../../sandbox/slashes.ts'

/** One file or folder as a tar has it. */
export interface TarEntry {
  readonly name: string
  readonly kind: 'file' | 'folder'
  readonly executable: boolean
  readonly content: Buffer
}

/** Why a tar was not read on: its form is broken or has tricks in it, or there is too much of it. */
export interface TarMistake {
  readonly kind: 'broken' | 'odd' | 'many'
  readonly name: string
  readonly message: string
}

const BLOCK = 512
const CURE = 'pack it with "arete agent pack"'

/**
 * Reads a tar strictly: files and folders of POSIX's ustar, and pax headers that hold nothing but a path. Everything that two
 * programs may read differently (links, sizes said twice, sparse files, GNU's own headers, bytes after the end) is a mistake, so
 * that whoever unpacks it later gets the same agent. Format: POSIX.1-2017, pax, "ustar Interchange Format".
 *
 * @param most - entries that may be in it
 */
export function readTar(bytes: Buffer, most: number): { entries: TarEntry[]; mistakes: TarMistake[] } {
  const entries: TarEntry[] = []
  const mistakes: TarMistake[] = []
  const object = (kind: TarMistake['kind'], name: string, message: string): void =>
    void mistakes.push({ kind, name, message })
  let offset = 0
  let paxName: string | undefined
  let count = 0
  for (; offset + BLOCK <= bytes.length && bytes[offset] !== 0; ) {
    const header = bytes.subarray(offset, offset + BLOCK)
    const size = readOctal(header.subarray(124, 136))
    const end = offset + BLOCK + Math.ceil((size ?? 0) / BLOCK) * BLOCK
    if (!hasRightSum(header) || size === undefined || end > bytes.length) {
      object('broken', '', `The header at byte ${offset} of its tar is damaged: ${CURE}`)
      return { entries, mistakes }
    }
    if (++count > most) {
      object('many', '', `It has more than ${most} entries`)
      return { entries, mistakes }
    }
    const content = bytes.subarray(offset + BLOCK, offset + BLOCK + size)
    offset = end
    const name = paxName ?? readName(header)
    const type = String.fromCharCode(header[156]!)
    if (type === 'x') {
      const found = readPaxPath(content)
      if (found === undefined || paxName !== undefined)
        object('odd', '', `It has an extended header that says more than a path: ${CURE}`)
      paxName = found
      continue
    }
    paxName = undefined
    if (name === undefined) object('odd', '', `The name at entry ${count} is not UTF-8: rename it`)
    else if (type === '5' && size === 0)
      entries.push({ name: withoutSlashes(name), kind: 'folder', executable: false, content })
    else if (type === '0' || type === '\0') {
      const executable = ((readOctal(header.subarray(100, 108)) ?? 0) & 0o100) !== 0
      entries.push({ name, kind: 'file', executable, content })
    } else object('odd', name, `is ${KINDS[type] ?? 'an entry of an unknown kind'}: only files may be in it`)
  }
  if (paxName !== undefined) object('broken', '', `Its tar ends after an extended header: ${CURE}`)
  if (bytes.length - offset < 2 * BLOCK && mistakes.length === 0)
    object('broken', '', `Its tar has no end: ${CURE}`)
  if (!bytes.subarray(offset).equals(Buffer.alloc(bytes.length - offset)))
    object('broken', '', `There is something after the end of its tar: ${CURE}`)
  return { entries, mistakes }
}

const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder with a content',
  '6': 'a pipe',
  '7': 'a contiguous file',
  g: 'a global header',
  K: "a header of GNU's for long links",
  L: "a header of GNU's for long names",
  S: 'a sparse file',
}

/** The sum of all bytes, those of the sum itself counted as spaces. */
function hasRightSum(header: Buffer): boolean {
  let sum = 8 * 32
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte
  return readOctal(header.subarray(148, 156)) === sum
}

/** Octal digits, then spaces or zeros; undefined for anything else, also for GNU's binary numbers. */
function readOctal(field: Buffer): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(field.toString('latin1'))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

function readName(header: Buffer): string | undefined {
  const isPosix = header.subarray(257, 263).toString('latin1') === 'ustar\0'
  const name = readText(header.subarray(0, 100))
  const prefix = isPosix ? readText(header.subarray(345, 500)) : ''
  if (name === undefined || prefix === undefined) return undefined
  return prefix === '' ? name : `${prefix}/${name}`
}

/** UTF-8 up to the first zero; after it there must be nothing else. */
function readText(field: Buffer): string | undefined {
  const end = field.indexOf(0)
  if (end !== -1 && field.subarray(end).some(byte => byte !== 0)) return undefined
  return decode(end === -1 ? field : field.subarray(0, end))
}

/** `<length> path=<name>\n`, and nothing else. */
function readPaxPath(content: Buffer): string | undefined {
  const text = decode(content)
  const found = text === undefined ? null : /^(\d{1,5}) path=([^\n\0]+)\n$/.exec(text)
  return found !== null && Number(found[1]) === content.length ? found[2] : undefined
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
