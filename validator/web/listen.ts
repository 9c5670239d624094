import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'

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
  const serverOptions = { ...PATIENCE, ...patience }
  const server = await new Promise<Server>((resolve, reject) => {
    const made = serve({ fetch: app.fetch, hostname: host, port, serverOptions }, () =>
      resolve(made as Server),
    )
    made.once('error', reject)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
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
