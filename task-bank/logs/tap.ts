import { eachLine, type LogParser, linesOf } from './statuses.ts'

/** The Test Anything Protocol, at any depth: `ok 1 name`, `not ok 2 name`, with `# SKIP` and `# TODO`. */
export const parseTap: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = /^(not ok|ok) \d+ (.+)$/.exec(line.trim())
    if (told === null) return undefined
    const id = told[2]!
    const directive = / # (SKIP|TODO)\b/i.exec(id)
    if (directive === null) return [id, told[1] === 'ok' ? 'PASSED' : 'FAILED']
    const isSkipped = directive[1]!.toUpperCase() === 'SKIP'
    return [id.slice(0, directive.index), isSkipped ? 'SKIPPED' : told[1] === 'ok' ? 'PASSED' : 'XFAIL']
  })
