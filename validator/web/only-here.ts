import type { MiddlewareHandler } from 'hono'

/** Another site whose name was pointed at this machine has no business here. */
export function onlyHere(): MiddlewareHandler {
  return async (c, next) => {
    const host = new URL(c.req.url).hostname
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) return c.text('This is not its name', 403)
    return await next()
  }
}
