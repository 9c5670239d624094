import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { and, asc, desc, eq, gt, isNotNull, sql } from 'drizzle-orm'
import { Receipt } from '../receipts/receipt.ts'
import { attempts, draws, receipts, submissions } from '../store/schema.ts'
import { answers, Digest, Id, refusals, refuse } from './answers.ts'
import type { WebContext } from './context.ts'
import { opennessNow } from './openness.ts'

const MOST = 200
const Page = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MOST).default(MOST),
  submission: Id.optional(),
})
const Listed = z
  .object({
    receipts: z.array(Receipt),
    /** For the next page: `after`; null at the end. */
    next: z.int().nullable(),
    /** Of the newest receipt, shown or not: nobody can take one away later. */
    newest: z.object({ sequence: z.int(), digest: Digest }).nullable(),
  })
  .openapi('Receipts')

const list = createRoute({
  method: 'get',
  path: '/v1/receipts',
  summary:
    'Receipts in the order of their chain, up to those that are still closed; of one submission all that are open',
  request: { query: Page },
  responses: { 200: answers(Listed, 'Signed and linked'), ...refusals(400) },
})

const show = createRoute({
  method: 'get',
  path: '/v1/receipts/{digest}',
  summary: 'One receipt',
  request: { params: z.object({ digest: Digest }) },
  responses: { 200: answers(Receipt, 'Signed and linked'), ...refusals(400, 403, 404) },
})

const patch = createRoute({
  method: 'get',
  path: '/v1/patches/{digest}',
  summary: 'The patch that a receipt names, to judge it again',
  request: { params: z.object({ digest: Digest }) },
  responses: {
    200: { description: 'A unified diff', content: { 'text/x-diff': { schema: z.string() } } },
    ...refusals(400, 403, 404),
  },
})

/** What shows how verdicts came about. */
export function addReceipts(app: OpenAPIHono, context: WebContext): void {
  const { database, blobs } = context.intake
  const { db } = database
  const select = () =>
    db
      .select({ receipt: receipts, window: receipts.window })
      .from(receipts)
      .leftJoin(attempts, eq(attempts.id, receipts.attempt))

  app.openapi(list, async c => {
    const { after, limit, submission } = c.req.valid('query')
    const rows = await select()
      .where(
        and(
          gt(receipts.sequence, after),
          submission === undefined ? undefined : eq(attempts.submission, submission),
        ),
      )
      .orderBy(asc(receipts.sequence))
      .limit(limit)
    const openness = await opennessNow(context)
    const isClosed = ({ window }: (typeof rows)[number]): boolean =>
      window !== null && openness(window).kind === 'closed'
    // A chain has no holes; those of one submission are none by themselves.
    const closed = submission === undefined ? rows.findIndex(isClosed) : -1
    const seen = closed === -1 ? rows : rows.slice(0, closed)
    const shown = seen.filter(row => !isClosed(row)).map(({ receipt }) => toReceipt(receipt))
    const [newest] = await db
      .select({ sequence: receipts.sequence, digest: receipts.digest })
      .from(receipts)
      .where(isNotNull(receipts.sequence))
      .orderBy(desc(receipts.sequence))
      .limit(1)
    return c.json(
      {
        receipts: shown,
        next: seen.length === limit ? seen.at(-1)!.receipt.sequence : null,
        newest: newest === undefined ? null : { sequence: newest.sequence!, digest: newest.digest! },
      },
      200,
    )
  })

  app.openapi(show, async c => {
    const { digest } = c.req.valid('param')
    const [row] = await select().where(eq(receipts.digest, digest))
    if (row === undefined) return refuse(c, 404, 'unknown', `There is no receipt ${digest}`)
    if (row.window !== null && (await opennessNow(context))(row.window).kind === 'closed')
      return refuse(c, 403, 'closed', 'It opens when its window is over')
    return c.json(toReceipt(row.receipt), 200)
  })

  app.openapi(patch, async c => {
    const { digest } = c.req.valid('param')
    const [row] = await db
      .select({ window: draws.window, opens: submissions.opens })
      .from(receipts)
      .innerJoin(attempts, eq(attempts.id, receipts.attempt))
      .innerJoin(submissions, eq(submissions.id, attempts.submission))
      .innerJoin(draws, eq(draws.id, attempts.draw))
      .where(sql`${receipts.body} ->> 'patch' = ${digest}`)
      // What was open once stays open, whoever writes the same again.
      .orderBy(asc(draws.window), sql`${submissions.opens} nulls first`)
      .limit(1)
    if (row === undefined) return refuse(c, 404, 'unknown', `No receipt names the patch ${digest}`)
    if ((await opennessNow(context))(row.window, row.opens).kind === 'closed')
      return refuse(c, 403, 'closed', 'It opens when its window is over')
    return c.body(new Uint8Array(await blobs.get(digest)), 200, {
      'content-type': 'text/x-diff; charset=utf-8',
    })
  })
}

function toReceipt({ body, sequence, previous, digest, signer, signature }: typeof receipts.$inferSelect) {
  return Receipt.parse({ body, sequence, previous, digest, signer, signature })
}
