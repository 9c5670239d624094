import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { STYLE } from '../pages/style.ts'

/**
 * What a browser may do with what we answer: take our sheets, run our script, hear our events, send our forms, and nothing else.
 * @param readers - pages that only this machine may read share no process with a page that opened them; for what everybody may
 *   read that protects nothing, and costs a reader 60 ms of each first visit
 */
export function secure(readers: 'everybody' | 'here'): MiddlewareHandler {
  return secureHeaders({
    crossOriginOpenerPolicy: readers === 'here',
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'", `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  })
}
