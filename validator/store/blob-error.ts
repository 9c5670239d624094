/** Why a blob cannot be had. `full`: no room; `unreachable`: the store did not do its part, or not in time. */
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
