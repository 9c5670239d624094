import { createHash, type Hash } from 'node:crypto'
import fs from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import tar from 'tar-stream'
import { StoreError } from './errors.ts'

/** The last entry: a line `<SHA-256>  <name>` for each one before, as `sha256sum --check` reads them. */
const SUMS = 'checksums.txt'
const LEVEL = 3

/** A backup while it is written. */
export interface Archive {
  readonly add: (name: string, bytes: Uint8Array | string) => Promise<void>
  /** A file as long as it is now, whatever is appended meanwhile; what it lost meanwhile is zeros. @returns false if it is gone */
  readonly addFile: (name: string, file: string) => Promise<boolean>
}

/** Writes a compressed archive with checksums: the file gets its name once it is whole and safe. @returns its bytes */
export async function writeArchive(file: string, fill: (archive: Archive) => Promise<void>): Promise<number> {
  if (fs.existsSync(file)) throw new StoreError('backup', `Cannot write the backup ${file}: it exists`)
  const draft = `${file}.part`
  const pack = tar.pack()
  const writing = pipeline(pack, createGzip({ level: LEVEL }), fs.createWriteStream(draft, { mode: 0o600 }))
  const sums: string[] = []

  async function add(name: string, bytes: Uint8Array | string): Promise<void> {
    const content = Buffer.from(bytes)
    sums.push(`${createHash('sha256').update(content).digest('hex')}  ${name}`)
    await new Promise<void>((resolve, reject) => {
      const entry = pack.entry({ name, mode: 0o600 }, content, error =>
        error == null ? resolve() : reject(error),
      )
      entry.on('error', reject)
    })
  }

  async function addFile(name: string, source: string): Promise<boolean> {
    let handle: fs.promises.FileHandle
    try {
      handle = await fs.promises.open(source)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    await using _ = handle
    const { size } = await handle.stat()
    const hash = createHash('sha256')
    const isIn = new Promise<void>((resolve, reject) => {
      const entry = pack.entry({ name, mode: 0o600, size }, error =>
        error == null ? resolve() : reject(error),
      )
      pipeline(hashing(exactly(handle, size), hash), entry).catch(reject)
    })
    await isIn
    sums.push(`${hash.digest('hex')}  ${name}`)
    return true
  }

  try {
    await Promise.race([fill({ add, addFile }), failing(writing)])
    await add(SUMS, `${sums.join('\n')}\n`)
    pack.finalize()
    await writing
    await sync(draft)
    fs.renameSync(draft, file)
    return fs.statSync(file).size
  } catch (error) {
    pack.destroy()
    await writing.catch(() => {})
    fs.rmSync(draft, { force: true })
    const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    throw isFull
      ? new StoreError('full', `Cannot write the backup ${file}: the disk is full`, { cause: error })
      : error
  }
}

/** Never ends well: it only tells of a failure. */
async function failing(writing: Promise<void>): Promise<never> {
  await writing
  return await new Promise(() => {})
}

async function* exactly(handle: fs.promises.FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const chunk = Buffer.alloc(Math.min(2 ** 18, size - at))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
    // The rest was cut off since: zeros, as for every page that the log will restore.
    at += bytesRead === 0 ? chunk.length : bytesRead
    yield bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead)
  }
}

async function* hashing(chunks: AsyncIterable<unknown>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const bytes of chunks) {
    const chunk = bytes as Buffer
    hash.update(chunk)
    yield chunk
  }
}

async function sync(file: string): Promise<void> {
  await using handle = await fs.promises.open(file)
  await handle.sync()
}

/** An entry while an archive is read: take it by one of these. */
export interface Entry {
  readonly name: string
  readonly bytes: () => Promise<Buffer>
  readonly saveTo: (file: string) => Promise<void>
}

/**
 * Reads a backup from the first entry to the last.
 *
 * @throws StoreError if it is damaged or incomplete: nothing that was read counts then
 */
export async function readArchive(file: string, take: (entry: Entry) => Promise<void>): Promise<void> {
  const extract = tar.extract()
  const reading = pipeline(fs.createReadStream(file), createGunzip(), extract)
  reading.catch(() => {})
  const sums: string[] = []
  let isWhole = false
  try {
    for await (const entry of extract) {
      const { name } = entry.header
      const hash = createHash('sha256')
      const bytes = async (): Promise<Buffer> => {
        const chunks: Buffer[] = []
        for await (const chunk of hashing(entry, hash)) chunks.push(chunk)
        return Buffer.concat(chunks)
      }
      if (name === SUMS) {
        isWhole = (await bytes()).toString() === `${sums.join('\n')}\n`
        continue
      }
      await take({
        name,
        bytes,
        saveTo: target =>
          pipeline(hashing(entry, hash), fs.createWriteStream(target, { mode: 0o600, flush: true })),
      })
      sums.push(`${hash.digest('hex')}  ${name}`)
    }
    await reading
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError('backup', `Cannot read the backup ${file}: ${(error as Error).message}`, {
      cause: error,
    })
  }
  if (!isWhole) throw new StoreError('backup', `Cannot use the backup ${file}: it is damaged or incomplete`)
}
