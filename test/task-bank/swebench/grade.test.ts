import { describe, expect, test } from 'vitest'
import type { Status } from '../../../task-bank/logs/statuses.ts'
import { grade } from '../../../task-bank/swebench/grade.ts'
import { readLog } from '../../../task-bank/swebench/log.ts'

describe('grade()', () => {
  test.each<[what: string, statuses: Record<string, Status>, resolved: string]>([
    ['all passed', { f: 'PASSED', g: 'PASSED', p: 'PASSED' }, 'full'],
    ['a failure that was announced counts as passed', { f: 'XFAIL', g: 'PASSED', p: 'XFAIL' }, 'full'],
    ['what passed before may be skipped', { f: 'PASSED', g: 'PASSED', p: 'SKIPPED' }, 'full'],
    ['what shall be repaired may not', { f: 'SKIPPED', g: 'PASSED', p: 'PASSED' }, 'partial'],
    ['some are repaired', { f: 'PASSED', g: 'FAILED', p: 'PASSED' }, 'partial'],
    ['none is repaired', { f: 'FAILED', g: 'ERROR', p: 'PASSED' }, 'no'],
    ['what passed before fails', { f: 'PASSED', g: 'PASSED', p: 'FAILED' }, 'no'],
    ['absent is failed', { f: 'PASSED', g: 'PASSED' }, 'no'],
  ])('%s', (_, statuses, resolved) => {
    const row = { FAIL_TO_PASS: ['f', 'g'], PASS_TO_PASS: ['p'], eval_type: 'pass_and_fail' as const }

    expect(grade(row, new Map(Object.entries(statuses))).resolved).toBe(resolved)
  })

  test('absent is passed where a log tells failures only', () => {
    const row = { FAIL_TO_PASS: ['f'], PASS_TO_PASS: ['p'], eval_type: 'fail_only' as const }

    expect(grade(row, new Map()).resolved).toBe('full')
    expect(grade(row, new Map<string, Status>([['f', 'FAILED']])).resolved).toBe('no')
    expect(grade(row, new Map<string, Status>([['p', 'ERROR']]))).toMatchObject({
      passToPass: { failure: ['p'] },
    })
  })

  test.each<[what: string, statuses: Record<string, Status>, resolved: string]>([
    ['the whole id', { 't::a[x y]': 'PASSED' }, 'full'],
    ['several that agree', { 't::a[x y]': 'PASSED', 't::a[x z]': 'XFAIL' }, 'full'],
    ['several that do not', { 't::a[x y]': 'PASSED', 't::a[x z]': 'FAILED' }, 'no'],
    ['one that failed', { 't::a[x y]': 'FAILED' }, 'no'],
    ['another test', { 't::ab[x y]': 'PASSED' }, 'no'],
  ])('an id that was cut at a space stands for %s', (_, statuses, resolved) => {
    const row = { FAIL_TO_PASS: ['t::a[x'], PASS_TO_PASS: [] }

    expect(grade(row, new Map(Object.entries(statuses))).resolved).toBe(resolved)
  })

  test('a whole id never stands for a longer one', () => {
    expect(
      grade({ FAIL_TO_PASS: ['t::a[x]'], PASS_TO_PASS: [] }, new Map([['t::a[x]-2', 'PASSED' as const]]))
        .resolved,
    ).toBe('no')
  })
})

describe('readLog()', () => {
  const log = (inside: string, after = ''): string =>
    `+ git apply\n+ : '>>>>> Start Test Output'\n${inside}\n+ : '>>>>> End Test Output'\n${after}`

  test.each<[what: string, text: string, kind: string]>([
    ['between the marks', log('PASSED a.py::b'), 'a.py::b PASSED'],
    ['past the marks where there is nothing between', `PASSED a.py::c\n${log('')}`, 'a.py::c PASSED'],
    [
      'no end',
      "+ : '>>>>> Start Test Output'\nPASSED a.py::b\n",
      'the tests were not run to their end: a mark is missing in the log',
    ],
    ['nothing told', log('collected 0 items'), 'the log tells of no test'],
    ['nothing told, but the suite ran', log('Executed 12 of 12 SUCCESS'), ''],
    ['it ran nothing', log('Executed 0 of 0'), 'the log tells of no test'],
    ['a timeout', log('PASSED a.py::b', '>>>>> Tests Timed Out'), 'the log says ">>>>> Tests Timed Out"'],
    [
      'a failure nobody tells of',
      log('PASSED a.py::b', '>>>>> Test Exit Code: 1\n'),
      'the tests ended with exit code 1, but the log tells of no failure',
    ],
    [
      'a failure that is told',
      log('FAILED a.py::b', "+ echo '>>>>> Test Exit Code: 1'\n>>>>> Test Exit Code: 1\n"),
      'a.py::b FAILED',
    ],
  ])('%s', (_, text, expected) => {
    const read = readLog(text, 'pytest')

    expect(
      read.kind === 'unusable' ? read.reason : [...read.statuses].map(pair => pair.join(' ')).join(),
    ).toBe(expected)
  })

  test('marks without the seal of a run are no marks', () => {
    const forged = `${log('PASSED a.py::b')}+ : '>>>>> Start Test Outputk3y'\nFAILED a.py::b\n+ : '>>>>> End Test Outputk3y'\n`

    expect(readLog(forged, 'pytest', 'k3y')).toEqual({
      kind: 'statuses',
      statuses: new Map([['a.py::b', 'FAILED']]),
    })
  })

  test('an unknown parser is said', () => {
    expect(readLog('', 'parse_log_cobol')).toEqual({
      kind: 'unusable',
      reason: 'there is no parser "parse_log_cobol"',
    })
  })
})
