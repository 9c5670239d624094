import type { Status } from '../task-bank/logs/statuses.ts'
import { grade } from '../task-bank/swebench/grade.ts'
import { readLog } from '../task-bank/swebench/log.ts'
import type { Row } from '../task-bank/swebench/row.ts'
import { publishedId } from '../task-bank/swebench/verifier.ts'
import type { Report, TestResult } from './report.ts'

const WORDS: Readonly<Record<TestResult['status'], Status>> = {
  passed: 'PASSED',
  failed: 'FAILED',
  error: 'ERROR',
  skipped: 'SKIPPED',
  xfailed: 'XFAIL',
}

/**
 * The report in the terms of a row: first the tests that it expects, by the ids that it has for them, passed if they are as it wants
 * them; then what else was run.
 */
export function gradeReport(report: Report, row: Row): Report {
  const byId = new Map(report.tests.map(test => [publishedId(row, test.id), test]))
  const statuses = new Map([...byId].map(([id, test]) => [id, WORDS[test.status]]))
  return { ...report, tests: [...gradeTests(row, statuses, byId), ...others(report, row)] }
}

/** The report that the output of a row's evaluation script amounts to. Whatever runs in the sandbox can print it, too. */
export function reportFromLog(log: string, row: Row, options: { parser: string; seal: string }): Report {
  const read = readLog(log, options.parser, options.seal)
  const nothing = { observations: [], through: [], reward: undefined }
  if (read.kind === 'unusable')
    return { ...nothing, tests: [], problems: [{ kind: 'log', message: read.reason }] }
  return { ...nothing, tests: gradeTests(row, read.statuses, new Map()), problems: [] }
}

function gradeTests(
  row: Row,
  statuses: ReadonlyMap<string, Status>,
  byId: ReadonlyMap<string, TestResult>,
): TestResult[] {
  const { failToPass, passToPass } = grade(row, statuses)
  const result = (id: string, isGood: boolean): TestResult => {
    const told = byId.get(id)
    const status = statuses.get(id)
    const message =
      told?.message ?? (isGood ? '' : status === undefined ? 'it was not reported' : `it is ${status}`)
    return { id, status: isGood ? 'passed' : 'failed', seconds: told?.seconds ?? 0, message }
  }
  return [failToPass, passToPass].flatMap(({ success, failure }) => [
    ...success.map(id => result(id, true)),
    ...failure.map(id => result(id, false)),
  ])
}

function others({ tests }: Report, row: Row): TestResult[] {
  const expected = new Set([...row.FAIL_TO_PASS, ...row.PASS_TO_PASS])
  return tests.filter(test => !expected.has(publishedId(row, test.id)))
}
