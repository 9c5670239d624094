import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { sha256 } from '../../sandbox/digest.ts'
import { BlobError } from './blob-error.ts'
import type { BlobSettings, BlobStore } from './blobs.ts'

const TRIES = 3
const PAUSE = 100

/** Blobs in a bucket of anything that speaks S3. What is done by content may be done twice, so that what fails is tried again. */
export function openBucket(settings: BlobSettings & { readonly kind: 's3' }): BlobStore {
  const { bucket: Bucket, seconds = 30 } = settings
  const client = openClient(settings)
  let isThere = false

  /** A deadline ends the request, and the reading of its answer. */
  async function attempt<T>(act: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(seconds * 1000)
    const late = new Promise<never>((_, reject) =>
      deadline.addEventListener('abort', () => reject(new Error(`no answer within ${seconds} s`)), {
        once: true,
      }),
    )
    // Not finding a bucket looks like not finding a blob in it.
    if (!isThere)
      await Promise.race([
        client.send(new HeadBucketCommand({ Bucket }), { abortSignal: deadline }),
        late,
      ]).catch(noBucket)
    isThere = true
    return await Promise.race([act({ abortSignal: deadline }), late])
  }

  function noBucket(error: unknown): never {
    throw statusOf(error) === 404
      ? new BlobError(
          'unreachable',
          `there is no bucket "${Bucket}" at ${settings.endpoint}; make it, or set ARETE_S3_BUCKET`,
        )
      : error
  }

  async function again<T>(
    message: string,
    act: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    for (let number = 1; ; number++)
      try {
        return await attempt(act)
      } catch (error) {
        if (number === TRIES || !isPassing(error)) throw failed(error, `${message} in the bucket "${Bucket}"`)
        await sleep(PAUSE * number)
      }
  }

  const keyOf = (digest: string): string => `${digest.slice(0, 2)}/${digest}`
  const read = async (digest: string, options: { abortSignal: AbortSignal }): Promise<Buffer> => {
    const { Body, ContentLength } = await client.send(
      new GetObjectCommand({ Bucket, Key: keyOf(digest) }),
      options,
    )
    const bytes = Buffer.from(await Body!.transformToByteArray())
    if (ContentLength !== undefined && ContentLength !== bytes.length)
      throw new Error(`${bytes.length} of ${ContentLength} bytes came`)
    return bytes
  }

  const look = (digest: string): Promise<HeadObjectCommandOutput | undefined> =>
    again(`Cannot look for the blob ${digest}`, async options => {
      try {
        return await client.send(new HeadObjectCommand({ Bucket, Key: keyOf(digest) }), options)
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    })
  const remove = (digest: string): Promise<void> =>
    again(`Cannot remove the blob ${digest}`, async options => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(digest) }), options)
    })

  return {
    put: (digest, bytes) =>
      again(`Cannot write the blob ${digest}`, async options => {
        await client.send(new PutObjectCommand({ Bucket, Key: keyOf(digest), Body: bytes }), options)
        // Some gateways keep something else than they were sent. It is not removed: somebody else may have put it right since.
        if (sha256(await read(digest, options)) === digest) return
        throw new BlobError('corrupt', `it gives back other bytes than it was sent`)
      }),
    get: digest => again(`Cannot read the blob ${digest}`, options => read(digest, options)),
    has: async digest => (await look(digest)) !== undefined,
    written: async digest => (await look(digest))?.LastModified,
    remove,
    async removeOld(digest, before) {
      // A bucket cannot say this in one request: who writes in these milliseconds what was forgotten for a day loses it.
      const written = (await look(digest))?.LastModified
      if (written === undefined || written >= before) return false
      await remove(digest)
      return true
    },
    async *list() {
      let ContinuationToken: string | undefined
      do {
        const page = await again('Cannot list the blobs', options =>
          client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }), options),
        )
        yield* (page.Contents ?? []).map(({ Key }) => Key!.slice(3))
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
    },
  }
}

function openClient(settings: BlobSettings & { readonly kind: 's3' }): S3Client {
  const milliseconds = (settings.seconds ?? 30) * 1000
  return new S3Client({
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: true,
    // Gateways other than Amazon's take the framing of checksums for a part of the object.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: { connectionTimeout: milliseconds },
  })
}

/** What may be otherwise the next time: no answer, half an answer, a server in trouble. */
function isPassing(error: unknown): boolean {
  if (error instanceof BlobError) return error.code === 'corrupt'
  const status = statusOf(error)
  return status === undefined || status < 400 || status >= 500 || status === 408 || status === 429
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
}

function failed(error: unknown, message: string): BlobError {
  const { name, message: said } = error as Error
  const options = { cause: error }
  if (error instanceof BlobError) return new BlobError(error.code, `${message}: ${said}`, options)
  if (name === 'NoSuchKey') return new BlobError('missing', `${message}: there is none`, options)
  if (statusOf(error) === 507) return new BlobError('full', `${message}: there is no room left`, options)
  const status = statusOf(error) === undefined ? '' : ` (status ${statusOf(error)})`
  return new BlobError('unreachable', `${message}: ${said || name}${status}`, options)
}
