import { z } from 'zod'

/** Lines that the agent's own process sends; it may send anything, so each is checked and capped. */
const Text = (limit: number) => z.string().transform(text => text.slice(0, limit))
const MAX_DATA_LEVELS = 6
const MAX_DATA_LENGTH = 100_000
/** It is written as indented JSON later, where deep nesting costs the square of its length, or a stack. */
const Data = z
  .unknown()
  .transform(data => (isShallow(data, MAX_DATA_LEVELS) && isShort(data) ? data : undefined))
  .optional()
const At = z.string().max(40).default('')

export const AgentEventLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), at: At, message: Text(20_000), data: Data }),
  z.object({
    kind: z.literal('shell'),
    at: At,
    command: Text(4096),
    exitCode: z.number().int(),
    seconds: z.number().nonnegative(),
    output: Text(4096),
  }),
  z.object({
    kind: z.literal('model'),
    at: At,
    model: Text(200),
    answer: Text(100_000),
    promptTokens: z.number().int().nonnegative(),
    completionTokens: z.number().int().nonnegative(),
  }),
  z.object({ kind: z.literal('returned'), patch: z.string() }),
  z.object({ kind: z.literal('threw'), message: Text(20_000) }),
])
export type AgentEventRecord = z.infer<typeof AgentEventLine>

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every(inner => isShallow(inner, levels - 1))
}

function isShort(value: unknown): boolean {
  return (JSON.stringify(value) ?? '').length <= MAX_DATA_LENGTH
}
