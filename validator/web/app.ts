import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import { requestId } from 'hono/request-id'
import { VERSION } from '../version.ts'
import { refuse, withCures } from './answers.ts'
import { addAssets } from './assets.ts'
import type { WebContext } from './context.ts'
import { addEvents } from './event-routes.ts'
import { addIntake } from './intake-routes.ts'
import { limitBody, limitRate, limitStreams } from './limits.ts'
import { addMirrors } from './mirror-routes.ts'
import { openPages } from './page-data.ts'
import { addPages } from './page-routes.ts'
import { addReceipts } from './receipt-routes.ts'
import { secure } from './secure.ts'
import { addState } from './state-routes.ts'
import { addSubmissions } from './submission-routes.ts'

/** Everything that a validator answers over HTTP. Whatever comes in, the answer has a form, and says what was wrong. */
export function buildApp(context: WebContext): OpenAPIHono {
  const { log, metrics } = context
  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return undefined
      const reasons = result.error.issues.map(issue => ({
        code: 'form',
        message: `${issue.path.join('.') || result.target}: ${issue.message}`,
      }))
      return c.json({ reasons }, 400)
    },
  })
  app.use(requestId())
  app.use(secure('everybody'))
  app.use(async (c, next) => {
    const start = performance.now()
    await next()
    const seconds = (performance.now() - start) / 1000
    const route = c.req.routePath === '/*' ? 'none' : c.req.routePath
    metrics.answered(route, c.res.status, seconds)
    log.debug(
      {
        method: c.req.method,
        path: c.req.path.slice(0, 200),
        status: c.res.status,
        seconds,
        request: c.get('requestId'),
      },
      'answered',
    )
  })
  app.use(limitRate())
  app.use(limitBody())
  app.use('/v1/events', limitStreams())
  app.use('/v1/board', etag())
  addIntake(app, context)
  addSubmissions(app, context)
  addReceipts(app, context)
  addState(app, context)
  addMirrors(app, context)
  addEvents(app, context)
  addAssets(app)
  addPages(app, { place: placeOf(context.config), events: '/v1/events' }, openPages(context))
  app.doc31('/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Arête validator',
      version: VERSION,
      description: 'What a validator takes, and what it tells.',
    },
  })
  app.notFound(c =>
    refuse(c, 404, 'unknown', `There is nothing at ${c.req.path.slice(0, 200)}; see /v1/openapi.json`),
  )
  app.onError((error, c) => {
    const { incoming } = c.env as HttpBindings
    if (incoming.destroyed && !incoming.complete) return refuse(c, 400, 'form', 'The request ended too early')
    log.error({ err: error, path: c.req.path.slice(0, 200), request: c.get('requestId') }, 'a request failed')
    if (isDiskFull(error)) return c.json(withCures([DISK_FULL]), 503)
    return refuse(
      c,
      503,
      'failed',
      'This validator cannot answer now: try again, and tell its operator if it stays so',
    )
  })
  return app
}

function placeOf({ network, netuid }: WebContext['config']): string {
  return netuid === 0 && network === 'local' ? 'local network' : `${network}, subnet ${netuid}`
}

const DISK_FULL = {
  code: 'disk-full',
  message: "The disk of this validator's database is full: nothing was stored",
}

/** Whether PostgreSQL had no room for what it was to store. */
function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ((cause as { code?: unknown }).code === '53100') return true
  return false
}
