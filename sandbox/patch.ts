import fs from 'node:fs'
import path from 'node:path'
import { sha256 } from './digest.ts'
import { buildImport, git, gitOrThrow, type ImportLine, importCommit } from './git.ts'
import { type Change, checkPatch, PATCH_LIMITS } from './policy.ts'
import { findBelowFile, findIgnored, importLines, type Repository } from './repository.ts'
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
  /** Changed paths that a patch may not touch and that were therefore left as they were. */
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
}

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
  return await patchFromCommit(repository, scratch.gitDir, imported.commit, rules, contentsOf(lines))
}

/** The patch that a unified diff amounts to, as `git apply` takes it. */
export async function patchFromDiff(
  repository: Repository,
  diff: Uint8Array,
  rules: PathRules,
): Promise<PatchOutcome> {
  if (diff.length > PATCH_LIMITS.bytes)
    return { kind: 'invalid', reasons: [`the diff has ${diff.length} bytes, ${PATCH_LIMITS.bytes} may be`] }
  if (Buffer.from(diff).toString().trim() === '') return { kind: 'empty' }
  using scratch = openScratch(repository)
  const { gitDir } = scratch
  await gitOrThrow(['read-tree', repository.commit], { gitDir })
  const applied = await git(['apply', '--cached', '--whitespace=nowarn', '-'], {
    gitDir,
    input: diff,
    foreign: true,
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
  const tree = (await gitOrThrow(['write-tree'], { gitDir })).toString().trim()
  return await patchFromCommit(repository, gitDir, tree, rules, new Map())
}

async function patchFromCommit(
  repository: Repository,
  gitDir: string,
  changed: string,
  rules: PathRules,
  known: ReadonlyMap<string, Uint8Array>,
): Promise<PatchOutcome> {
  const output = await git(
    [
      'diff-tree',
      '-r',
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
      repository.commit,
      changed,
    ],
    { gitDir, maxBytes: 4 * PATCH_LIMITS.bytes, foreign: true },
  )
  if (output.code !== 0) return { kind: 'invalid', reasons: ['the diff is too large'] }
  const { rows, diff } = splitRaw(output.stdout)
  if (rows.length === 0) return { kind: 'empty' }
  const hostile = checkPatch(
    rows.map(row => ({ ...row, size: 0 })),
    { ...rules, limits: PATCH_LIMITS },
  )
  if (hostile.kind === 'refused') return { kind: 'invalid', reasons: hostile.reasons }
  const contents = await readBlobs(gitDir, rows, known)
  if (contents === undefined) return { kind: 'invalid', reasons: ['the changed files are too large'] }
  const changes = rows.map(row => ({ ...row, size: contents.get(row.path)?.length ?? 0 }))
  const decision = checkPatch(changes, { ...rules, limits: PATCH_LIMITS })
  if (decision.kind === 'refused') return { kind: 'invalid', reasons: decision.reasons }
  const written = decision.applied.filter(change => change.kind !== 'deleted')
  const removed = decision.applied.filter(change => change.kind === 'deleted').map(change => change.path)
  const below = findBelowFile(
    repository,
    written.map(change => change.path),
    removed,
  )
  if (below !== undefined) return { kind: 'invalid', reasons: [`${JSON.stringify(below)} lies below a file`] }
  const patch: Patch = {
    diff,
    digest: sha256(diff),
    files: {
      entries: written.map(({ path: name, mode, size }) => ({
        path: name,
        kind: 'file',
        mode: mode === '100755' ? 0o755 : 0o644,
        size,
      })),
      body: Buffer.concat(written.map(({ path: name }) => contents.get(name)!)),
    },
    removed,
    dropped: decision.dropped,
  }
  return decision.applied.length === 0 && decision.dropped.length === 0
    ? { kind: 'empty' }
    : { kind: 'patch', patch }
}

type Row = Omit<Change, 'size'>

/** Takes apart what `diff-tree -z --raw --patch` prints: rows ended by NUL, an empty one, then the patch. */
function splitRaw(output: Buffer): { rows: Row[]; diff: Buffer } {
  const rows: Row[] = []
  let offset = 0
  const next = (): string => {
    const end = output.indexOf(0, offset)
    const field = output.toString('utf8', offset, end)
    offset = end + 1
    return field
  }
  while (output[offset] === 0x3a) {
    const [, mode, , blob, status] = next().slice(1).split(' ')
    const kind = status === 'A' ? 'added' : status === 'D' ? 'deleted' : 'modified'
    rows.push({ kind, mode: mode!, blob: blob!, path: next() })
  }
  return { rows, diff: output.subarray(output[offset] === 0 ? offset + 1 : offset) }
}

/** Contents after the change by path; undefined if they are more than a patch may hold. */
async function readBlobs(
  gitDir: string,
  rows: readonly Row[],
  known: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const contents = new Map(known)
  const wanted = rows.filter(row => row.kind !== 'deleted' && !contents.has(row.path))
  if (wanted.length === 0) return contents
  const ids = wanted.map(row => row.blob).join('\n')
  const sizes = await gitOrThrow(['cat-file', '--batch-check=%(objectsize)'], { gitDir, input: `${ids}\n` })
  const total = sizes
    .toString()
    .split('\n')
    .reduce((sum, line) => sum + Number(line), 0)
  if (!(total <= PATCH_LIMITS.bytes)) return undefined
  const output = await gitOrThrow(['cat-file', '--batch'], { gitDir, input: `${ids}\n` })
  let offset = 0
  for (const row of wanted) {
    const end = output.indexOf(0x0a, offset)
    const size = Number(output.toString('latin1', offset, end).split(' ')[2])
    contents.set(row.path, output.subarray(end + 1, end + 1 + size))
    offset = end + 1 + size + 1
  }
  return contents
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
function openScratch(repository: Repository): { gitDir: string } & Disposable {
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
