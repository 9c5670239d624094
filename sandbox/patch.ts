import fs from 'node:fs'
import path from 'node:path'
import { type ChangedRow, countChanges } from './counted.ts'
import { sha256 } from './digest.ts'
import { buildImport, git, gitOrThrow, type ImportLine, importCommit, readBlobs } from './git.ts'
import { checkPatch, PATCH_LIMITS } from './policy.ts'
import { findIgnored, importLines, type Repository } from './repository.ts'
import type { Changes, Files } from './sandbox.ts'
import { openTemporary } from './temporary.ts'

/** What an attempt leaves behind. `files` and `removed` are what sandbox 2 gets: exactly the bytes that were judged. */
export interface Patch {
  /** Unified diff against the repository's one commit, binary files included, as git writes it. */
  readonly diff: Buffer
  /** SHA-256 of `diff`. */
  readonly digest: string
  readonly files: Files
  readonly removed: readonly string[]
  /** Changed paths, and sections as `path [section]`, that a patch may not touch and that were left as they were. */
  readonly dropped: readonly string[]
}

export type PatchOutcome =
  | { readonly kind: 'patch'; readonly patch: Patch }
  | { readonly kind: 'empty' }
  /** In snapshot mode there is none: the machine itself is judged. */
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'invalid'; readonly reasons: readonly string[] }

export interface PathRules {
  readonly protectedPaths: readonly string[]
  readonly allowedPaths: readonly string[]
  /** Where hidden tests will lie. */
  readonly testPlaces: readonly string[]
}

/** Far more than any diff takes that somebody wrote; one can be made on which git works for hours. */
const APPLY_SECONDS = 20

/** The patch that a changed work tree amounts to. git computes it, from contents alone. */
export async function patchFromTree(
  repository: Repository,
  changes: Changes,
  rules: PathRules,
): Promise<PatchOutcome> {
  if (changes.truncated) return { kind: 'invalid', reasons: ['more was changed than a patch may hold'] }
  const odd = changes.entries.filter(entry => entry.kind === 'other')
  if (odd.length > 0) {
    return {
      kind: 'invalid',
      reasons: odd
        .slice(0, 5)
        .map(({ path: name }) => `${JSON.stringify(name)} is not a file, or its name is not UTF-8`),
    }
  }
  // Only an agent that is root and broke the resident can say this; git would take it for our mistake.
  const outside = changes.entries.find(entry => /\0|(^|\/)\.{0,2}(\/|$)/.test(entry.path))
  if (outside !== undefined) {
    return { kind: 'invalid', reasons: [`${JSON.stringify(outside.path)} is no path in the repository`] }
  }
  const lines = await linesOf(repository, changes)
  if (lines.length === 0) return { kind: 'empty' }
  using scratch = openScratch(repository)
  const imported = await importCommit(
    scratch.gitDir,
    buildImport({ ref: 'refs/heads/patch', from: repository.commit, lines }),
  )
  if ('refused' in imported) return { kind: 'invalid', reasons: [imported.refused] }
  const compare = ['diff-tree', '-r', repository.commit, imported.commit]
  return await patchFromComparison(repository, scratch.gitDir, compare, rules, contentsOf(lines))
}

/**
 * The patch that a unified diff amounts to, as `git apply` takes it.
 *
 * @param ways - further options of `git apply`
 */
export async function patchFromDiff(
  repository: Repository,
  diff: Uint8Array,
  rules: PathRules,
  ways: readonly string[] = [],
): Promise<PatchOutcome> {
  if (diff.length > PATCH_LIMITS.bytes)
    return { kind: 'invalid', reasons: [`the diff has ${diff.length} bytes, ${PATCH_LIMITS.bytes} may be`] }
  if (Buffer.from(diff).toString().trim() === '') return { kind: 'empty' }
  const headers = countHeaders(Buffer.from(diff))
  if (headers > PATCH_LIMITS.files)
    return { kind: 'invalid', reasons: [`${headers} files are changed, ${PATCH_LIMITS.files} may be`] }
  using scratch = openScratch(repository)
  const { gitDir } = scratch
  await gitOrThrow(['read-tree', repository.commit], { gitDir })
  const applied = await git(['apply', '--cached', '--whitespace=nowarn', ...ways, '-'], {
    gitDir,
    input: diff,
    foreign: true,
    seconds: APPLY_SECONDS,
  })
  if (applied.code !== 0) {
    const why = applied.stderr
      .split('\n')
      .filter(line => line.startsWith('error:'))
      .slice(0, 5)
    return {
      kind: 'invalid',
      reasons:
        why.length > 0
          ? why.map(line => `the diff does not apply: ${line.slice(7)}`)
          : ['the diff does not apply'],
    }
  }
  // The index is compared as it is: as a tree it would be a file on the host for each folder.
  const compare = ['diff-index', '--cached', repository.commit]
  return await patchFromComparison(repository, gitDir, compare, rules, new Map())
}

