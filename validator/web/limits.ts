import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { LIMITS } from '../intake/pack.ts'
import { callerOf } from './address.ts'
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
    const caller = callerOf(c)
    if (caller === undefined) return await next()
    try {
      await (c.req.method === 'POST' ? writes : reads).consume(caller)
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

/** Streams that may be open at once: of everybody, and of one address. */
const STREAMS = 5000
const STREAMS_EACH = 50

/** Refuses streams beyond what may be open at once; one ends when its request does. */
export function limitStreams(): MiddlewareHandler {
  const open = new Map<string | undefined, number>()
  let total = 0
  return async (c, next) => {
    const caller = callerOf(c)
    const own = open.get(caller) ?? 0
    if (total >= STREAMS) return refuse(c, 503, 'streams', 'Too many streams are open here: try again later')
    if (caller !== undefined && own >= STREAMS_EACH)
      return refuse(c, 429, 'streams', `This address has ${own} streams open: close some first`)
    open.set(caller, own + 1)
    total++
    ;(c.env as HttpBindings).outgoing.once('close', () => {
      const left = open.get(caller)! - 1
      if (left === 0) open.delete(caller)
      else open.set(caller, left)
      total--
    })
    return await next()
  }
}
