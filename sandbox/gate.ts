import http from 'node:http'
import type { Duplex } from 'node:stream'
import { PROXY_PORT } from '../agent-runtime/outlet.ts'
import { matchHosts } from '../task-bank/harbor/hosts.ts'
import type { Network } from '../task-bank/task.ts'
import { readOpening } from './client-hello.ts'
import { type Dial, dialPublic } from './dial.ts'
import { answerQuestion } from './names.ts'
import type { Doorkeeper } from './outlet.ts'

/** A host that a program in a sandbox wanted to reach. */
export interface Visit {
  readonly host: string
  readonly port: number
  readonly allowed: boolean
}

const MOST_VISITS = 1000
const MOST_NAMES = 60_000
const MOST_OPENING = 32 * 2 ** 10
const OPENING_MILLISECONDS = 20_000
/** What a proxy does not pass on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * Decides what a sandbox without a network reaches after all. It speaks as an HTTP proxy, and to programs that know no
 * proxy as the server itself: a name that is allowed gets an address of the sandbox's own loopback, and what is sent there
 * goes to that name. A name that is not allowed is never looked up. TLS must be for the host that was asked for, so that an
 * allowed host cannot stand for another one behind the same address.
 */
export class Gate implements Doorkeeper {
  readonly visits: Visit[] = []
  readonly #isAllowed: (host: string) => boolean
  readonly #isPublic: boolean
  readonly #dial: Dial
  readonly #server: http.Server
  /** Which name an address of the loopback stands for. */
  readonly #names = new Map<string, string>()
  readonly #addresses = new Map<string, string>()
  /** Connections that were made to such an address, and for which name. */
  readonly #bound = new WeakMap<Duplex, { host: string; port: number }>()

  constructor(network: Exclude<Network, { kind: 'none' }>, dial: Dial = dialPublic) {
    this.#isPublic = network.kind === 'public'
    this.#isAllowed = network.kind === 'public' ? () => true : matchHosts(network.hosts)
    this.#dial = dial
    this.#server = http.createServer(
      { requestTimeout: 0 },
      (request, response) => void this.#forward(request, response),
    )
    this.#server.on('connect', (request, socket, head) => void this.#connect(request, socket, head))
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Takes a connection that was made in the sandbox to a port of the given address of its own. */
  accept(channel: Duplex, port: number, address: string): void {
    channel.on('error', () => channel.destroy())
    if (port === PROXY_PORT) {
      this.#server.emit('connection', channel)
      return
    }
    const host = this.#names.get(address)
    if (host === undefined) {
      channel.destroy()
      return
    }
    this.#bound.set(channel, { host, port })
    if (port === 80) this.#server.emit('connection', channel)
    else void this.#tunnel(channel, host, port)
  }

