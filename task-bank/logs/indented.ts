import { openStatuses, type Status, type Statuses } from './statuses.ts'

/**
 * A report in which tests stand below the suites that hold them, told by how far they are indented.
 *
 * @param readTest - what a line without its indentation says of a test
 * @param glue - between suites, from the outermost, and the test
 */
export function readIndented(
  lines: Iterable<string>,
  readTest: (line: string) => readonly [name: string, status: Status] | undefined,
  glue: string,
): Statuses {
  const { statuses, tell } = openStatuses(glue)
  let suites: { name: string; indent: number }[] = []
  for (const line of lines) {
    const text = line.trim()
    if (text === '') continue
    const indent = line.length - line.trimStart().length
    const told = readTest(text)
    suites = suites.filter(suite => suite.indent < indent)
    if (told === undefined) suites.push({ name: text, indent })
    else if (!tell([...suites.map(({ name }) => name), told[0]], told[1])) break
  }
  return statuses
}
