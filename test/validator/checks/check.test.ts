import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { CheckResult } from '../../../validator/checks/check.ts'
import type { CheckContext, Seen } from '../../../validator/checks/rule.ts'
import { changing, rejectChanging } from '../../../validator/checks/verdicts.ts'
import { renderCheck } from '../../../validator/cli/task/check.ts'

const RESULT: CheckResult = {
  good: false,
  reasons: ['the statement says "is_light", which only the reference brings in and no hidden test needs'],
  warnings: ['"test_parcels.py::test_prices" has another result beside busy neighbours \u001b[31m'],
  survivors: [
    {
      kind: 'fault',
      file: 'parcels.py',
      line: 6,
      description: '`weight <= 3` became `weight < 3`',
      diff: 'parcels.py:6\n-    return 4 if weight <= 3 and not self.is_heavy else 9\n+    return 4 if weight < 3 and not self.is_heavy else 9',
    },
  ],
  certificate: {
    format: 3,
    task: 'arete/parcels',
    taskDigest: 'd'.repeat(64),
    image: 'sha256:1',
    lift: null,
    tools: 'arete-runtime-1',
    versions: { arete: '0.1.0', engine: '20.10', runner: 'pytest 7.2.1', python: '3.11.2', node: '24.21.0' },
    date: '2026-01-01',
    rounds: 5,
    nopUnsolved: 5,
    oracleSolved: 5,
    busy: { rounds: 3, nopUnsolved: 3, oracleSolved: 2 },
    tests: 3,
    level: 'observed',
    testSeconds: 0.4,
    mutants: { possible: 40, tried: 12, killed: 11 },
    budget: {
      runs: 3,
      seconds: { median: 0.4, most: 0.5 },
      memoryMegabytes: { median: 29, most: 30.2 },
      processes: 2,
      proposed: { timeoutSeconds: 30, memoryMegabytes: 256 },
    },
    licence: 'MIT',
    leaks: [],
  },
}

test('a check is a table that a narrow terminal can show', () => {
  expect(shownAt(40)).toMatchInlineSnapshot(`
    "✘ arete/parcels  not good
      against   the statement says
                "is_light", which only the
                reference brings in and no
                hidden test needs
      look at   "test_parcels.py::test_price
                s" has another result beside
                busy neighbours
      verdicts  nothing 5/5 unsolved,
                reference 5/5 solved
      busy      nothing 3/3 unsolved,
                reference 2/3 solved
      mutants   11/12 wrong fixes found
                wrong, of 40 possible
      tests     3, observed
      needs     0.5 s, 31 MB, 2 processes;
                proposed 30 s, 256 MB
      licence   MIT
      survived  \`weight <= 3\` became \`weight
                < 3\`
        parcels.py:6
        -    return 4 if weight <= 3 and not
         self.is_heavy else 9
        +    return 4 if weight < 3 and not 
        self.is_heavy else 9"
  `)
  for (const width of [40, 80, 120])
    for (const line of shownAt(width).split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test('changing() names tests with two results of the same thing', () => {
  const seen: Seen[] = [
    run('nothing', { a: 'failed', b: 'passed', c: 'passed' }),
    run('reference', { a: 'passed', b: 'passed', c: 'passed' }),
    run('nothing', { a: 'failed', b: 'passed', c: 'passed' }),
    run('reference', { a: 'passed', b: 'failed' }),
  ]

  expect(changing(seen)).toEqual(['b', 'c'])
  expect(changing(seen.slice(0, 3))).toEqual([])
})

test('a test that has two results on a quiet machine speaks against its task, and is named', () => {
  const reasons: string[] = []
  const seen = [
    run('reference', { a: 'passed', b: 'passed' }),
    run('reference', { a: 'passed', b: 'failed' }),
  ]

  rejectChanging({ seen, reason: text => void reasons.push(text) } as CheckContext)

  expect(reasons).toEqual(['"b" passes at one time and fails at another'])
})

function shownAt(width: number): string {
  return stripVTControlCharacters(renderCheck('arete/parcels', RESULT, width))
}

function run(what: Seen['what'], tests: Readonly<Record<string, string>>): Seen {
  return {
    what,
    busy: false,
    verdict: {} as Seen['verdict'],
    tests: new Map(Object.entries(tests)),
    seconds: 1,
  }
}
