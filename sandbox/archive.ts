import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import type { Entry } from '../agent-runtime/wire.ts'
import { listFiles } from './digest.ts'
import type { Files } from './sandbox.ts'
import { withoutSlashes } from './slashes.ts'

/** One file for a tar. */
export interface TarFile {
  readonly name: string
  readonly content: string | Uint8Array
  readonly mode?: number
}

/** A tar of files held in memory, all owned by root and dated at the epoch. */
export function packTar(files: readonly TarFile[]): Readable {
  const pack = tar.pack()
  for (const { name, content, mode = 0o644 } of files) {
    pack.entry({ name, mode, mtime: new Date(0) }, Buffer.from(content))
  }
  pack.finalize()
  return Readable.from(pack as AsyncIterable<Buffer>)
}

/** Everything below a folder, for a tar. */
export function readTarFiles(folder: string): TarFile[] {
  return listFiles(folder).map(name => {
    const file = path.join(folder, name)
    return { name, content: fs.readFileSync(file), mode: fs.statSync(file).mode & 0o777 }
  })
}

/** All files below a folder of ours, to be put into a sandbox. */
export function readFolder(folder: string): Files {
  return joinFiles(
    listFiles(folder).map(name => {
      const file = path.join(folder, name)
      return {
        path: name,
        mode: fs.statSync(file).mode & 0o111 ? 0o755 : 0o644,
        content: fs.readFileSync(file),
      }
    }),
  )
}

/** Makes `Files` of single contents. */
export function joinFiles(files: readonly { path: string; mode: number; content: Uint8Array }[]): Files {
  return {
    entries: files.map(({ path: name, mode, content }) => ({
      path: name,
      kind: 'file',
      mode,
      size: content.length,
    })),
    body: Buffer.concat(files.map(file => file.content)),
  }
}

/** Each entry with its bytes. */
export function* splitFiles(files: Files): Generator<{ entry: Entry; content: Uint8Array }> {
  let offset = 0
  for (const entry of files.entries) {
    yield { entry, content: files.body.subarray(offset, offset + entry.size) }
    offset += entry.size
  }
}

/**
 * Reads a tar that the engine made of one folder of an image. The folder's own name, which the engine puts first, is cut
 * off (`cut` 1; 0 for a single file). Devices, pipes, hard links to outside and paths that lead outside are left out.
 *
 * @throws RangeError if the files together are larger than `maxBytes`
 */
export async function unpackFolder(stream: Readable, maxBytes: number, cut: 0 | 1 = 1): Promise<Files> {
  const entries: Entry[] = []
  const bodies: Buffer[] = []
  const contents = new Map<string, Buffer>()
  let total = 0
  const count = (bytes: number): void => {
    total += bytes
    if (total > maxBytes) throw new RangeError(`A folder of more than ${maxBytes} bytes cannot be held`)
  }
  const extract = tar.extract()
  const arrived = pipeline(stream, extract)
  // What went wrong on the way ends the loop below, too, and is thrown there.
  arrived.catch(() => {})
  for await (const item of extract) {
    const { name, type, mode = 0o644, linkname } = item.header
    const relative = cutFirst(name, cut)
    const kind = KINDS[type as string]
    // What is no file should have no bytes; the stream of a folder that says it has some would never end.
    if (relative === undefined || kind !== 'file') item.resume()
    if (relative === undefined || kind === undefined) continue
    const chunks: Buffer[] = []
    if (kind === 'file') {
      for await (const chunk of item as AsyncIterable<Buffer>) {
        count(chunk.length)
        chunks.push(chunk)
      }
    }
    const content =
      type === 'link' ? contents.get(cutFirst(linkname ?? '', cut) ?? '') : Buffer.concat(chunks)
    if (content === undefined) continue
    if (kind === 'file') {
      // A link has no bytes of its own in the archive, but each has them here.
      if (type === 'link') count(content.length)
      contents.set(relative, content)
      bodies.push(content)
    }
    entries.push({
      path: relative,
      kind,
      mode: mode & 0o777,
      size: kind === 'file' ? content.length : 0,
      ...(kind === 'symlink' ? { target: linkname ?? '' } : {}),
    })
  }
  await arrived
  return { entries, body: Buffer.concat(bodies) }
}

const KINDS: Readonly<Record<string, Entry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  link: 'file',
  symlink: 'symlink',
  directory: 'directory',
}

/** @returns undefined for the folder itself, and for what is not below it */
function cutFirst(name: string, parts: 0 | 1): string | undefined {
  const clean = withoutSlashes(name.replace(/^\.?\/+/, ''))
  const relative = clean.split('/').slice(parts)
  const isInside = relative.every(
    part => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'),
  )
  return relative.length > 0 && isInside ? relative.join('/') : undefined
}
