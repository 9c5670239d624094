import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { BlobError } from './blob-error.ts'
import type { BlobStore } from './blobs.ts'
import { isAlive } from './machine-lock.ts'

/** Files that are not whole yet: `<pid>-<anything>`. */
const FRESH = 'fresh'
/** Two letters of folders, so that none gets too many entries. */
const SHARD = /^[0-9a-f]{2}$/

/** Blobs in a folder. One gets its name once it is whole and safe: a crash leaves a file in `fresh`, or nothing. */
export function openFolder(folder: string): BlobStore {
  const fresh = path.join(folder, FRESH)
  // Folders above it may be others' too: the database's user must come through.
  fs.mkdirSync(folder, { recursive: true, mode: 0o711 })
  fs.chmodSync(folder, 0o700)
  fs.mkdirSync(fresh, { recursive: true })
  removeAbandoned(fresh)
  const fileOf = (digest: string): string => path.join(folder, digest.slice(0, 2), digest)

  async function put(digest: string, bytes: Uint8Array): Promise<void> {
    const draft = path.join(fresh, `${process.pid}-${randomBytes(6).toString('hex')}`)
    const file = fileOf(digest)
    const shard = path.dirname(file)
    try {
      await write(draft, bytes)
      if ((await fs.promises.mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined) await sync(folder)
      await fs.promises.rename(draft, file)
      await sync(shard)
    } catch (error) {
      await fs.promises.rm(draft, { force: true })
      throw failed(error, `Cannot write the blob ${digest} to ${folder}`)
    }
  }

  return {
    put,
    async get(digest) {
      try {
        return await fs.promises.readFile(fileOf(digest))
      } catch (error) {
        throw failed(error, `Cannot read the blob ${digest} in ${folder}`)
      }
    },
    async has(digest) {
      try {
        await fs.promises.access(fileOf(digest))
        return true
      } catch (error) {
        const known = failed(error, `Cannot look for the blob ${digest} in ${folder}`)
        if (known.code === 'missing') return false
        throw known
      }
    },
    async remove(digest) {
      try {
        await fs.promises.rm(fileOf(digest), { force: true })
      } catch (error) {
        throw failed(error, `Cannot remove the blob ${digest} in ${folder}`)
      }
    },
    written: async digest => await writtenAt(fileOf(digest)),
    async removeOld(digest, before) {
      // Out of the way first: what is written anew from now on stays, and what was written just before is put back.
      const draft = path.join(fresh, `${process.pid}-${randomBytes(6).toString('hex')}`)
      try {
        await fs.promises.rename(fileOf(digest), draft)
        const written = await writtenAt(draft)
        const isOld = written !== undefined && written < before
        if (isOld) await fs.promises.rm(draft)
        else await fs.promises.rename(draft, fileOf(digest))
        return isOld
      } catch (error) {
        const known = failed(error, `Cannot remove the blob ${digest} in ${folder}`)
        if (known.code === 'missing') return false
        throw known
      }
    },
    async *list() {
      const shards = (await fs.promises.readdir(folder)).filter(name => SHARD.test(name)).sort()
      for (const shard of shards) yield* (await fs.promises.readdir(path.join(folder, shard))).sort()
    },
  }
}

async function writtenAt(file: string): Promise<Date | undefined> {
  try {
    return (await fs.promises.stat(file)).mtime
  } catch (error) {
    const known = failed(error, `Cannot look at ${file}`)
    if (known.code === 'missing') return undefined
    throw known
  }
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.promises.open(file, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Of a folder: that the names in it stay. */
async function sync(folder: string): Promise<void> {
  const handle = await fs.promises.open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What processes left that died while they wrote. */
function removeAbandoned(fresh: string): void {
  for (const name of fs.readdirSync(fresh))
    if (!isAlive(Number.parseInt(name, 10))) fs.rmSync(path.join(fresh, name), { force: true })
}

function failed(error: unknown, message: string): BlobError {
  const { code, message: said } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new BlobError('missing', `${message}: there is none`, { cause: error })
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new BlobError('full', `${message}: the disk is full; make room on it`, { cause: error })
  return new BlobError('unreachable', `${message}: ${said}`, { cause: error })
}
