import { Duplex } from 'node:stream'

/** How many bytes of a channel may be on their way before the other side has said that it took some. */
const WINDOW = 2 ** 20
const PIECE = 64 * 2 ** 10

/** What the two sides of a channel say to each other. */
export type ChannelSignal =
  | { readonly kind: 'flow'; readonly channel: number }
  /** So many bytes were taken: as many more may come. */
  | { readonly kind: 'credit'; readonly channel: number; readonly bytes: number }
  /** No more bytes come from this side. */
  | { readonly kind: 'shut'; readonly channel: number }
  /** The channel is gone. */
  | { readonly kind: 'close'; readonly channel: number }

/**
 * One end of a connection whose bytes travel in frames between a sandbox and the validator. Whoever reads slowly slows the
 * writer down; whoever writes more than it may is cut off.
 */
export class Channel extends Duplex {
  readonly #id: number
  readonly #send: (signal: ChannelSignal, body?: Uint8Array) => void
  #credit = WINDOW
  #unread = 0
  #waiting: (() => void) | undefined
  #closedByOther = false

  constructor(id: number, send: (signal: ChannelSignal, body?: Uint8Array) => void) {
    super({ readableHighWaterMark: PIECE, writableHighWaterMark: PIECE })
    this.#id = id
    this.#send = send
  }

  /** Takes what the other side said of this channel. */
  receive(signal: ChannelSignal, body: Buffer): void {
    switch (signal.kind) {
      case 'flow':
        this.#unread += body.length
        if (this.#unread > 2 * WINDOW) this.destroy(new Error('More bytes than were asked for'))
        else if (this.push(body)) this.#thank()
        return
      case 'credit': {
        this.#credit = Math.min(WINDOW, this.#credit + signal.bytes)
        const go = this.#waiting
        this.#waiting = undefined
        go?.()
        return
      }
      case 'shut':
        this.push(null)
        return
      case 'close':
        this.#closedByOther = true
        this.destroy()
        return
    }
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const send = (from: number): void => {
      for (let at = from; at < chunk.length; at += PIECE) {
        if (this.#credit <= 0) {
          this.#waiting = () => send(at)
          return
        }
        const piece = chunk.subarray(at, at + PIECE)
        this.#credit -= piece.length
        this.#send({ kind: 'flow', channel: this.#id }, piece)
      }
      done()
    }
    send(0)
  }

  override _read(): void {
    this.#thank()
  }

  override _final(done: (error?: Error) => void): void {
    this.#send({ kind: 'shut', channel: this.#id })
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#closedByOther) this.#send({ kind: 'close', channel: this.#id })
    done(error)
  }

  #thank(): void {
    if (this.#unread === 0) return
    this.#send({ kind: 'credit', channel: this.#id, bytes: this.#unread })
    this.#unread = 0
  }
}
