import { z } from 'zod'

/** What came of one request to an environment, as our own container beside it saw it. */
export type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer }
  /** Nobody listens. */
  | { readonly kind: 'unreachable'; readonly code: string }
  /** The connection broke before the answer was whole. */
  | { readonly kind: 'dropped'; readonly code: string }
  | { readonly kind: 'too-big' }
  /** The time was over. */
  | { readonly kind: 'late' }
  /** Our own container beside the environment did not come to its end. */
  | { readonly kind: 'caller-lost' }

const Code = z.string().max(200)
const Head = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), status: z.int().min(100).max(999) }),
  z.object({ kind: z.literal('unreachable'), code: Code }),
  z.object({ kind: z.literal('dropped'), code: Code }),
  z.object({ kind: z.literal('too-big') }),
])

/** Reads what `ask.mjs` wrote: a line of JSON, then the bytes of the body. */
export function parseReply(output: Buffer): Reply {
  const end = output.indexOf('\n')
  if (end < 0) return { kind: 'caller-lost' }
  let line: unknown
  try {
    line = JSON.parse(output.toString('utf8', 0, end))
  } catch {
    return { kind: 'caller-lost' }
  }
  const head = Head.safeParse(line)
  if (!head.success) return { kind: 'caller-lost' }
  return head.data.kind === 'answered' ? { ...head.data, body: output.subarray(end + 1) } : head.data
}
