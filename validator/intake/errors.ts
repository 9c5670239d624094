/** The key cannot be used. Its message names the file and never what is in it. */
export class WalletError extends Error {
  readonly code: 'missing' | 'coldkey' | 'unreadable' | 'password' | 'address'

  constructor(code: WalletError['code'], file: string, message: string) {
    super(`Cannot use the key in ${file}: ${message}`)
    this.name = 'WalletError'
    this.code = code
  }
}

/** A validator cannot be asked; the message names its address. */
export class UnreachableError extends Error {
  constructor(url: string, message: string, options?: ErrorOptions) {
    super(`Cannot reach the validator at ${url}: ${message}`, options)
    this.name = 'UnreachableError'
  }
}
