import { assetFiles, type Row } from '../task-bank/swebench/row.ts'
import type { LaidFile, LaidTests } from '../task-bank/task.ts'
import { SandboxError } from './errors.ts'
import { git, gitOrThrow, readBlobs } from './git.ts'
import { openScratch } from './patch.ts'
import type { Repository } from './repository.ts'

const MAX_BYTES = 2 ** 28

/**
 * What a test patch makes of a repository, file by file.
 *
 * @throws SandboxError `task-unusable` if it does not apply
 */
export async function layTests(repository: Repository, row: Row, task: string): Promise<LaidTests> {
  using scratch = openScratch(repository)
  const { gitDir } = scratch
  await gitOrThrow(['read-tree', repository.commit], { gitDir })
  const apply = ['apply', '--cached', '--whitespace=nowarn', '-']
  const applied = await git(apply, { gitDir, input: row.test_patch, foreign: true })
  if (applied.code !== 0)
    throw new SandboxError(
      'task-unusable',
      `Cannot use task "${task}": its test_patch does not apply to the repository in its image: ${applied.stderr.split('\n')[0]}`,
    )
  const compare = ['diff-index', '--cached', '--raw', '-z', '--no-abbrev', '--no-renames', repository.commit]
  const rows = readRaw((await gitOrThrow(compare, { gitDir })).toString())
  const blobs = await readBlobs(
    gitDir,
    [...new Set(rows.flatMap(row => [row.before, row.after]).flatMap(side => side?.blob ?? []))],
    MAX_BYTES,
  )
  if (blobs === undefined)
    throw new SandboxError('task-unusable', `Cannot use task "${task}": its test_patch is too large`)
  const lay = (side: 'before' | 'after'): LaidFile[] =>
    rows.flatMap(row => {
      const there = row[side]
      return there === undefined
        ? []
        : [{ path: row.path, mode: there.mode, content: blobs.get(there.blob)! }]
    })
  return { before: lay('before'), after: [...lay('after'), ...assetFiles(row)] }
}

interface Side {
  readonly mode: number
  readonly blob: string
}

/** Rows of `git diff-index --raw -z`: `:mode mode blob blob status`, NUL, path, NUL. */
function readRaw(output: string): { path: string; before: Side | undefined; after: Side | undefined }[] {
  const fields = output.split('\0')
  const side = (mode: string, blob: string): Side | undefined =>
    mode.startsWith('100') ? { mode: mode === '100755' ? 0o755 : 0o644, blob } : undefined
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => {
    const [oldMode, newMode, oldBlob, newBlob] = fields[2 * index]!.slice(1).split(' ')
    return { path: fields[2 * index + 1]!, before: side(oldMode!, oldBlob!), after: side(newMode!, newBlob!) }
  })
}
