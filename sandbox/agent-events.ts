import { z } from 'zod'

/** Lines that the agent's own process sends; it may send anything, so each is checked and capped. */
const Text = (limit: number) => z.string().transform(text => text.slice(0, limit))
const At = z.string().max(40).default('')

/** Deeper or longer data is not kept: it could not be written down again. */
const DATA_LIMITS = { depth: 32, bytes: 100_000 }

export const AgentEventLine = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('log'),
    at: At,
    message: Text(20_000),
    data: z.unknown().transform(capData).optional(),
  }),
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

function capData(data: unknown): unknown {
  if (isDeeper(data, DATA_LIMITS.depth)) return '(too deep to be kept)'
  return (JSON.stringify(data)?.length ?? 0) > DATA_LIMITS.bytes ? '(too long to be kept)' : data
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some(one => isDeeper(one, depth - 1))
}
