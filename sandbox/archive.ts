import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import tar from 'tar-stream'
import type { Entry } from '../agent-runtime/wire.ts'
import { listFiles } from './digest.ts'
import type { Files } from './sandbox.ts'

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
 * off (`cut` 1; 0 for a single file). Devices, pipes and hard links to outside are left out.
 *
 * @throws RangeError if the files together are larger than `maxBytes`
 */
export async function unpackFolder(stream: Readable, maxBytes: number, cut: 0 | 1 = 1): Promise<Files> {
  const entries: Entry[] = []
  const bodies: Buffer[] = []
  const contents = new Map<string, Buffer>()
  let total = 0
  const extract = tar.extract()
  stream.on('error', error => extract.destroy(error))
  stream.pipe(extract)
  for await (const item of extract) {
    const { name, type, mode = 0o644, linkname } = item.header
    const chunks: Buffer[] = []
    for await (const chunk of item as AsyncIterable<Buffer>) {
      total += chunk.length
      if (total > maxBytes) throw new RangeError(`A folder of more than ${maxBytes} bytes cannot be held`)
      chunks.push(chunk)
    }
    const relative = cutFirst(name, cut)
    if (relative === '') continue
    const kind = {
      file: 'file',
      'contiguous-file': 'file',
      link: 'file',
      symlink: 'symlink',
      directory: 'directory',
    }[type as string] as Entry['kind'] | undefined
    if (kind === undefined) continue
    const content = type === 'link' ? contents.get(cutFirst(linkname ?? '', cut)) : Buffer.concat(chunks)
    if (content === undefined) continue
    if (kind === 'file') {
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
  return { entries, body: Buffer.concat(bodies) }
}

function cutFirst(name: string, parts: 0 | 1): string {
  const clean = name.replace(/^\.?\/+/, '').replace(/\/+$/, '')
  const cut = parts === 0 ? -1 : clean.indexOf('/')
  return parts === 1 && cut < 0 ? '' : clean.slice(cut + 1)
}
