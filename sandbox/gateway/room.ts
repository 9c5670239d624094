import type { Policy } from './policy.ts'
import { type Refused, refuse } from './refusal.ts'

/** Requests whose bodies may be on their way at the same time, if each is as large as one may be. */
const MOST_UNFINISHED = 4

/** Room for what an attempt sends: in all, and for bodies that have begun and not ended, which are held in memory. */
export class Room {
  readonly #outBytes: number
  readonly #most: number
  #sent = 0
  #unfinished = 0

  constructor({ outBytes, requestBytes }: Pick<Policy, 'outBytes' | 'requestBytes'>) {
    this.#outBytes = outBytes
    this.#most = MOST_UNFINISHED * requestBytes
  }

  /** Bytes of all bodies, also of those that never ended. */
  get sent(): number {
    return this.#sent
  }

  /** Whether so many more bytes may come. */
  check(bytes: number): Refused | undefined {
    if (this.#sent + bytes > this.#outBytes)
      return refuse(
        'budget',
        `Cannot take ${bytes} bytes more: all calls of an attempt together may have ${this.#outBytes}`,
      )
    if (this.#unfinished + bytes > this.#most)
      return refuse(
        'too-many',
        `Cannot take this request: others are on their way, and together they may have ${this.#most} bytes`,
        {
          retryAfter: 1,
        },
      )
    return undefined
  }

  /** For bytes that have come; they are given back when their body has ended, or never will. */
  take(bytes: number): Refused | undefined {
    const refused = this.check(bytes)
    if (refused !== undefined) return refused
    this.#sent += bytes
    this.#unfinished += bytes
    return undefined
  }

  give(bytes: number): void {
    this.#unfinished -= bytes
  }
}
