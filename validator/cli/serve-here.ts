import type { OpenAPIHono } from '@hono/zod-openapi'
import { listen } from '../web/listen.ts'

/**
 * Serves pages on this machine until it is told to stop.
 *
 * @param build - the pages; their streams have to end with the signal
 * @param what - is shown, as a person would say it
 */
export async function serveHere(
  build: (stop: AbortSignal) => OpenAPIHono,
  { what, path = '', port }: { readonly what: string; readonly path?: string; readonly port: number },
): Promise<void> {
  const stop = new AbortController()
  const stopped = new Promise<void>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve())
  })
  await using listening = await listen(build(stop.signal), { host: '127.0.0.1', port })
  console.log(`${what} is at ${listening.url}${path}\nStop with Ctrl-C`)
  await stopped
  stop.abort()
}
