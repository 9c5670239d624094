import type { AddressInfo } from 'node:net'
// @ts-expect-error: it comes without types
import S3rver from 's3rver'
import type { BlobSettings } from '../../validator/store/blobs.ts'

/** A server of the S3 protocol on this machine, with one bucket, on any port that is free if none is given. */
export async function openBucketServer(
  folder: string,
  port = 0,
): Promise<{ settings: BlobSettings & { kind: 's3' }; close: () => Promise<void> }> {
  const server = new S3rver({
    port,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'blobs', configs: [] }],
  })
  const { port: taken } = (await server.run()) as AddressInfo
  return {
    settings: {
      kind: 's3',
      endpoint: `http://127.0.0.1:${taken}`,
      bucket: 'blobs',
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
    },
    close: () => server.close(),
  }
}
