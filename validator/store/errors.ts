/** What failed in the store. `start`: no server; `version`: made by a newer program; `lost`: the connection went. */
export type StoreErrorCode = 'start' | 'version' | 'lost' | 'full' | 'backup'

/** The store failed: ours, or the machine's, never a miner's. The message says what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
