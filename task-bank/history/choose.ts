import { type Commit, isPlainPath, MODES } from './commits.ts'
import { revertedBy } from './message.ts'
import { type PathRules, type Split, splitChanges } from './roles.ts'

/** A commit that may become a task. */
export interface Candidate {
  readonly commit: Commit
  readonly split: Split
}

/** Why a commit cannot become a task, as its paths and its message show. */
export type Unfit =
  | 'first'
  | 'merge'
  | 'revert'
  | 'reverted'
  | 'excluded'
  | 'no-tests'
  | 'no-source'
  | 'too-many-files'
  | 'odd-files'

export type Choice =
  | { readonly kind: 'candidate'; readonly commit: Commit; readonly split: Split }
  | { readonly kind: 'unfit'; readonly commit: Commit; readonly reason: Unfit }

/** More changed files than this is no single change. */
const MAX_FILES = 60

/**
 * Chooses the commits that change both source and tests, in the order in which they are given.
 *
 * @param mergesCount - a merge counts as one change, that of its first parent: for a walk along first parents
 */
export function chooseCommits(
  commits: readonly Commit[],
  options: { rules: PathRules; excluded: readonly string[]; mergesCount: boolean },
): Choice[] {
  const reverted = new Set(commits.flatMap(commit => revertedBy(commit.message)))
  return commits.map(commit => {
    const split = splitChanges(commit.changes, options.rules)
    const reason = unfit(commit, split, reverted, options)
    return reason === undefined ? { kind: 'candidate', commit, split } : { kind: 'unfit', commit, reason }
  })
}

function unfit(
  commit: Commit,
  split: Split,
  reverted: ReadonlySet<string>,
  { excluded, mergesCount }: { excluded: readonly string[]; mergesCount: boolean },
): Unfit | undefined {
  if (commit.parents.length === 0) return 'first'
  if (commit.parents.length > 1 && !mergesCount) return 'merge'
  if (excluded.some(id => commit.id.startsWith(id))) return 'excluded'
  if (split.test.every(change => change.after === undefined)) return 'no-tests'
  if (split.source.length === 0) return 'no-source'
  if (/^revert\b/i.test(commit.message) || revertedBy(commit.message).length > 0) return 'revert'
  if (reverted.has(commit.id)) return 'reverted'
  if (split.test.length + split.source.length > MAX_FILES) return 'too-many-files'
  const touched = [...split.test, ...split.source, ...split.visible]
  const odd = touched.some(
    ({ path, before, after }) =>
      !isPlainPath(path) || [before, after].some(one => one !== undefined && !isPlainMode(one.mode)),
  )
  return odd ? 'odd-files' : undefined
}

function isPlainMode(mode: string): boolean {
  return mode === MODES.file || mode === MODES.program
}
