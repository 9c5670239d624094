import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { REFUSALS } from '../intake/reason.ts'

/** How every answer that is not the wanted one looks. */
export const Refusal = z
  .object({
    reasons: z.array(z.object({ code: z.string(), message: z.string(), cure: z.string().optional() })).min(1),
  })
  .openapi('Refusal')
export type Refusal = z.infer<typeof Refusal>

type Status = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 422 | 429 | 500 | 503

/** An answer with one reason. */
export function refuse(c: Context, status: Status, code: string, message: string) {
  return c.json({ reasons: [{ code, message }] }, status)
}

/** Reasons with what would help, where that is known. */
export function withCures(reasons: readonly { readonly code: string; readonly message: string }[]): Refusal {
  return {
    reasons: reasons.map(({ code, message }) => {
      const cure = Object.entries(REFUSALS).find(([known]) => known === code)?.[1].cure
      return { code, message, ...(cure === undefined ? {} : { cure }) }
    }),
  }
}

/** For a route's description. */
export function answers<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A schema of elsewhere, under its name in the document: made anew, for one that is older than this file cannot carry a name. */
export function named<Schema extends z.ZodObject>(schema: Schema, name: string): Schema {
  return schema.clone().openapi(name)
}

export const refusals = (...statuses: Status[]) =>
  Object.fromEntries(statuses.map(status => [status, answers(Refusal, 'Why not')])) as Record<
    (typeof statuses)[number],
    ReturnType<typeof answers<typeof Refusal>>
  >

export const Id = z.string().regex(/^[0-9a-f]{24}$/)
export const Digest = z.string().regex(/^[0-9a-f]{64}$/)
