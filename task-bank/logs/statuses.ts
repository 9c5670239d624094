/** What a test came to, in the words of the SWE-bench family. */
export type Status = 'PASSED' | 'FAILED' | 'SKIPPED' | 'ERROR' | 'XFAIL'

/** By test id; where a log tells of a test more than once, the last word counts. */
export type Statuses = ReadonlyMap<string, Status>

/** Reads the output of one test tool. Never throws; what it does not know it leaves out. */
export type LogParser = (log: string) => Statuses

/** No test is told on a longer line; a longer one would only cost time. */
const MAX_LINE = 20_000

/** Lines without their ends. */
export function* linesOf(log: string): Generator<string> {
  for (let at = 0; at <= log.length; ) {
    const found = log.indexOf('\n', at)
    const next = found < 0 ? log.length : found
    const end = next > at && log[next - 1] === '\r' ? next - 1 : next
    if (end - at <= MAX_LINE) yield log.slice(at, end)
    at = next + 1
  }
}

/** The same without colours and other orders to a terminal. */
export function* plainLinesOf(log: string): Generator<string> {
  for (const line of linesOf(log)) yield withoutColours(line)
}

/** Lines of which each may tell one test. */
export function eachLine(
  lines: Iterable<string>,
  read: (line: string) => readonly [id: string, status: Status] | undefined,
): Statuses {
  const statuses = new Map<string, Status>()
  for (const line of lines) {
    const told = read(line)
    if (told !== undefined && told[0] !== '') statuses.set(...(told as [string, Status]))
  }
  return statuses
}

/** Characters of all ids together. A few long names, of which each test is told anew, would fill the memory. */
const MAX_IDS = 64 * 2 ** 20

/** Statuses by ids that are put together out of several lines. */
export function openStatuses(glue: string) {
  const statuses = new Map<string, Status>()
  let room = MAX_IDS
  return {
    statuses: statuses as Statuses,
    /** The last word on a test counts. @returns false once there is no room: then nothing at all was told */
    tell(parts: readonly string[], status: Status): boolean {
      room -= parts.reduce((sum, part) => sum + part.length, 0)
      if (room < 0) statuses.clear()
      if (room < 0) return false
      statuses.set(parts.join(glue), status)
      return true
    },
  }
}

/** Of a line: a sequence that does not end would be searched for through all of a log. */
export function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

/** How long a test took, at the end of its name: `(12 ms)`, `(1.5s)`. */
export function withoutDuration(text: string): string {
  return text.replace(/ \([\d.]+ ?m?s\)$/, '')
}
