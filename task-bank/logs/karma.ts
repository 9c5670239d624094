import { eachLine, type LogParser, openStatuses, plainLinesOf } from './statuses.ts'

/** Karma's reporter `spec`, after the browser has started: suites indented, `✔ name`; ids are `suite > suite > name`. */
export const parseKarma: LogParser = log => {
  const { statuses, tell } = openStatuses(' > ')
  let suites: { name: string; indent: number }[] = []
  let isRunning = false
  for (const line of plainLinesOf(log)) {
    if (line.startsWith('SUMMARY:')) break
    if (line.includes('Starting browser')) isRunning = true
    const told = /^(\s*)([✔✖])? ?(\S.*)$/.exec(line)
    if (!isRunning || told === null || line.includes('Starting browser')) continue
    const indent = line.length - line.trimStart().length
    suites = suites.filter(suite => suite.indent < indent)
    const [, , mark, name] = told
    if (mark === undefined) {
      if (indent > 0) suites.push({ name: name!, indent })
    } else if (!tell([...suites.map(suite => suite.name), name!], mark === '✔' ? 'PASSED' : 'FAILED')) break
  }
  return statuses
}

/** Karma's plain reporters tell failures only: `Chrome Headless 100 (Linux) suite name FAILED`. */
export const parseKarmaFailures: LogParser = log =>
  eachLine(plainLinesOf(log), line => {
    const browser = /Chrome [\d.]+ \(/.exec(line)
    const name = browser === null ? -1 : line.indexOf(') ', browser.index) + 2
    return name < 2 || !line.endsWith('FAILED') ? undefined : [line.slice(name, -'FAILED'.length), 'FAILED']
  })
