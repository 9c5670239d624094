import path from 'node:path'
import { OpenAPIHono } from '@hono/zod-openapi'
import { streamSSE } from 'hono/streaming'
import { renderAttempt } from '../pages/attempt.ts'
import type { Site } from '../pages/layout.ts'
import { renderMissing } from '../pages/missing.ts'
import { renderRun } from '../pages/run.ts'
import { VERSION } from '../version.ts'
import { addAssets, STAMP } from './assets.ts'
import { onlyHere } from './only-here.ts'
import { ATTEMPT_FILES, readAttemptFolder, readBytes } from './run-attempt.ts'
import { isAttemptFolder, readRunFolder } from './run-folder.ts'
import { secure } from './secure.ts'

export interface RunAppOptions {
  readonly folder: string
  /** How a person here would type the folder. */
  readonly shown: string
  /** Tells of each change in the folder until the signal aborts. */
  readonly watch: (onChange: () => void, signal: AbortSignal) => void
  /** Ends the streams. */
  readonly stop: AbortSignal
}

const KEEP_ALIVE = 15_000

/** The pages of one run folder, for this machine only. */
export function buildRunApp({ folder, shown, watch, stop }: RunAppOptions): OpenAPIHono {
  const site: Site = {
    place: shown,
    pages: [{ href: '/', label: 'Run' }],
    events: '/events',
    version: VERSION,
    stamp: STAMP,
  }
  const app = new OpenAPIHono()
  app.use(secure('here'))
  app.use(onlyHere())
  addAssets(app)

  app.get('/', c => {
    const run = readRunFolder(folder)
    return run === undefined
      ? missing(`There is no run in ${shown}`)
      : c.html(renderRun(site, run, '/run.json'))
  })
  app.get('/run.json', c => {
    const run = readRunFolder(folder)
    return run === undefined
      ? c.json({ reasons: [{ code: 'unknown', message: 'There is no run' }] }, 404)
      : c.json(run)
  })
  app.get('/attempts/:name', c => {
    const name = c.req.param('name')
    const isData = name.endsWith('.json')
    const attempt = find(isData ? name.slice(0, -'.json'.length) : name)
    if (attempt === undefined) return missing('There is no such attempt in this run')
    if (isData) return c.json(attempt)
    const data = `/attempts/${encodeURIComponent(name)}.json`
    return c.html(renderAttempt(site, attempt, { data, under: '/' }))
  })
  app.get('/attempts/:name/:file', c => {
    const { name, file } = c.req.param()
    const known = Object.hasOwn(ATTEMPT_FILES, file) ? ATTEMPT_FILES[file] : undefined
    const bytes =
      known === undefined || !isAttemptFolder(name) ? undefined : readBytes(path.join(folder, name, known))
    return bytes === undefined
      ? missing('There is no such file')
      : c.body(new Uint8Array(bytes), 200, { 'content-type': 'text/plain; charset=utf-8' })
  })
  app.get('/events', c =>
    streamSSE(c, async stream => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      const signal = AbortSignal.any([gone.signal, stop])
      let wake = (): void => {}
      let isNew = false
      watch(() => {
        isNew = true
        wake()
      }, signal)
      signal.addEventListener('abort', () => wake(), { once: true })
      await stream.writeSSE({ data: '', event: 'hello', retry: 1000 })
      while (!signal.aborted) {
        if (isNew) await stream.writeSSE({ data: '', event: 'changed' })
        else await stream.write(': still here\n\n')
        isNew = false
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, KEEP_ALIVE)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }),
  )
  app.notFound(() => missing('There is nothing at this address'))
  return app

  function find(name: string) {
    return isAttemptFolder(name) ? readAttemptFolder(folder, name, path.join(shown, name)) : undefined
  }

  function missing(message: string): Response {
    return new Response(renderMissing(site, message), {
      status: 404,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
  }
}
