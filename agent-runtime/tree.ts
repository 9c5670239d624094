import fs from 'node:fs'
import path from 'node:path'
import type { Entry } from './wire.ts'

/** Reads and writes the work tree inside a sandbox; nothing else runs in the container while these do. */
export interface Tree {
  readonly entries: Entry[]
  readonly removed: string[]
  readonly body: Buffer
  readonly truncated: boolean
}

/** What identifies one state of a file: any change of content, mode or name alters at least one of these. */
interface Stamp {
  readonly inode: bigint
  readonly changed: bigint
  readonly size: bigint
  readonly mode: bigint
}

export type Memory = ReadonlyMap<string, Stamp>

/** Two changes this close to each other may carry the same change time. */
const CLOCK_TICK_MS = 20

/** Writes entries below `root`, replacing what is there. Refuses to write through a symbolic link. */
export function putTree(options: {
  root: string
  uid: number
  gid: number
  remove: readonly string[]
  entries: readonly Entry[]
  body: Buffer
}): void {
  const { root, uid, gid } = options
  const known = new Set<string>()
  fs.mkdirSync(root, { recursive: true })
  fs.chownSync(root, uid, gid)
  for (const name of options.remove) {
    if (hasRealParents(root, name)) removeEntry(path.join(root, name))
  }
  let offset = 0
  for (const entry of options.entries) {
    const file = path.join(root, entry.path)
    makeParents(root, entry.path, uid, gid, known)
    switch (entry.kind) {
      case 'directory':
        if (!fs.existsSync(file)) fs.mkdirSync(file)
        known.add(entry.path)
        fs.chmodSync(file, entry.mode)
        fs.chownSync(file, uid, gid)
        break
      case 'file': {
        removeEntry(file)
        fs.writeFileSync(file, options.body.subarray(offset, offset + entry.size), {
          mode: entry.mode,
          flag: 'wx',
        })
        fs.chmodSync(file, entry.mode)
        fs.chownSync(file, uid, gid)
        offset += entry.size
        break
      }
      case 'symlink':
        removeEntry(file)
        fs.symlinkSync(entry.target ?? '', file)
        fs.lchownSync(file, uid, gid)
        break
      case 'other':
        throw new Error(`Cannot write "${entry.path}": not a file, link or folder`)
    }
  }
}

/** On gVisor's kernel `rmSync` takes a link to nothing for nothing, and leaves it. */
function removeEntry(file: string): void {
  const there = fs.lstatSync(file, { throwIfNoEntry: false })
  if (there?.isDirectory()) fs.rmSync(file, { recursive: true })
  else if (there !== undefined) fs.unlinkSync(file)
}

/** Takes note of every entry below `root`. */
export function rememberTree(root: string): Memory {
  const memory = new Map<string, Stamp>()
  walk(root, (name, stat) => {
    memory.set(name, stampOf(stat))
    return true
  })
  return memory
}

/**
 * Everything below `root` that may differ from `memory`, with its bytes. It is told by inode and change time, which
 * a program cannot set back, so that edits with an old modification time or the same size are found too.
 *
 * @param since - when the first program started, in milliseconds of the wall clock
 */
export function changedTree(
  root: string,
  memory: Memory,
  since: number,
  maxBytes: number,
  maxEntries: number,
): Tree {
  const unsureFrom = BigInt(since - CLOCK_TICK_MS) * 1_000_000n
  const seen = new Set<string>()
  const collect = openCollector(maxBytes, maxEntries)
  const whole = walk(root, (name, stat) => {
    seen.add(name)
    const before = memory.get(name)
    const same =
      before !== undefined &&
      before.inode === stat.ino &&
      before.changed === stat.ctimeNs &&
      before.size === stat.size &&
      before.mode === stat.mode &&
      before.changed < unsureFrom
    return same || (stat.isDirectory() && before !== undefined) || collect.add(root, name, stat)
  })
  const removed = [...memory.keys()].filter(name => !seen.has(name))
  const tree = collect.tree()
  const truncated = tree.truncated || !whole
  return { ...tree, truncated, removed: truncated ? [] : removed }
}

/** Reads files and folders by absolute path; entry paths are the absolute path without its first slash. */
export function readTree(paths: readonly string[], maxBytes: number, maxEntries: number): Tree {
  const collect = openCollector(maxBytes, maxEntries)
  let whole = true
  for (const absolute of paths) {
    const stat = fs.lstatSync(absolute, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) continue
    const name = absolute.slice(1)
    if (!collect.add('/', name, stat)) break
    if (stat.isDirectory()) {
      whole = walk(absolute, (below, inner) => collect.add('/', `${name}/${below}`, inner)) && whole
    }
  }
  const tree = collect.tree()
  return { ...tree, truncated: tree.truncated || !whole }
}

