import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { findMirrors } from '../mirrors/keep.ts'
import { MirrorBoard, SOURCES } from '../mirrors/mirror.ts'
import { answers, named } from './answers.ts'
import type { WebContext } from './context.ts'

const Mirrors = z
  .object({
    mirrors: z.array(
      z.object({
        source: z.enum(SOURCES),
        /** Always so: what stands here was not judged here, and counts for nothing here. */
        kind: z.literal('mirror'),
        origin: z.string(),
        digest: z.string(),
        taken: z.string(),
        board: named(MirrorBoard, 'MirrorBoard'),
      }),
    ),
  })
  .openapi('Mirrors')

const listMirrors = createRoute({
  method: 'get',
  path: '/v1/mirrors',
  summary: 'Boards of other subnets as they were read; nothing of them is judged or paid here',
  responses: { 200: answers(Mirrors, 'The newest of each source, with its time and digest') },
})

/** What other boards say. */
export function addMirrors(app: OpenAPIHono, context: WebContext): void {
  app.openapi(listMirrors, async c => {
    const found = await findMirrors(context.intake.database.db)
    const shown = found.map(({ taken, ...mirror }) => ({
      ...mirror,
      kind: 'mirror' as const,
      taken: taken.toISOString(),
    }))
    return c.json({ mirrors: shown }, 200)
  })
}
