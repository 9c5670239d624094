import { getConnInfo } from '@hono/node-server/conninfo'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { LIMITS } from '../intake/pack.ts'
import { refuse } from './answers.ts'

/** What one address may ask for: handing in costs a signature check, reading next to nothing. */
const WRITES = { points: 600, duration: 60 }
const READS = { points: 3000, duration: 60 }
const MOST_JSON_BYTES = 16 * 1024

/** Refuses who asks too much, before anything costs anything. This machine's own requests are not counted. */
export function limitRate(): MiddlewareHandler {
  const writes = new RateLimiterMemory(WRITES)
  const reads = new RateLimiterMemory(READS)
  return async (c, next) => {
    const { address } = getConnInfo(c).remote
    if (address === undefined || isOwn(address)) return await next()
    try {
      await (c.req.method === 'POST' ? writes : reads).consume(address)
    } catch {
      c.header('retry-after', String(WRITES.duration))
      return refuse(c, 429, 'rate', 'Too many requests from this address: try again in a minute')
    }
    return await next()
  }
}

/** Refuses bodies that are larger than anything that is wanted here. */
export function limitBody(): MiddlewareHandler {
  const onError = (c: Parameters<MiddlewareHandler>[0]) => refuse(c, 413, 'size', 'The body is too large')
  const packed = bodyLimit({ maxSize: LIMITS.packedBytes, onError })
  const json = bodyLimit({ maxSize: MOST_JSON_BYTES, onError })
  return async (c, next) => await (c.req.path === '/v1/submissions' ? packed : json)(c, next)
}

function isOwn(address: string): boolean {
  return address === '::1' || address.replace(/^::ffff:/, '').startsWith('127.')
}
