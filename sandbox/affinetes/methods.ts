import { z } from 'zod'
import { readJson } from '../bounded-json.ts'

const MOST_METHODS = 1000
const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
const Entry = z.union([Name, z.object({ name: Name }).transform(({ name }) => name)])
/** Names, or names with signatures, as a list or by name, in `methods` or by themselves. */
const List = z.union([z.array(Entry).max(MOST_METHODS), z.record(Name, z.unknown()).transform(Object.keys)])

/** Names of methods out of what `GET /methods` answers; undefined if that has no form that we know. */
export function readMethods(body: Buffer): readonly string[] | undefined {
  const answer = readJson(body)
  const inner = z.object({ methods: z.unknown() }).safeParse(answer)
  const parsed = List.safeParse(inner.success ? inner.data.methods : answer)
  return parsed.success ? parsed.data.slice(0, MOST_METHODS).toSorted() : undefined
}