function openCollector(maxBytes: number, maxEntries: number) {
  const entries: Entry[] = []
  const bodies: Buffer[] = []
  let bytes = 0
  let names = 0
  let truncated = false

  return {
    add(root: string, name: string, stat: fs.BigIntStats): boolean {
      const kind = kindOf(stat)
      const announced = kind === 'file' ? Number(stat.size) : 0
      // The names are sent, too, as JSON, where one byte can become six.
      names += JSON.stringify(name).length
      if (entries.length >= maxEntries || bytes + announced > maxBytes || names > MAX_NAMES_BYTES) {
        truncated = true
        return false
      }
      const file = path.join(root, name)
      const content = kind === 'file' ? readRegular(file, announced) : Buffer.alloc(0)
      bytes += content.length
      bodies.push(content)
      entries.push({
        path: name,
        kind,
        mode: Number(stat.mode & 0o7777n),
        size: content.length,
        ...(kind === 'symlink' ? { target: fs.readlinkSync(file) } : {}),
      })
      return true
    },
    tree: (): Tree => ({ entries, removed: [], body: Buffer.concat(bodies), truncated }),
  }
}

/** Never more than `size` bytes and never through a link. */
function readRegular(file: string, size: number): Buffer {
  const handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  try {
    const content = Buffer.alloc(size)
    let read = 0
    while (read < size) {
      const count = fs.readSync(handle, content, read, size - read, read)
      if (count === 0) break
      read += count
    }
    return content.subarray(0, read)
  } finally {
    fs.closeSync(handle)
  }
}

/** All names of one answer together; far below what its reader takes as one header. */
const MAX_NAMES_BYTES = 16 * 2 ** 20
/** The kernel takes no path over 4096 bytes, yet folders can be nested deeper. */
const MAX_PATH_BYTES = 4000

/**
 * Visits every entry below `root` but `.git`, folders before what is in them; `visit` returns false to stop.
 *
 * @returns whether it came to the end
 */
function walk(root: string, visit: (name: string, stat: fs.BigIntStats) => boolean): boolean {
  const pending = ['']
  while (pending.length > 0) {
    const folder = pending.pop()!
    for (const base of fs.readdirSync(path.join(root, folder)).sort()) {
      if (base === '.git') continue
      const name = folder === '' ? base : `${folder}/${base}`
      if (Buffer.byteLength(path.join(root, name)) > MAX_PATH_BYTES) return false
      const stat = fs.lstatSync(path.join(root, name), { bigint: true, throwIfNoEntry: false })
      // A name that is not UTF-8 cannot be looked up again by its decoded form.
      if (stat === undefined) {
        if (!visit(name, BAD_NAME)) return false
        continue
      }
      if (!visit(name, stat)) return false
      if (stat.isDirectory()) pending.push(name)
    }
  }
  return true
}

const BAD_NAME = {
  ino: 0n,
  ctimeNs: 0n,
  size: 0n,
  mode: 0n,
  isDirectory: () => false,
  isFile: () => false,
  isSymbolicLink: () => false,
} as unknown as fs.BigIntStats

function kindOf(stat: fs.BigIntStats): Entry['kind'] {
  if (stat.isFile()) return 'file'
  if (stat.isSymbolicLink()) return 'symlink'
  return stat.isDirectory() ? 'directory' : 'other'
}

function stampOf(stat: fs.BigIntStats): Stamp {
  return { inode: stat.ino, changed: stat.ctimeNs, size: stat.size, mode: stat.mode }
}

function makeParents(root: string, name: string, uid: number, gid: number, known: Set<string>): void {
  const parts = name.split('/').slice(0, -1)
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/')
    if (known.has(folder)) continue
    const file = path.join(root, folder)
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined) {
      fs.mkdirSync(file)
      fs.chownSync(file, uid, gid)
    } else if (!stat.isDirectory()) {
      throw new Error(`Cannot write "${name}": "${folder}" is not a folder`)
    }
    known.add(folder)
  }
}

function hasRealParents(root: string, name: string): boolean {
  const parts = name.split('/').slice(0, -1)
  return parts.every((_, index) =>
    fs.lstatSync(path.join(root, ...parts.slice(0, index + 1)), { throwIfNoEntry: false })?.isDirectory(),
  )
}
