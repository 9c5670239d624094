import { z } from 'zod'

/** An issue or a pull request, as its author wrote it. */
export interface Discussion {
  readonly kind: 'issue' | 'pull'
  readonly number: number
  readonly title: string
  readonly body: string
}

const Row = z.looseObject({
  number: z.number().int().positive(),
  title: z.string(),
  body: z.string().nullish(),
  kind: z.enum(['issue', 'pull']).optional(),
  pull_request: z.unknown().optional(),
})

/**
 * Reads issues and pull requests: a JSON list, or one JSON object per line, each with `number`, `title`, `body`. It is a pull
 * request if `kind` says `"pull"`, or if it has the key `pull_request`, as in what GitHub's API answers.
 *
 * @returns them by number, or each mistake as "line or place: what was expected"
 */
export function readDiscussions(
  text: string,
): { discussions: ReadonlyMap<number, Discussion> } | { mistakes: string[] } {
  const found = text.trimStart().startsWith('[') ? readList(text) : readLines(text)
  const mistakes: string[] = []
  const discussions = new Map<number, Discussion>()
  for (const { place, value } of found) {
    const row = Row.safeParse(value)
    if (!row.success) {
      const issue = row.error.issues[0]!
      mistakes.push(`${place}: ${[issue.path.join('.'), issue.message].filter(Boolean).join(': ')}`)
      continue
    }
    const { number, title, body, kind, pull_request } = row.data
    const isPull = kind === 'pull' || (kind === undefined && pull_request != null)
    discussions.set(number, { kind: isPull ? 'pull' : 'issue', number, title, body: body ?? '' })
  }
  return mistakes.length > 0 ? { mistakes } : { discussions }
}

interface Found {
  readonly place: string
  readonly value: unknown
}

function readList(text: string): Found[] {
  const value = parse(text)
  return Array.isArray(value)
    ? value.map((one, index) => ({ place: `entry ${index + 1}`, value: one }))
    : [{ place: 'file', value }]
}

function readLines(text: string): Found[] {
  return text
    .split('\n')
    .map((line, index) => ({ place: `line ${index + 1}`, line }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ place, line }) => ({ place, value: parse(line) }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
