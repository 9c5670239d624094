import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { desc, eq } from 'drizzle-orm'
import { Address } from '../chain/address.ts'
import { findStanding, Standing } from '../stages/standing.ts'
import { submissions } from '../store/schema.ts'
import { answers, Id, named, refusals, refuse } from './answers.ts'
import type { WebContext } from './context.ts'
import { opennessNow } from './openness.ts'

const MOST = 100
const One = z.object({ id: Id })
const Listed = z
  .object({
    submissions: z.array(
      z.object({
        id: Id,
        hotkey: z.string(),
        state: z.string(),
        stage: z.string(),
        received: z.string(),
      }),
    ),
  })
  .openapi('Submissions')

const list = createRoute({
  method: 'get',
  path: '/v1/submissions',
  summary: 'The newest submissions, of everybody or of one hotkey',
  request: { query: z.object({ hotkey: Address.optional() }) },
  responses: { 200: answers(Listed, `At most ${MOST}`), ...refusals(400) },
})

const show = createRoute({
  method: 'get',
  path: '/v1/submissions/{id}',
  summary: 'How a submission stands',
  request: { params: One },
  responses: {
    200: answers(named(Standing, 'Standing'), 'Its stage, its tasks, and what comes next'),
    ...refusals(400, 404),
  },
})

const code = createRoute({
  method: 'get',
  path: '/v1/submissions/{id}/code',
  summary: 'The packed agent, once its window is over',
  request: { params: One },
  responses: {
    200: { description: 'A gzipped tar', content: { 'application/gzip': { schema: z.string() } } },
    ...refusals(400, 403, 404),
  },
})

/** How submissions stand. */
export function addSubmissions(app: OpenAPIHono, context: WebContext): void {
  const { db } = context.intake.database
  app.openapi(list, async c => {
    const { hotkey } = c.req.valid('query')
    const rows = await db
      .select()
      .from(submissions)
      .where(hotkey === undefined ? undefined : eq(submissions.hotkey, hotkey))
      .orderBy(desc(submissions.received))
      .limit(MOST)
    const listed = rows.map(({ id, hotkey: owner, state, stage, received }) => ({
      ...{ id, hotkey: owner, state, stage },
      received: received.toISOString(),
    }))
    return c.json({ submissions: listed }, 200)
  })

  app.openapi(show, async c => {
    const { id } = c.req.valid('param')
    const openness = await opennessNow(context)
    const found = await findStanding(db, id, {
      rules: context.config.stages,
      isOpenNow: window => openness(window).kind === 'open',
    })
    return found === undefined
      ? refuse(c, 404, 'unknown', `There is no submission ${id}`)
      : c.json(found, 200)
  })

  app.openapi(code, async c => {
    const { id } = c.req.valid('param')
    const [row] = await db.select().from(submissions).where(eq(submissions.id, id))
    if (row === undefined) return refuse(c, 404, 'unknown', `There is no submission ${id}`)
    const openness = (await opennessNow(context))(row.window, row.opens)
    if (openness.kind === 'closed')
      return refuse(
        c,
        403,
        'closed',
        `Its code opens with block ${openness.untilBlock}, about ${openness.until.toISOString()}`,
      )
    const bytes = await context.intake.blobs.get(row.digest)
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': 'application/gzip',
      'content-disposition': `attachment; filename="${id}.tar.gz"`,
    })
  })
}
