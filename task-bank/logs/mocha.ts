import { readIndented } from './indented.ts'
import { eachLine, type LogParser, plainLinesOf, type Status, withoutDuration } from './statuses.ts'

/** mocha's reporter `spec`: suites indented, `✓ name`, `1) name`, `- name`; ids are `suite.suite.name`. The epilogue is left out. */
export const parseMocha: LogParser = log => readIndented(beforeEpilogue(plainLinesOf(log)), readTest, '.')

/** Suites whose rows list failures only: `1) name` at the beginning of a line. */
export const parseNumbered: LogParser = log =>
  eachLine(plainLinesOf(log), line => {
    const told = /^\d+\) (.+)$/.exec(line)
    return told === null ? undefined : [told[1]!.trim(), 'FAILED']
  })

/** Failures told once more after all tests, suite by suite: `1) suite`, below it further in the next, at last `test:`. */
export const parseEpilogue: LogParser = log => {
  const statuses = new Map<string, Status>()
  let names: string[] = []
  let indent = 0
  for (const line of plainLinesOf(log)) {
    const first = /^\s*\d+\)(.*)$/.exec(line)
    const deeper = line.length - line.trimStart().length > indent
    if (first !== null) names = [first[1]!.trim()]
    else if (names.length === 0 || !deeper || names.length > 20) names = []
    else names.push(line.trim())
    indent = line.length - line.trimStart().length
    if (!names.at(-1)?.endsWith(':')) continue
    statuses.set(names.join(':').slice(0, -1), 'FAILED')
    names = []
  }
  return statuses
}

const MARKS: readonly (readonly [RegExp, Status])[] = [
  [/^[✓✔√] +/, 'PASSED'],
  [/^\d+\) +/, 'FAILED'],
  [/^- +/, 'SKIPPED'],
]

function readTest(line: string): readonly [string, Status] | undefined {
  for (const [mark, status] of MARKS) {
    if (mark.test(line)) return [withoutDuration(line.replace(mark, '').trim()), status]
  }
  return undefined
}

/** `12 passing (3s)`, and after it each failure once more. */
function* beforeEpilogue(lines: Iterable<string>): Generator<string> {
  for (const line of lines) {
    if (/^\s*\d+ passing\b/.test(line)) return
    yield line
  }
}
