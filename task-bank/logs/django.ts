import { type LogParser, linesOf, type Status } from './statuses.ts'

/**
 * Django's `runtests.py --verbosity 2`: `test_a (app.tests.ATests) ... ok`, at times with other output between the dots and the
 * result, and at the end `FAIL: test_a (app.tests.ATests)`.
 */
export const parseDjango: LogParser = log => {
  const statuses = new Map<string, Status>()
  let open: string | undefined
  for (const raw of linesOf(log)) {
    const line = raw.trim()
    const headline = /^(FAIL|ERROR): (\S+)/.exec(line)
    if (headline !== null) statuses.set(headline[2]!, headline[1] === 'FAIL' ? 'FAILED' : 'ERROR')
    const dots = line.indexOf(' ... ')
    const result = resultOf(line)
    if (dots >= 0) open = line.slice(0, dots)
    if (result !== undefined) {
      const id = afterMigrations(line.slice(0, line.lastIndexOf(result.text)))
      statuses.set(id, result.status)
      open = id
    } else if (open !== undefined && /^ok\b/i.test(line)) statuses.set(open, 'PASSED')
    // This one id is the first line of a docstring, which other output tears apart.
    if (line.includes('--version is equivalent to version'))
      statuses.set('--version is equivalent to version', 'PASSED')
  }
  return statuses
}

const RESULTS: readonly (readonly [RegExp, Status])[] = [
  [/ \.\.\. {1,2}ok$/i, 'PASSED'],
  [/ \.\.\. skipped.*$/s, 'SKIPPED'],
  [/ \.\.\. FAIL$/, 'FAILED'],
  [/ \.\.\. ERROR$/, 'ERROR'],
  [/ \.\.\. expected failure$/, 'XFAIL'],
]

function resultOf(line: string): { text: string; status: Status } | undefined {
  for (const [pattern, status] of RESULTS) {
    const found = pattern.exec(line)
    if (found !== null) return { text: found[0], status }
  }
  return undefined
}

/** Migrations that are applied in the middle of a line stand before the name of the test. */
function afterMigrations(id: string): string {
  return id.startsWith('Applying ') ? id.slice(id.indexOf('...') + 3).trim() : id
}
