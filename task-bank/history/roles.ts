import type { Change } from './commits.ts'

/**
 * What becomes of a file that a commit changes. `test`: hidden. `source`: the reference. `visible`: stands in the tree from the
 * start, since it decides the environment or an agent may not touch it. `told`: documents, left as they were, since they tell of the change.
 */
export type Role = 'test' | 'source' | 'visible' | 'told'

/** What an operator's recipe says of paths; each wins over the usual rules, the first one first. */
export interface PathRules {
  readonly tests: (path: string) => boolean
  readonly source: (path: string) => boolean
  readonly visible: (path: string) => boolean
  readonly told: (path: string) => boolean
}

const TEST_FOLDER =
  /(^|\/)(tests?|__tests__|specs?|__snapshots__|__mocks__|__fixtures__|test-fixtures|testdata)\//i
const TEST_FILE =
  /(^|\/)(test_[^/]*\.py|[^/]*_test\.py|tests?\.py|conftest\.py|[^/]*[.-](test|spec)\.[cm]?[jt]sx?|tests?\.[cm]?[jt]s|[^/]*\.snap)$/i
const VISIBLE_FOLDER = /^(\.[^/]+|ci|requirements)\//i
const VISIBLE_FILE =
  /(^|\/)(\.[^/]+|package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|deno\.(jsonc?|lock)|tsconfig[^/]*\.json|jsconfig\.json|(vitest|jest|vite|rollup|babel|eslint|prettier|karma|ava|tsup|build)\.config\.[^/]+|pyproject\.toml|setup\.(py|cfg)|(poetry|uv|pdm)\.lock|Pipfile(\.lock)?|[^/]*requirements[^/]*\.(txt|in)|tox\.ini|pytest\.ini|noxfile\.py|mypy\.ini|MANIFEST\.in|renovate\.json|codecov\.yml|appveyor\.yml)$/i
const TOLD_FOLDER =
  /^(docs?|documentation|examples?|benchmarks?|bench|site|website|artwork|changelog\.d|newsfragments|changes|news)\//i
const TOLD_FILE =
  /\.(md|mdx|rst|adoc)$|^[^/]*\.txt$|(^|\/)(changes|changelog|news|history|authors|contributors|readme|licen[cs]e|copying)[^/]*$/i

const MAX_PATH = 1024

/** The role of a file by its path alone. */
export function roleOf(path: string, rules: PathRules): Role {
  // No such path is ever used: the commit counts as odd.
  if (path.length > MAX_PATH) return 'source'
  if (rules.tests(path)) return 'test'
  if (rules.source(path)) return 'source'
  if (rules.visible(path)) return 'visible'
  if (rules.told(path)) return 'told'
  if (TEST_FOLDER.test(path) || TEST_FILE.test(path)) return 'test'
  if (VISIBLE_FOLDER.test(path) || VISIBLE_FILE.test(path)) return 'visible'
  return TOLD_FOLDER.test(path) || TOLD_FILE.test(path) ? 'told' : 'source'
}

export type Split = Readonly<Record<Role, readonly Change[]>>

/** The changes of a commit by what becomes of them. */
export function splitChanges(changes: readonly Change[], rules: PathRules): Split {
  const split: Record<Role, Change[]> = { test: [], source: [], visible: [], told: [] }
  for (const change of changes) split[roleOf(change.path, rules)].push(change)
  return split
}

/** Patterns of the folders that hold a commit's tests, so that no agent's change to what the hidden ones lean on counts. */
export function testFolders(paths: readonly string[]): string[] {
  const folders = paths.flatMap(path => {
    const found = TEST_FOLDER.exec(path)
    return found === null ? [] : [`/${path.slice(0, found.index + found[0].length - 1)}`]
  })
  return [...new Set(folders)].sort()
}
