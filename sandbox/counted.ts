import { joinFiles } from './archive.ts'
import { readBlobs } from './git.ts'
import { matchForeignPaths } from './glob.ts'
import type { Change } from './policy.ts'
import type { Files } from './sandbox.ts'
import { findSectionFile, restoreSections, type Sections } from './sections.ts'

/** A row of `git diff-tree --raw`. */
export type ChangedRow = Omit<Change, 'size'> & {
  /** Blob before the change, zeros if there was none. */
  readonly before: string
}

/** Of all such files that a patch changes: more is nobody's manifests, only work for the parsers. */
const MAX_SHARED_BYTES = 2 * 2 ** 20

/** What of the applied changes counts: all of it, but for the tests' own sections of files that honest work needs too. */
export async function countChanges(options: {
  gitDir: string
  rows: readonly ChangedRow[]
  applied: readonly Change[]
  contents: ReadonlyMap<string, Uint8Array>
  rules: { readonly allowedPaths: readonly string[] }
}): Promise<{ files: Files; removed: readonly string[]; dropped: readonly string[] }> {
  const { applied, contents } = options
  const judged = await judgeSections(options)
  const counting = applied.filter(({ path: name }) => judged.get(name)?.kind !== 'dropped')
  const written = counting.filter(change => change.kind !== 'deleted')
  return {
    files: joinFiles(
      written.map(({ path: name, mode }) => {
        const sections = judged.get(name)
        return {
          path: name,
          mode: mode === '100755' ? 0o755 : 0o644,
          content: sections?.kind === 'restored' ? Buffer.from(sections.content) : contents.get(name)!,
        }
      }),
    ),
    removed: counting.filter(change => change.kind === 'deleted').map(change => change.path),
    dropped: [...judged].flatMap(([name, sections]) => nameDropped(name, sections)),
  }
}

async function judgeSections(
  options: Parameters<typeof countChanges>[0],
): Promise<ReadonlyMap<string, Sections>> {
  const { gitDir, rows, applied, contents, rules } = options
  const isAllowed = matchForeignPaths(rules.allowedPaths, 'u')
  const shared = applied.filter(
    ({ path: name, kind }) => !isAllowed(name) && findSectionFile(name, kind === 'added') !== undefined,
  )
  if (shared.length === 0) return new Map()
  if (shared.reduce((sum, change) => sum + change.size, 0) > MAX_SHARED_BYTES)
    return new Map(shared.map(({ path: name }) => [name, { kind: 'dropped' }]))
  const before = new Map(rows.map(row => [row.path, row.before]))
  const ids = shared.filter(change => change.kind !== 'added').map(({ path: name }) => before.get(name)!)
  // The originals are the task's, not the agent's: there is nothing to hold back.
  const originals = (await readBlobs(gitDir, ids, Number.POSITIVE_INFINITY))!
  return new Map(
    shared.map(({ path: name, kind }) => {
      const after = kind === 'deleted' ? undefined : contents.get(name)
      return [name, restoreSections(name, originals.get(before.get(name)!), after)]
    }),
  )
}

function nameDropped(name: string, sections: Sections): string[] {
  switch (sections.kind) {
    case 'kept':
      return []
    case 'restored':
      return sections.sections.map(section => `${name} [${section}]`)
    case 'dropped':
      return [name]
  }
}
