import type { Status, Statuses } from '../logs/statuses.ts'
import type { Row } from './row.ts'

/** How the tests of a row came out, test by test, as the reports of the family have it. */
export interface Grade {
  readonly failToPass: Outcomes
  readonly passToPass: Outcomes
  /** `full`: every one of both lists is as it should be. `partial`: all of the second and some of the first. */
  readonly resolved: 'full' | 'partial' | 'no'
}

export interface Outcomes {
  readonly success: readonly string[]
  readonly failure: readonly string[]
}

type Expected = Pick<Row, 'FAIL_TO_PASS' | 'PASS_TO_PASS'> & Partial<Pick<Row, 'eval_type'>>

/**
 * Compares what tests came to with what a row expects. A test that shall be repaired must pass, or fail as announced; one that
 * passed before may also be skipped; one that is absent has failed. Rows of the type `fail_only` have logs that tell failures
 * only: there, absent is passed.
 */
export function grade(row: Expected, statuses: Statuses): Grade {
  const find = finder(statuses)
  const failOnly = row.eval_type === 'fail_only'
  const isRepaired = (id: string): boolean => {
    const status = find(id)
    return failOnly ? isNoFailure(status) : status === 'PASSED' || status === 'XFAIL'
  }
  const isKept = (id: string): boolean => isRepaired(id) || (!failOnly && find(id) === 'SKIPPED')
  const failToPass = sort(row.FAIL_TO_PASS, isRepaired)
  const passToPass = sort(row.PASS_TO_PASS, isKept)
  const all = failToPass.failure.length === 0
  const some = failToPass.success.length > 0
  const kept = passToPass.failure.length === 0
  return { failToPass, passToPass, resolved: kept && all ? 'full' : kept && some ? 'partial' : 'no' }
}

/**
 * Looks up an id. Of ids that were cut at a space, told by a bracket that is not closed, every test that begins so must agree.
 */
function finder(statuses: Statuses): (id: string) => Status | undefined {
  const known = new Map<string, Status | undefined>()
  return id => {
    if (statuses.has(id)) return statuses.get(id)
    if (!isCut(id)) return undefined
    if (!known.has(id)) known.set(id, agreed(id, statuses))
    return known.get(id)
  }
}

function agreed(cut: string, statuses: Statuses): Status | undefined {
  const found = [...statuses].flatMap(([id, status]) => (id.startsWith(cut) ? [status] : []))
  const passed = found.filter(status => status === 'PASSED' || status === 'XFAIL')
  if (passed.length === found.length) return found[0]
  // One that passed and one that did not: nobody knows which was meant.
  return passed.length > 0 ? undefined : found[0]
}

/** Whether a published id ends in the middle of a test's parameters. */
export function isCut(id: string): boolean {
  return id.split('[').length > id.split(']').length
}

function isNoFailure(status: Status | undefined): boolean {
  return status !== 'FAILED' && status !== 'ERROR'
}

function sort(ids: readonly string[], isGood: (id: string) => boolean): Outcomes {
  const success = ids.filter(isGood)
  const good = new Set(success)
  return { success, failure: ids.filter(id => !good.has(id)) }
}
