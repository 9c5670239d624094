import { eachLine, type LogParser, linesOf, type Status, withoutColours } from './statuses.ts'

/** Karma's reporter `spec`, after the browser has started: suites indented, `✔ name`; ids are `suite > suite > name`. */
export const parseKarma: LogParser = log => {
  const statuses = new Map<string, Status>()
  let suites: { name: string; indent: number }[] = []
  let isRunning = false
  for (const line of linesOf(withoutColours(log))) {
    if (line.startsWith('SUMMARY:')) break
    if (line.includes('Starting browser')) isRunning = true
    const told = /^(\s*)([✔✖])? ?(\S.*)$/.exec(line)
    if (!isRunning || told === null || line.includes('Starting browser')) continue
    const indent = line.length - line.trimStart().length
    suites = suites.filter(suite => suite.indent < indent)
    const [, , mark, name] = told
    if (mark !== undefined)
      statuses.set([...suites.map(suite => suite.name), name].join(' > '), mark === '✔' ? 'PASSED' : 'FAILED')
    else if (indent > 0) suites.push({ name: name!, indent })
  }
  return statuses
}

/** Karma's plain reporters tell failures only: `Chrome Headless 100 (Linux) suite name FAILED`. */
export const parseKarmaFailures: LogParser = log =>
  eachLine(withoutColours(log), line => {
    const told = /Chrome [\d.]+ \([^)]*\) (.*)FAILED$/.exec(line)
    return told === null ? undefined : [told[1]!, 'FAILED']
  })
