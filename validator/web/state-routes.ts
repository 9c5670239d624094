import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { desc, eq, ne } from 'drizzle-orm'
import { listStranded } from '../stages/steer.ts'
import { scores, settlements, workers } from '../store/schema.ts'
import { answers, refusals } from './answers.ts'
import { BoardAnswer } from './board-cache.ts'
import type { WebContext } from './context.ts'
import { findHealth } from './health.ts'

const Workers = z
  .object({
    workers: z.array(
      z.object({
        id: z.string(),
        engine: z.string(),
        cpus: z.int(),
        memoryMegabytes: z.int(),
        labels: z.array(z.string()),
        phases: z.array(z.string()),
        version: z.string(),
        state: z.string(),
        seen: z.string(),
      }),
    ),
    /** Queues with jobs that none of them can do. */
    stranded: z.array(z.object({ queue: z.string(), count: z.int() })),
  })
  .openapi('Workers')
const HealthAnswer = z
  .object({
    ok: z.boolean(),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .openapi('Health')

const board = createRoute({
  method: 'get',
  path: '/v1/board',
  summary: 'The ranking',
  responses: { 200: answers(BoardAnswer, 'Agents, environments, scores with their intervals') },
})
const Scores = z
  .object({
    /** The newest that is settled, if none was asked for. */
    window: z.int().nullable(),
    settled: z.string().nullable(),
    scores: z.array(
      z.object({
        submission: z.string(),
        environment: z.string(),
        solved: z.int(),
        judged: z.int(),
        voided: z.int(),
        score: z.number(),
      }),
    ),
  })
  .openapi('Scores')
const listScores = createRoute({
  method: 'get',
  path: '/v1/scores',
  summary: 'What those who passed came to in a window that is settled',
  request: {
    query: z.object({
      window: z.coerce
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .optional(),
    }),
  },
  responses: { 200: answers(Scores, 'None if the window is not settled'), ...refusals(400) },
})
const listWorkers = createRoute({
  method: 'get',
  path: '/v1/workers',
  summary: 'Who works, and what nobody can work on',
  responses: { 200: answers(Workers, 'Those that were not gone when last looked') },
})
const alive = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether this process is there at all',
  responses: { 200: answers(z.object({ ok: z.literal(true) }), 'It is') },
})
const ready = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether it can do its work, and if not why',
  responses: { 200: answers(HealthAnswer, 'It can'), 503: answers(HealthAnswer, 'It cannot') },
})
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Counts and times for Prometheus',
  responses: { 200: { description: 'Text', content: { 'text/plain': { schema: z.string() } } } },
})

/** What goes on here. */
export function addState(app: OpenAPIHono, context: WebContext): void {
  const { database } = context.intake
  app.openapi(board, async c => {
    const { text, tag } = await context.board.readText()
    return c.body(text, 200, { 'content-type': 'application/json', etag: tag }) as never
  })

  app.openapi(listScores, async c => {
    const { window } = c.req.valid('query')
    const [found] = await database.db
      .select()
      .from(settlements)
      .where(window === undefined ? undefined : eq(settlements.window, window))
      .orderBy(desc(settlements.window))
      .limit(1)
    if (found === undefined) return c.json({ window: window ?? null, settled: null, scores: [] }, 200)
    const rows = await database.db.select().from(scores).where(eq(scores.window, found.window))
    const shown = rows.map(({ window: _, ...row }) => row)
    return c.json({ window: found.window, settled: found.at.toISOString(), scores: shown }, 200)
  })

  app.openapi(listWorkers, async c => {
    const rows = await database.db
      .select()
      .from(workers)
      .where(ne(workers.state, 'gone'))
      .orderBy(desc(workers.started))
    const shown = rows.map(({ started: _, host: _host, seen, labels, phases, ...row }) => ({
      ...row,
      labels: [...labels],
      phases: [...phases],
      seen: seen.toISOString(),
    }))
    const stranded = (await listStranded({ database, jobs: context.jobs })).map(({ queue, count }) => ({
      queue,
      count,
    }))
    return c.json({ workers: shown, stranded }, 200)
  })

  app.openapi(alive, c => c.json({ ok: true as const }, 200))

  app.openapi(ready, async c => {
    const { ok, checks } = await findHealth(context.checks)
    const isGoing = context.stopping.aborted
    const all = isGoing
      ? [...checks, { name: 'process', ok: false, detail: 'it is about to stop' }]
      : [...checks]
    return c.json({ ok: ok && !isGoing, checks: all }, ok && !isGoing ? 200 : 503)
  })

  app.openapi(metrics, async c => c.text(await context.metrics.render(), 200))
}
