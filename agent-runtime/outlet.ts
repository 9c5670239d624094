import dgram from 'node:dgram'
import net from 'node:net'
import { Channel, type ChannelSignal } from './channel.ts'

/** Where programs in a sandbox find the proxy; the variables `HTTP_PROXY` and their kin name it. */
export const PROXY_PORT = 3128
/** Where they find language models; `ARETE_GATEWAY_URL` names it. One that servers of tasks hardly want for themselves. */
export const GATEWAY_PORT = 3129
const NAME_PORT = 53
const MOST_CHANNELS = 256
/** A sandbox before this one may hold a port until its container is gone. */
const TAKEN_MILLISECONDS = 10_000
const RETRY_MILLISECONDS = 20

/** What the sandbox's side of an outlet says. */
export type OutletReply =
  /** Somebody connected to a port of this sandbox's own addresses. */
  | { readonly kind: 'dial'; readonly channel: number; readonly port: number; readonly address: string }
  /** Somebody asked for a name; the body is the question as DNS has it. */
  | { readonly kind: 'question'; readonly channel: number }
  | ChannelSignal

export type OutletCommand =
  /** Starts to listen. */
  | {
      readonly kind: 'listen'
      readonly id: number
      readonly ports: readonly number[]
      readonly names: boolean
    }
  /** Stops to listen, and ends every connection. */
  | { readonly kind: 'unlisten'; readonly id: number }
  /** The answer to a question, as DNS has it. */
  | { readonly kind: 'answer'; readonly channel: number }
  | ChannelSignal

/**
 * The way out of a sandbox that has no network: listens on its loopback and hands every connection and every question for a
 * name to the validator, who decides. Knows no rules itself, for whatever is in here could be broken into.
 */
export class Outlet {
  readonly #say: (reply: OutletReply, body?: Uint8Array) => void
  readonly #channels = new Map<number, Channel>()
  readonly #askers = new Map<number, (answer: Buffer) => void>()
  readonly #listening: { close: (done: () => void) => void }[] = []
  #last = 0

  constructor(say: (reply: OutletReply, body?: Uint8Array) => void) {
    this.#say = say
  }

  /** Settles once all of them listen. */
  async listen(ports: readonly number[], names: boolean): Promise<void> {
    await Promise.all([...ports.map(port => this.#listen(port)), ...(names ? [this.#answerNames()] : [])])
  }

  /** Settles once nobody listens any more, so that the next sandbox of a shared loopback can. */
  async unlisten(): Promise<void> {
    const closing = this.#listening
      .splice(0)
      .map(one => new Promise<void>(resolve => one.close(() => resolve())))
    for (const channel of this.#channels.values()) channel.destroy()
    await Promise.all(closing)
  }

  receive(command: Exclude<OutletCommand, { kind: 'listen' | 'unlisten' }>, body: Buffer): void {
    if (command.kind === 'answer') this.#askers.get(command.channel)?.(body)
    else this.#channels.get(command.channel)?.receive(command, body)
  }

  #listen(port: number): Promise<void> {
    // Small pieces of an answer would wait for each other's acknowledgement, 40 ms each time.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      if (this.#channels.size >= MOST_CHANNELS) {
        socket.destroy()
        return
      }
      const id = ++this.#last
      const channel = new Channel(id, this.#say)
      this.#channels.set(id, channel)
      this.#say({ kind: 'dial', channel: id, port, address: socket.localAddress ?? '' })
      channel.on('close', () => {
        this.#channels.delete(id)
        socket.destroy()
      })
      socket.on('close', () => channel.destroy())
      socket.on('error', () => channel.destroy())
      channel.on('error', () => socket.destroy())
      socket.pipe(channel).pipe(socket)
    })
    this.#listening.push(server)
    const isOwn = port === PROXY_PORT || port === GATEWAY_PORT
    return retryTaken(
      (resolve, reject) =>
        void server.once('error', reject).listen(port, isOwn ? '127.0.0.1' : '0.0.0.0', () => {
          server.off('error', reject)
          resolve()
        }),
    )
  }

  #answerNames(): Promise<void> {
    const socket = dgram.createSocket('udp4')
    socket.on('message', (question, from) => {
      if (this.#askers.size >= MOST_CHANNELS) return
      const id = ++this.#last
      this.#askers.set(id, answer => {
        this.#askers.delete(id)
        socket.send(answer, from.port, from.address)
      })
      this.#say({ kind: 'question', channel: id }, question)
    })
    this.#listening.push(socket)
    return retryTaken(
      (resolve, reject) =>
        void socket.once('error', reject).bind(NAME_PORT, '127.0.0.1', () => {
          socket.off('error', reject)
          resolve()
        }),
    )
  }
}

/** Tries again for a while if somebody else has the port. */
async function retryTaken(
  listen: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  const end = Date.now() + TAKEN_MILLISECONDS
  for (;;) {
    try {
      return await new Promise(listen)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, RETRY_MILLISECONDS))
    }
  }
}
