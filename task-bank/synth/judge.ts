/** What became of one test with a fault in place. */
export interface Result {
  readonly id: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'error' | 'xfailed'
  readonly message: string
}

/** What tests do with a fault in place. */
export type Judgement =
  /** `failing`: those that pass without it, in the order of their ids. */
  | { readonly kind: 'caught'; readonly failing: readonly Result[] }
  | { readonly kind: 'dropped'; readonly reason: Unfit; readonly detail: string }

export type Unfit = 'not-noticed' | 'not-imported' | 'hangs' | 'ends-early' | 'breaks-all'

/** Whoever breaks more than this share of so many tests has made no mistake that would stay for a day. */
const NEARLY_ALL = 0.6
const ENOUGH_TESTS = 5

/**
 * Judges what the tests say of a fault.
 *
 * @param passing - ids of the tests of the same files that pass without it
 */
export function judgeFault(
  passing: ReadonlySet<string>,
  ending: { readonly kind: string },
  results: readonly Result[],
): Judgement {
  const drop = (reason: Unfit, detail: string): Judgement => ({ kind: 'dropped', reason, detail })
  if (ending.kind === 'timed-out') return drop('hangs', 'the tests do not come to an end')
  // The result of a file instead of a test's: it could not be loaded.
  const unloaded = results.find(({ id, status }) => status === 'error' && !id.includes('::'))
  if (unloaded !== undefined) return drop('not-imported', `${unloaded.id} cannot be loaded`)
  if (ending.kind !== 'reported') return drop('ends-early', `the tests end early: ${ending.kind}`)
  const seen = new Set(results.map(({ id }) => id))
  const lost = [...passing].find(id => !seen.has(id))
  if (lost !== undefined) return drop('not-imported', `${lost} is not run any more`)
  const failing = results
    .filter(({ id, status }) => passing.has(id) && status !== 'passed')
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  if (failing.length === 0) return drop('not-noticed', `${passing.size} tests pass`)
  if (passing.size >= ENOUGH_TESTS && failing.length > NEARLY_ALL * passing.size)
    return drop('breaks-all', `${failing.length} of ${passing.size} tests fail`)
  return { kind: 'caught', failing }
}