/** In the body of a diff every line begins with a sign or a space. */
function countHeaders(diff: Buffer): number {
  let count = 0
  for (let at = diff.indexOf('diff --git '); at >= 0; at = diff.indexOf('\ndiff --git ', at + 1)) count += 1
  return count
}

/** @param compare - the git command that compares with the repository's commit, and what it compares */
async function patchFromComparison(
  repository: Repository,
  gitDir: string,
  [command, ...compared]: readonly string[],
  rules: PathRules,
  known: ReadonlyMap<string, Uint8Array>,
): Promise<PatchOutcome> {
  const output = await git(
    [
      command!,
      '-z',
      '--raw',
      '--patch',
      '--binary',
      '--full-index',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
      '--src-prefix=a/',
      '--dst-prefix=b/',
      ...compared,
    ],
    { gitDir, maxBytes: 4 * PATCH_LIMITS.bytes, foreign: true },
  )
  if (output.code !== 0) return { kind: 'invalid', reasons: ['the diff is too large'] }
  const { rows, diff } = splitRaw(output.stdout)
  if (rows.length === 0) return { kind: 'empty' }
  const contents = await contentsAfter(gitDir, rows, known)
  if (contents === undefined) return { kind: 'invalid', reasons: ['the changed files are too large'] }
  const decision = checkPatch(
    rows.map(row => ({ ...row, size: contents.get(row.path)?.length ?? 0 })),
    { ...rules, limits: PATCH_LIMITS, tracked: repository.paths, standing: standingIn(repository) },
  )
  if (decision.kind === 'refused') return { kind: 'invalid', reasons: decision.reasons }
  const counted = await countChanges({ gitDir, rows, applied: decision.applied, contents, rules })
  const dropped = [...decision.dropped, ...counted.dropped]
  if (decision.applied.length === 0 && dropped.length === 0) return { kind: 'empty' }
  return { kind: 'patch', patch: { diff, digest: sha256(diff), ...counted, dropped } }
}

/** Files and links that a sandbox starts with. */
function standingIn({ tree }: Repository): ReadonlySet<string> {
  return new Set(tree.entries.filter(entry => entry.kind !== 'directory').map(entry => entry.path))
}

/** Takes apart what `diff-tree -z --raw --patch` prints: rows ended by NUL, an empty one, then the patch. */
function splitRaw(output: Buffer): { rows: ChangedRow[]; diff: Buffer } {
  const rows: ChangedRow[] = []
  let offset = 0
  const next = (): string => {
    const end = output.indexOf(0, offset)
    const field = output.toString('utf8', offset, end)
    offset = end + 1
    return field
  }
  while (output[offset] === 0x3a) {
    const [, mode, before, blob, status] = next().slice(1).split(' ')
    const kind = status === 'A' ? 'added' : status === 'D' ? 'deleted' : 'modified'
    rows.push({ kind, mode: mode!, before: before!, blob: blob!, path: next() })
  }
  return { rows, diff: output.subarray(output[offset] === 0 ? offset + 1 : offset) }
}

/** Contents after the change by path; undefined if they are more than a patch may hold. */
async function contentsAfter(
  gitDir: string,
  rows: readonly ChangedRow[],
  known: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const wanted = rows.filter(row => row.mode.startsWith('100') && !known.has(row.path))
  const blobs = await readBlobs(
    gitDir,
    wanted.map(row => row.blob),
    PATCH_LIMITS.bytes,
  )
  return blobs && new Map([...known, ...wanted.map(row => [row.path, blobs.get(row.blob)!] as const)])
}

async function linesOf(repository: Repository, changes: Changes): Promise<ImportLine[]> {
  const modified = importLines(changes)
  const fresh = modified.map(line => line.path).filter(name => !repository.paths.has(name))
  const ignored = await findIgnored(repository.gitDir, repository.tree, fresh)
  return [
    ...changes.removed
      .filter(name => repository.paths.has(name))
      .map(name => ({ kind: 'delete' as const, path: name })),
    ...modified.filter(line => !ignored.has(line.path)),
  ]
}

function contentsOf(lines: readonly ImportLine[]): Map<string, Uint8Array> {
  return new Map(lines.flatMap(line => (line.kind === 'modify' ? [[line.path, line.content] as const] : [])))
}

/** A git directory for one patch, which borrows the repository's objects and leaves it untouched. */
export function openScratch(repository: Repository): { gitDir: string } & Disposable {
  const folder = openTemporary()
  const gitDir = folder.path
  fs.mkdirSync(path.join(gitDir, 'objects/info'), { recursive: true })
  fs.mkdirSync(path.join(gitDir, 'refs'))
  fs.writeFileSync(path.join(gitDir, 'HEAD'), 'ref: refs/heads/main\n')
  fs.writeFileSync(path.join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
  fs.writeFileSync(
    path.join(gitDir, 'objects/info/alternates'),
    `${path.join(repository.gitDir, 'objects')}\n`,
  )
  return { gitDir, [Symbol.dispose]: folder[Symbol.dispose] }
}
