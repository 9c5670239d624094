import { type LogParser, linesOf, type Status } from './statuses.ts'

/** SymPy's `bin/test --verbose`: `test_a ok`, `F` or `E`, and for each failure a headline `____ sympy/x.py:test_a ____`. */
export const parseSympy: LogParser = log => {
  const statuses = new Map<string, Status>()
  for (const raw of linesOf(log)) {
    const line = raw.trim()
    const told = /^(test_\S*) (?:.* )?(ok|F|E|f|X|s)(?: +\[(?:OK|FAIL)\])?$/.exec(line)
    if (told !== null) statuses.set(told[1]!, STATUS[told[2] as keyof typeof STATUS])
    const headline = /^_+ (.+) _+$/.exec(line)?.[1]
    if (headline !== undefined && /.\.py:./.test(headline)) statuses.set(headline, 'FAILED')
  }
  return statuses
}

const STATUS = { ok: 'PASSED', F: 'FAILED', E: 'ERROR', f: 'XFAIL', X: 'PASSED', s: 'SKIPPED' } as const
