import type { ZodType } from 'zod'

/**
 * Reads a journal of decisions, one JSON line each, of which the last one on a subject counts. A line that is none of ours, as one
 * that was being written when the machine stopped, is as good as not written; one that was made under other settings as well.
 */
export function readDecided<Entry extends { readonly settings: string }>(
  text: string,
  settings: string,
  { schema, subject }: { schema: ZodType<Entry>; subject: (entry: Entry) => string },
): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const line of text.split('\n')) {
    const entry = schema.safeParse(parseJson(line))
    if (entry.success && entry.data.settings === settings) entries.set(subject(entry.data), entry.data)
  }
  return entries
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
