/** What a test came to, in the words of the SWE-bench family. */
export type Status = 'PASSED' | 'FAILED' | 'SKIPPED' | 'ERROR' | 'XFAIL'

/** By test id; where a log tells of a test more than once, the last word counts. */
export type Statuses = ReadonlyMap<string, Status>

/** Reads the output of one test tool. Never throws; what it does not know it leaves out. */
export type LogParser = (log: string) => Statuses

/** No test is told on a longer line; a longer one would only cost time. */
const MAX_LINE = 20_000

/** Lines without their ends. */
export function linesOf(log: string): string[] {
  return log.split(/\r?\n/).filter(line => line.length <= MAX_LINE)
}

/** Lines of which each may tell one test. */
export function eachLine(
  log: string,
  read: (line: string) => readonly [id: string, status: Status] | undefined,
): Statuses {
  const statuses = new Map<string, Status>()
  for (const line of linesOf(log)) {
    const told = read(line)
    if (told !== undefined && told[0] !== '') statuses.set(...(told as [string, Status]))
  }
  return statuses
}

/** Takes colours and other orders to a terminal out. */
export function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

/** How long a test took, at the end of its name: `(12 ms)`, `(1.5s)`. */
export function withoutDuration(text: string): string {
  return text.replace(/ \([\d.]+ ?m?s\)$/, '')
}
