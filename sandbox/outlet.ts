import type { Duplex } from 'node:stream'
import { Channel } from '../agent-runtime/channel.ts'
import type { OutletCommand, OutletReply } from '../agent-runtime/outlet.ts'

const MOST_CHANNELS = 512

/** Decides about what programs in a sandbox want to reach. */
export interface Doorkeeper {
  /** Takes a connection that was made in the sandbox to a port of the given address of its own. */
  readonly accept: (channel: Duplex, port: number, address: string) => void
  /** Answers a question for a name, as DNS has both; undefined if it gets no answer. */
  readonly answer: (question: Buffer) => Buffer | undefined
}

/** The validator's side of the way out of one sandbox: puts frames together to connections and hands them to the doorkeeper. */
export class OutletSide {
  readonly #door: Doorkeeper
  readonly #send: (
    command: Exclude<OutletCommand, { kind: 'listen' | 'unlisten' }>,
    body?: Uint8Array,
  ) => void
  readonly #onFirstName: () => void
  readonly #channels = new Map<number, Channel>()
  #hasNames = false

  /** @param onFirstName - called before the first name gets an address of the sandbox's own */
  constructor(
    door: Doorkeeper,
    send: (command: Exclude<OutletCommand, { kind: 'listen' | 'unlisten' }>, body?: Uint8Array) => void,
    onFirstName: () => void,
  ) {
    this.#door = door
    this.#send = send
    this.#onFirstName = onFirstName
  }

  receive(reply: OutletReply, body: Buffer): void {
    switch (reply.kind) {
      case 'dial': {
        // Numbers come from inside: one that stands already, or one too many, is not ours.
        if (this.#channels.has(reply.channel) || this.#channels.size >= MOST_CHANNELS) return
        const channel = new Channel(reply.channel, this.#send)
        this.#channels.set(reply.channel, channel)
        channel.on('close', () => this.#channels.delete(reply.channel))
        this.#door.accept(channel, reply.port, reply.address)
        return
      }
      case 'question': {
        const answer = this.#door.answer(body)
        if (answer === undefined) return
        if (!this.#hasNames) this.#onFirstName()
        this.#hasNames = true
        this.#send({ kind: 'answer', channel: reply.channel }, answer)
        return
      }
      default:
        this.#channels.get(reply.channel)?.receive(reply, body)
    }
  }

  end(): void {
    for (const channel of this.#channels.values()) channel.destroy()
  }
}
