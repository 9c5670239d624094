import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Disk } from 'flydrive'

/** Why a blob cannot be had. `full`: no room; `unreachable`: the store did not do its part in time. */
export type BlobErrorCode = 'missing' | 'corrupt' | 'full' | 'unreachable'

/** The store of blobs failed; never a miner's fault. */
export class BlobError extends Error {
  readonly code: BlobErrorCode

  constructor(code: BlobErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BlobError'
    this.code = code
  }
}

/** Bytes by their SHA-256 in hex: the same bytes are kept once, and a name never means anything else. */
export interface Blobs {
  /** Keeps bytes for good before it returns. */
  readonly put: (bytes: Uint8Array) => Promise<string>
  /** The bytes, checked. @throws BlobError */
  readonly get: (digest: string) => Promise<Buffer>
  readonly has: (digest: string) => Promise<boolean>
  /** Does nothing if it is not there. */
  readonly remove: (digest: string) => Promise<void>
}

export type BlobSettings =
  | { readonly kind: 'disk'; readonly folder: string }
  | {
      readonly kind: 's3'
      readonly endpoint: string
      readonly bucket: string
      readonly region: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
      /** For one request; 30 if not said. */
      readonly seconds?: number
    }

const DIGEST = /^[0-9a-f]{64}$/
const TRIES = 3

/** Opens the store of blobs: a folder, or anything that speaks S3. */
export async function openBlobs(settings: BlobSettings): Promise<Blobs> {
  const disk = settings.kind === 'disk' ? await openFolder(settings.folder) : await openBucket(settings)
  const store =
    settings.kind === 'disk' ? folderStore(disk, settings.folder) : bucketStore(disk, settings.bucket)
  return {
    async put(bytes) {
      const digest = digestOf(bytes)
      if (await store.has(keyOf(digest))) return digest
      await store.put(keyOf(digest), bytes)
      return digest
    },
    async get(digest) {
      const bytes = await store.get(keyOf(digest))
      const found = digestOf(bytes)
      if (found !== digest)
        throw new BlobError(
          'corrupt',
          `The blob ${digest} holds other bytes (${found}): restore it from a backup`,
        )
      return bytes
    },
    has: digest => store.has(keyOf(digest)),
    remove: digest => store.remove(keyOf(digest)),
  }
}

interface KeyStore {
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>
  readonly get: (key: string) => Promise<Buffer>
  readonly has: (key: string) => Promise<boolean>
  readonly remove: (key: string) => Promise<void>
}

/** On disk a blob gets its name once it is whole and safe: a crash leaves a file with another name, or nothing. */
function folderStore(disk: Disk, folder: string): KeyStore {
  return {
    async put(key, bytes) {
      const fresh = `fresh/${process.pid}-${Math.random().toString(36).slice(2)}`
      try {
        await disk.put(fresh, bytes)
        await sync(path.join(folder, fresh))
        await disk.move(fresh, key)
        await sync(path.dirname(path.join(folder, key)))
      } catch (error) {
        fs.rmSync(path.join(folder, fresh), { force: true })
        throw failed(error, `${key} cannot be written to ${folder}`)
      }
    },
    async get(key) {
      try {
        // The library gives other bytes for an empty file.
        return await fs.promises.readFile(path.join(folder, key))
      } catch (error) {
        throw failed(error, `${key} cannot be read from ${folder}`)
      }
    },
    has: async key => await disk.exists(key),
    remove: async key => await disk.delete(key),
  }
}

function bucketStore(disk: Disk, bucket: string): KeyStore {
  return {
    async put(key, bytes) {
      await again(async () => {
        await disk.put(key, bytes)
        // Some gateways keep something else than they were sent.
        const kept = Buffer.from(await disk.getBytes(key))
        if (digestOf(kept) === digestOf(bytes)) return
        await disk.delete(key)
        throw new BlobError(
          'corrupt',
          `The bucket "${bucket}" gives back other bytes for ${key} than it was sent`,
        )
      }, `${key} cannot be written to the bucket "${bucket}"`)
    },
    get: async key =>
      await again(
        async () => Buffer.from(await disk.getBytes(key)),
        `${key} cannot be read from the bucket "${bucket}"`,
      ),
    has: async key =>
      await again(() => disk.exists(key), `The bucket "${bucket}" cannot be asked for ${key}`),
    remove: async key =>
      await again(() => disk.delete(key), `${key} cannot be removed from the bucket "${bucket}"`),
  }
}

/** What is done by content may be done twice. */
async function again<T>(act: () => Promise<T>, message: string): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await act()
    } catch (error) {
      const known = failed(error, message)
      if (known.code === 'missing' || known.code === 'full' || number === TRIES) throw known
    }
  }
}

async function openFolder(folder: string): Promise<Disk> {
  const { Disk } = await import('flydrive')
  const { FSDriver } = await import('flydrive/drivers/fs')
  fs.mkdirSync(path.join(folder, 'fresh'), { recursive: true })
  return new Disk(new FSDriver({ location: path.resolve(folder), visibility: 'private' }))
}

async function openBucket(settings: BlobSettings & { kind: 's3' }): Promise<Disk> {
  const { Disk } = await import('flydrive')
  const { S3Driver } = await import('flydrive/drivers/s3')
  const milliseconds = (settings.seconds ?? 30) * 1000
  return new Disk(
    new S3Driver({
      credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
      endpoint: settings.endpoint,
      region: settings.region,
      bucket: settings.bucket,
      forcePathStyle: true,
      supportsACL: false,
      visibility: 'private',
      // Gateways other than Amazon's take the framing of checksums for a part of the object.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 1,
      requestHandler: {
        requestTimeout: milliseconds,
        connectionTimeout: milliseconds,
        throwOnRequestTimeout: true,
      },
    }),
  )
}

/** Two letters of folders, so that none gets too many entries. */
function keyOf(digest: string): string {
  if (!DIGEST.test(digest)) throw new BlobError('missing', `"${digest}" is no name of a blob`)
  return `${digest.slice(0, 2)}/${digest}`
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function sync(file: string): Promise<void> {
  const handle = await fs.promises.open(file)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The library wraps what the disk or the bucket said. */
function failed(error: unknown, message: string): BlobError {
  if (error instanceof BlobError) return error
  const causes = [error, (error as Error).cause].filter(one => one instanceof Error) as (Error & {
    code?: string
    $metadata?: { httpStatusCode?: number }
  })[]
  const said = causes.at(-1)?.message ?? String(error)
  const is = (...codes: string[]): boolean =>
    causes.some(one => codes.includes(one.code ?? one.name) || codes.includes(one.name))
  if (is('ENOENT', 'NoSuchKey', 'NotFound') || causes.some(one => one.$metadata?.httpStatusCode === 404))
    return new BlobError('missing', `${message}: there is none`, { cause: error })
  if (is('ENOSPC', 'EDQUOT')) return new BlobError('full', `${message}: the disk is full`, { cause: error })
  return new BlobError('unreachable', `${message}: ${said}`, { cause: error })
}
