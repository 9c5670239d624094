import type { z } from 'zod'

/** Reads a text as JSON of some form: the value, or each mistake as `place: what is wrong`. */
export function parseJson<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): { readonly value: z.infer<Schema> } | { readonly mistakes: readonly string[] } {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const position = /at position (\d+)/.exec(message)?.[1]
    const place =
      position === undefined ? 'file' : `line ${text.slice(0, Number(position)).split('\n').length}`
    return { mistakes: [`${place}: expected JSON: ${message}`] }
  }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return { value: parsed.data }
  return {
    mistakes: parsed.error.issues.map(issue => `${issue.path.join('.') || 'file'}: ${issue.message}`),
  }
}
