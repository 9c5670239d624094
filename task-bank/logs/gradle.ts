import { type LogParser, linesOf, type Status } from './statuses.ts'

/** Gradle that prints each test: `Class > method PASSED`; the result may come lines later, alone. */
export const parseGradle: LogParser = log => {
  const statuses = new Map<string, Status>()
  let open: string | undefined
  for (const raw of linesOf(log)) {
    const line = raw.trim()
    const result = /(?:^|\s)(PASSED|FAILED|SKIPPED)$/.exec(line)?.[1] as Status | undefined
    const name = result === undefined ? line : line.slice(0, -result.length).trimEnd()
    if (name.startsWith('>')) continue
    if (result === undefined) open = /^\S+ +> +\S+$/.test(line) ? line : open
    else if (name !== '') {
      statuses.set(name, result)
      open = undefined
    } else if (open !== undefined) {
      statuses.set(open, result)
      open = undefined
    }
  }
  return statuses
}
