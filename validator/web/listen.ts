import http, { type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Refusal } from './answers.ts'

/** A server that answers, until it is disposed of. */
export interface Listening extends AsyncDisposable {
  readonly url: string
}

/** Who sends slowly, or nothing, is cut off. */
const PATIENCE = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 2000,
}
/** For what is still being sent at the end. */
const GRACE = 2000

/** @param port - 0 takes any that is free */
export async function listen(
  app: OpenAPIHono,
  { host, port }: { readonly host: string; readonly port: number },
  patience: Partial<typeof PATIENCE> = {},
): Promise<Listening> {
  const errorHandler = (error: unknown): Response => {
    if (!(error instanceof RequestError)) throw error
    const { status, text } = refusalOf({ status: 400, code: 'form', message: `${error.message}` })
    return new Response(text, { status, headers: { 'content-type': 'application/json' } })
  }
  const answer = getRequestListener(app.fetch, { errorHandler })
  const server = http.createServer({ ...PATIENCE, ...patience }, (incoming, outgoing) => {
    // A name that cannot be part of an address would be found out late, and taken for a mistake of ours.
    if (URL.canParse(`http://${incoming.headers.host}/`)) void answer(incoming, outgoing)
    else refuse(outgoing, NO_HOST)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => end(socket, toRefusal(error)))
  server.on('connect', (_, socket) => end(socket, NO_METHOD))
  server.on('upgrade', (_, socket) => end(socket, NO_UPGRADE))
  server.on('checkExpectation', (_, outgoing) => refuse(outgoing, NO_EXPECTATION))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), GRACE).unref()
      await closed
    },
  }
}

interface Plain {
  readonly status: number
  readonly code: string
  readonly message: string
}

const NO_METHOD = {
  status: 405,
  code: 'form',
  message: 'This is no proxy: GET or POST what is in /v1/openapi.json',
}
const NO_HOST = { status: 400, code: 'form', message: 'The header "Host" names no host' }
const NO_UPGRADE = {
  status: 400,
  code: 'form',
  message: 'There is no other protocol here: leave out "Upgrade"',
}
const NO_EXPECTATION = { status: 417, code: 'form', message: 'No expectation but "100-continue" can be met' }

/** What the parser says of requests that never became one. */
function toRefusal({ code, message }: NodeJS.ErrnoException): Plain {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'size', message: 'The headers are too large' }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, code: 'size', message: 'The extensions of a chunk are too large' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'slow', message: 'The request took too long to arrive' }
    default:
      return { status: 400, code: 'form', message: `This is no HTTP/1.1 request: ${message}` }
  }
}

function refusalOf({ status, code, message }: Plain): { status: number; text: string } {
  const refusal: Refusal = { reasons: [{ code, message: message.slice(0, 300) }] }
  return { status, text: JSON.stringify(refusal) }
}

function refuse(outgoing: ServerResponse, plain: Plain): void {
  const { status, text } = refusalOf(plain)
  outgoing.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text)
}

function end(socket: Duplex, plain: Plain): void {
  if (!socket.writable) return void socket.destroy()
  const { status, text } = refusalOf(plain)
  const head = [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
}
