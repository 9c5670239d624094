import type { Status, Statuses } from './statuses.ts'

/**
 * A report in which tests stand below the suites that hold them, told by how far they are indented.
 *
 * @param readTest - what a line without its indentation says of a test
 * @param join - suites from the outermost, then the test → id
 */
export function readIndented(
  lines: Iterable<string>,
  readTest: (line: string) => readonly [name: string, status: Status] | undefined,
  join: (names: readonly string[]) => string,
): Statuses {
  const statuses = new Map<string, Status>()
  let suites: { name: string; indent: number }[] = []
  for (const line of lines) {
    const text = line.trim()
    if (text === '') continue
    const indent = line.length - line.trimStart().length
    const told = readTest(text)
    suites = suites.filter(suite => suite.indent < indent)
    if (told !== undefined) statuses.set(join([...suites.map(({ name }) => name), told[0]]), told[1])
    else suites.push({ name: text, indent })
  }
  return statuses
}
