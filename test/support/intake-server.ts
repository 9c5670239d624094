import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AcceptContext, accept } from '../../validator/accept.ts'
import { commit } from '../../validator/intake/commit.ts'
import { readEnvelopeHeader } from '../../validator/intake/hand-in.ts'
import { tellInfo } from '../../validator/intake/info.ts'

/** What a validator says of intake, over HTTP on a port of its own: the routes and nothing around them. */
export async function serveIntake(context: AcceptContext): Promise<AsyncDisposable & { url: string }> {
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const { status, body } = await answer(context, request, Buffer.concat(chunks))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function answer(
  context: AcceptContext,
  { method, url, headers }: http.IncomingMessage,
  bytes: Buffer,
): Promise<{ status: number; body: unknown }> {
  switch (`${method} ${url}`) {
    case 'GET /v1/info':
      return { status: 200, body: await tellInfo(context) }
    case 'POST /v1/commits': {
      const { kind, ...rest } = await commit(context, JSON.parse(bytes.toString('utf8')))
      return { status: 'status' in rest ? rest.status : kind === 'committed' ? 201 : 500, body: rest }
    }
    case 'POST /v1/submissions': {
      const envelope = readEnvelopeHeader(String(headers['arete-envelope']))
      const { kind, ...rest } = await accept(context, { envelope, bytes })
      return { status: 'status' in rest ? rest.status : kind === 'accepted' ? 201 : 500, body: rest }
    }
    default:
      return { status: 404, body: {} }
  }
}
