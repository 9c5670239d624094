import { sha256 } from '../../sandbox/digest.ts'
import { BlobError } from './blob-error.ts'
import { openFolder } from './blob-folder.ts'

/** Bytes by their SHA-256 in hex: the same bytes are kept once, and a name never means anything else. */
export interface Blobs {
  /** Keeps bytes for good before it returns. */
  readonly put: (bytes: Uint8Array) => Promise<string>
  /** The bytes, checked. @throws BlobError */
  readonly get: (digest: string) => Promise<Buffer>
  readonly has: (digest: string) => Promise<boolean>
  /** Does nothing if it is not there. */
  readonly remove: (digest: string) => Promise<void>
  /**
   * Removes it if it was written before a time, by the clock of who keeps it; or only says whether it would. Whoever puts the same
   * bytes again meanwhile has them kept.
   */
  readonly removeOld: (digest: string, before: Date, isDry?: boolean) => Promise<boolean>
  /** The names of all. */
  readonly list: () => AsyncIterable<string>
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
      /** For one request with its answer; 30 if not said. */
      readonly seconds?: number
    }

/** What keeps bytes under names; whether they fit each other is not its affair. @throws BlobError */
export interface BlobStore extends Omit<Blobs, 'put' | 'removeOld'> {
  /** When it was written; undefined if it is not there. */
  readonly written: (digest: string) => Promise<Date | undefined>
  readonly removeOld: (digest: string, before: Date) => Promise<boolean>
  /** Whole and for good, or not at all. */
  readonly put: (digest: string, bytes: Uint8Array) => Promise<void>
}

/** Well below the age at which a blob that no row speaks of is removed (`prune.ts`). */
const YOUNG_HOURS = 6
const DIGEST = /^[0-9a-f]{64}$/

/** Opens the store of blobs: a folder, or anything that speaks S3. */
export async function openBlobs(settings: BlobSettings): Promise<Blobs> {
  const store =
    settings.kind === 'disk'
      ? openFolder(settings.folder)
      : (await import('./blob-bucket.ts')).openBucket(settings)

  async function get(digest: string): Promise<Buffer> {
    const bytes = await store.get(named(digest))
    const found = sha256(bytes)
    if (found === digest) return bytes
    throw new BlobError(
      'corrupt',
      `The blob ${digest} holds other bytes (${found}): restore it from a backup`,
    )
  }

  /** What many hand in at once is written once. */
  const writing = new Map<string, Promise<void>>()

  async function keep(digest: string, bytes: Uint8Array): Promise<void> {
    // One that was damaged since is mended; one that may soon be taken for forgotten becomes young again.
    if (!(await isYoung(digest)) || !(await isWhole(digest))) await store.put(digest, bytes)
  }

  return {
    async put(bytes) {
      const digest = sha256(bytes)
      const known = writing.get(digest)
      const done = known ?? keep(digest, bytes).finally(() => writing.delete(digest))
      if (known === undefined) writing.set(digest, done)
      await done
      return digest
    },
    get,
    has: async digest => DIGEST.test(digest) && (await store.has(digest)),
    remove: async digest => await store.remove(named(digest)),
    async removeOld(digest, before, isDry = false) {
      const written = await store.written(named(digest))
      if (written === undefined || written >= before) return false
      return isDry || (await store.removeOld(digest, before))
    },
    async *list() {
      for await (const name of store.list()) if (DIGEST.test(name)) yield name
    },
  }

  async function isYoung(digest: string): Promise<boolean> {
    const written = await store.written(digest)
    return written !== undefined && Date.now() - written.getTime() < YOUNG_HOURS * 3_600_000
  }

  async function isWhole(digest: string): Promise<boolean> {
    try {
      await get(digest)
      return true
    } catch (error) {
      if (error instanceof BlobError && (error.code === 'missing' || error.code === 'corrupt')) return false
      throw error
    }
  }
}

function named(digest: string): string {
  if (!DIGEST.test(digest))
    throw new BlobError('missing', `There is no blob "${digest}": names are SHA-256 in hex`)
  return digest
}
