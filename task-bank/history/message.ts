/** A commit message without what was only for git and its hosts. */
export interface Message {
  readonly subject: string
  readonly body: string
  /** What stood before the subject by convention, as `fix(parser):`; empty if nothing did. */
  readonly kind: string
  readonly scope: string
}

const LIST = String.raw`(?:[\w.-]+/[\w.-]+)?#\d+(?:(?:\s*,\s*|\s+and\s+)(?:[\w.-]+/[\w.-]+)?#\d+)*`
const CLOSES = new RegExp(
  String.raw`\b(?:fix(?:e[sd])?|clos(?:e[sd]?|ing)|resolv(?:e[sd]?|ing))\b:?\s+(?:issue\s+)?(${LIST}|\S+/(?:issues|pull)/\d+)`,
  'gi',
)
const MENTIONS = /(?:#|\bgh-|\/(?:issues|pull)\/)(\d{1,9})\b/gi
const TRAILER =
  /^\s*(?:[A-Z][a-z]+(?:-[A-Za-z]+)*-[Bb]y|Change-Id|Bug|Bug-Url|PR-URL|Refs?|See[- ]also|Reviewed-on|Cc|Backport(?:s|ed)?(?:-to)?|git-svn-id|Link|Closes?|Fixe?[sd]?|Resolves?|Relates?-to|Issue|Ticket|Version|Release-Notes?|Pull-Request)\s*:\s*\S.*$/i
const HOUSEKEEPING =
  /^\s*(?:\(cherry[- ]picked from .*\)|cherry-?pick(?:ed)? of .*|\[(?:skip ci|ci skip)\]|Merge (?:pull request|branch|remote-tracking branch) .*|(?:closes|fix(?:e[sd])?|resolves|refs?|see)\s+(?:issue\s+)?(?:[\w./:-]*#\d+|https?:\S+)(?:\s*(?:,|and)\s*[\w./:-]*#\d+)*\.?)\s*$/i
const NUMBERED = /\s*\((?:[\w./-]*#|gh-)\d+(?:,\s*[\w./-]*#\d+)*\)\s*\.?$/i
const PREFIX =
  /^(?:(feat|fix|bugfix|hotfix|perf|refactor|chore|docs|tests?|build|ci|style|revert)(?:\(([^)]*)\))?!?:\s*|\[[\w ./-]{1,24}\]\s*|:\w+:\s*)/i

/** Nobody reads more of a message; a stranger wrote it, and some patterns take long over long lines. */
const MAX_CHARACTERS = 32_000
const MAX_SUBJECT = 500

/** Splits a message and removes trailers, lines about issues, merges and cherry-picks, numbers and prefixes by convention. */
export function parseMessage(message: string): Message {
  const lines = message
    .slice(0, MAX_CHARACTERS)
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter(line => !TRAILER.test(line) && !HOUSEKEEPING.test(line))
  const first = lines.findIndex(line => line.trim() !== '')
  const subject = (lines[first] ?? '').slice(0, MAX_SUBJECT).trim().replace(NUMBERED, '')
  const [prefix = '', kind = '', scope = ''] = PREFIX.exec(subject) ?? []
  return {
    kind: kind.toLowerCase(),
    scope,
    subject: subject.slice(prefix.length).trim(),
    body: lines
      .slice(first + 1)
      .join('\n')
      .trim(),
  }
}

/** The numbers that a message names, and which of them it says it closes. */
export function mentionsOf(message: string): { closes: number[]; mentions: number[] } {
  const told = message.slice(0, MAX_CHARACTERS)
  const numbers = (text: string): number[] => [...text.matchAll(MENTIONS)].map(found => Number(found[1]))
  const closes = [...told.matchAll(CLOSES)].flatMap(found => numbers(found[1]!))
  return { closes: [...new Set(closes)], mentions: [...new Set(numbers(told))] }
}

/** Ids of the commits that a commit takes back. */
export function revertedBy(message: string): string[] {
  return [...message.matchAll(/^This reverts commit ([0-9a-f]{40,64})/gm)].map(found => found[1]!)
}
