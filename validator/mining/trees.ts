import fs from 'node:fs'
import path from 'node:path'
import { buildImport, git, gitOrThrow, readBlobs } from '../../sandbox/git.ts'
import type { Candidate } from '../../task-bank/history/choose.ts'
import { type Change, isPlainPath, MODES } from '../../task-bank/history/commits.ts'
import { type FileDiff, readDiff } from '../../task-bank/history/diff.ts'

/** A candidate's three trees, and what lies between them. */
export interface Trees {
  /** What an agent starts from: the tree before the commit, with what of it is visible from the start. */
  readonly given: ReadonlyMap<string, TreeFile>
  /** From there to the reference, as `git apply` takes it. */
  readonly patch: Buffer
  readonly reference: readonly FileDiff[]
  readonly tests: readonly FileDiff[]
  /** The test files of the commit as they are after it. */
  readonly hidden: ReadonlyMap<string, TreeFile>
}

export interface TreeFile {
  readonly mode: '100644' | '100755' | '120000'
  readonly content: Buffer
}

const MAX_FILES = 20_000
const MAX_TREE_BYTES = 2 ** 26
const MAX_PATCH_BYTES = 2 ** 20

/** Takes a candidate's trees apart, in our own git directory. `tooLarge` says of what there is too much. */
export async function readTrees(
  gitDir: string,
  { commit, split }: Candidate,
): Promise<Trees | { tooLarge: string }> {
  const parent = commit.parents[0]!
  const base = await writeTree(gitDir, parent, split.visible)
  const entries = await listTree(gitDir, base)
  if (entries === undefined)
    return { tooLarge: `the tree has odd paths, over ${MAX_FILES} files or over 64 MiB` }
  const solved = await writeTree(gitDir, base, split.source)
  const tested = await writeTree(gitDir, solved, split.test)
  const patch = await diff(gitDir, base, solved, ['--binary', '--full-index'])
  const [reference, tests] = await Promise.all([
    diff(gitDir, base, solved, ['-U0']),
    diff(gitDir, solved, tested, ['-U0']),
  ])
  if (patch === undefined || reference === undefined || tests === undefined)
    return { tooLarge: 'its diff is over 1 MiB, or git cannot make it' }
  const after = split.test.flatMap(({ path: name, after: version }) =>
    version === undefined ? [] : [{ path: name, mode: version.mode as TreeFile['mode'], id: version.id }],
  )
  const ids = [...new Set([...entries, ...after].map(({ id }) => id))]
  const contents = await readBlobs(gitDir, ids, MAX_TREE_BYTES)
  if (contents === undefined) return { tooLarge: 'its files are over 64 MiB' }
  const filesOf = (list: readonly TreeEntry[]): Map<string, TreeFile> =>
    new Map(list.map(({ path: name, mode, id }) => [name, { mode, content: contents.get(id)! }]))
  return {
    given: filesOf(entries),
    patch,
    reference: readDiff(reference.toString()),
    tests: readDiff(tests.toString()),
    hidden: filesOf(after),
  }
}

/** Every file of a tree; undefined if it is too large. */
export async function readTree(gitDir: string, tree: string): Promise<Trees['given'] | undefined> {
  const entries = await listTree(gitDir, tree)
  const contents =
    entries && (await readBlobs(gitDir, [...new Set(entries.map(({ id }) => id))], MAX_TREE_BYTES))
  return (
    contents &&
    new Map(entries.map(({ path: name, mode, id }) => [name, { mode, content: contents.get(id)! }]))
  )
}

/** The repository as a stream for `git fast-import`: one commit. */
export function streamOf(given: Trees['given']): Buffer {
  const lines = [...given].map(([name, { mode, content }]) => ({
    kind: 'modify' as const,
    mode,
    path: name,
    content,
  }))
  return buildImport({ ref: 'refs/heads/main', lines })
}

/** A tree with some changes made to it, by its id. */
async function writeTree(gitDir: string, tree: string, changes: readonly Change[]): Promise<string> {
  const index = path.join(gitDir, `index-${changes.length}-${Math.random().toString(36).slice(2)}`)
  const options = { gitDir, env: { GIT_INDEX_FILE: index } }
  try {
    await gitOrThrow(['read-tree', tree], options)
    const input = changes
      .map(({ path: name, before, after }) => `${after?.mode ?? '0'} ${(after ?? before)!.id}\t${name}\0`)
      .join('')
    await gitOrThrow(['update-index', '-z', '--index-info'], { ...options, input })
    return (await gitOrThrow(['write-tree'], options)).toString().trim()
  } finally {
    fs.rmSync(index, { force: true })
  }
}

export async function diff(
  gitDir: string,
  from: string,
  to: string,
  more: readonly string[],
): Promise<Buffer | undefined> {
  const args = ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '-M', ...more, from, to]
  const { code, stdout } = await git(args, { gitDir, foreign: true, maxBytes: MAX_PATCH_BYTES })
  return code === 0 ? stdout : undefined
}

interface TreeEntry {
  readonly path: string
  readonly mode: TreeFile['mode']
  readonly id: string
}

/** Files and links of a tree, without other repositories; undefined if there are too many, or one has an odd name. */
async function listTree(gitDir: string, tree: string): Promise<TreeEntry[] | undefined> {
  const { code, stdout } = await git(['ls-tree', '-r', '-z', '-l', tree], { gitDir, foreign: true })
  if (code !== 0) return undefined
  const entries: TreeEntry[] = []
  let bytes = 0
  for (const line of stdout.toString().split('\0').filter(Boolean)) {
    const found = /^(\d{6}) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line)
    if (found === null) continue
    const [, mode, id, size, name] = found
    if (!isPlainPath(name!) || !isKnownMode(mode!)) return undefined
    bytes += Number(size)
    entries.push({ path: name!, mode, id: id! })
  }
  return entries.length > MAX_FILES || bytes > MAX_TREE_BYTES ? undefined : entries
}

function isKnownMode(mode: string): mode is TreeFile['mode'] {
  return mode === MODES.file || mode === MODES.program || mode === MODES.link
}