  /** Answers a question for a name, as DNS has both. */
  answer(question: Buffer): Buffer | undefined {
    return answerQuestion(question, name => this.#addressOf(name))
  }

  #addressOf(name: string): string | undefined {
    if (!this.#admit(name, 0)) return undefined
    const known = this.#addresses.get(name)
    if (known !== undefined || this.#names.size >= MOST_NAMES) return known
    const number = this.#names.size + 1
    const address = `127.64.${number >> 8}.${number & 255}`
    this.#names.set(address, name)
    this.#addresses.set(name, address)
    return address
  }

  #admit(host: string, port: number): boolean {
    const allowed = this.#isAllowed(host)
    if (this.visits.length < MOST_VISITS && (port !== 0 || !allowed))
      this.visits.push({ host: host.slice(0, 253), port, allowed })
    return allowed
  }

  /** A whole request for another host, or for the host that an address stands for. */
  async #forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const refuse = (code: number, why: string): void => {
      if (!response.headersSent)
        response.writeHead(code, { 'content-type': 'text/plain', connection: 'close' })
      response.end(`${why}\n`)
    }
    const bound = this.#bound.get(request.socket as Duplex)
    const target = targetOf(request, bound)
    if (target === undefined) return refuse(400, 'the request does not say for which host it is, or says two')
    if (!this.#admit(target.host, target.port))
      return refuse(403, `${target.host} is not among the allowed hosts`)
    let socket: Awaited<ReturnType<Dial>>
    try {
      socket = await this.#dial(target.host, target.port)
    } catch {
      return refuse(502, `${target.host} cannot be reached`)
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.includes(name)),
    )
    const onward = http.request({
      method: request.method ?? 'GET',
      path: target.path,
      headers: { ...headers, connection: 'close' },
      createConnection: () => socket,
    })
    onward.on('response', answer => {
      const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.includes(name))
      response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept) as http.OutgoingHttpHeaders)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => refuse(502, `${target.host} broke off`))
    response.on('close', () => socket.destroy())
    request.pipe(onward)
  }

  async #connect(request: http.IncomingMessage, channel: Duplex, head: Buffer): Promise<void> {
    channel.on('error', () => channel.destroy())
    const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(request.url ?? '') ?? []
    const refuse = (status: string): void =>
      void channel.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
    if (host === undefined || Number(port) === 0 || Number(port) > 65_535) return refuse('400 Bad Request')
    if (!this.#admit(host.toLowerCase(), Number(port))) return refuse('403 Forbidden')
    channel.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) channel.unshift(head)
    await this.#tunnel(channel, host.toLowerCase(), Number(port))
  }

  /** Bytes both ways, once it is known that they are for the host. */
  async #tunnel(channel: Duplex, host: string, port: number): Promise<void> {
    const first = this.#isPublic ? Buffer.alloc(0) : await this.#readOpening(channel, host, port)
    if (first === undefined || channel.destroyed) {
      channel.destroy()
      return
    }
    try {
      const socket = await this.#dial(host, port)
      socket.on('error', () => channel.destroy())
      socket.on('close', () => channel.destroy())
      channel.on('close', () => socket.destroy())
      if (first.length > 0) socket.write(first)
      channel.pipe(socket).pipe(channel)
    } catch {
      channel.destroy()
    }
  }

  /** @returns the bytes that were read, or undefined if they are not for this host */
  #readOpening(channel: Duplex, host: string, port: number): Promise<Buffer | undefined> {
    return new Promise(resolve => {
      let bytes = Buffer.alloc(0)
      const finish = (result: Buffer | undefined): void => {
        clearTimeout(late)
        channel.removeListener('data', take)
        channel.pause()
        resolve(result)
      }
      const late = setTimeout(() => finish(undefined), OPENING_MILLISECONDS)
      const take = (chunk: Buffer): void => {
        bytes = Buffer.concat([bytes, chunk])
        const opening = readOpening(bytes)
        if (opening.kind === 'unfinished' && bytes.length < MOST_OPENING) return
        const isRight =
          opening.kind === 'tls' &&
          (opening.name === undefined || opening.name === host || this.#admit(opening.name, port))
        finish(isRight ? bytes : undefined)
      }
      channel.on('data', take)
      channel.once('close', () => finish(undefined))
      channel.once('end', () => finish(undefined))
    })
  }
}

/** For which host a request is; both places that name one must say the same. */
function targetOf(
  request: http.IncomingMessage,
  bound: { host: string; port: number } | undefined,
): { host: string; port: number; path: string } | undefined {
  const named = request.headers.host
  if (named === undefined || !URL.canParse(`http://${named}`)) return undefined
  const header = new URL(`http://${named}`)
  const text = request.url ?? ''
  if (bound !== undefined)
    return header.hostname === bound.host && text.startsWith('/') ? { ...bound, path: text } : undefined
  if (!/^http:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.host !== header.host || url.username !== '') return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return { host, port: Number(url.port || 80), path: `${url.pathname}${url.search}` }
}
