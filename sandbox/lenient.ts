import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { touchedBy } from '../task-bank/swebench/touched.ts'
import { readFolder } from './archive.ts'
import { git, gitOrThrow } from './git.ts'
import { type PatchOutcome, type PathRules, patchFromDiff, patchFromTree } from './patch.ts'
import { plainDiff } from './plain-diff.ts'
import { PATCH_LIMITS } from './policy.ts'
import type { Repository } from './repository.ts'
import { openTemporary } from './temporary.ts'

const SECONDS = 20

/**
 * The patch that a model's diff amounts to, taken as the harnesses of the SWE-bench family take it: as git applies it; if that
 * fails, by a three-way merge; then as `patch` applies it with some fuzz; and a diff that is in the repository already changes
 * nothing. All of it on the host, from contents alone.
 */
export async function patchFromModel(
  repository: Repository,
  diff: Uint8Array,
  rules: PathRules,
): Promise<PatchOutcome> {
  const exact = await patchFromDiff(repository, diff, rules)
  if (!doesNotApply(exact)) return exact
  const merged = await patchFromDiff(repository, diff, rules, ['--3way'])
  if (!doesNotApply(merged)) return merged
  const fuzzy = await patchWithFuzz(repository, diff, rules)
  if (fuzzy !== undefined) return fuzzy
  const reversed = await patchFromDiff(repository, diff, rules, ['--reverse'])
  return doesNotApply(reversed) ? exact : { kind: 'empty' }
}

function doesNotApply(outcome: PatchOutcome): boolean {
  return (
    outcome.kind === 'invalid' &&
    outcome.reasons.every(reason => reason.startsWith('the diff does not apply'))
  )
}

/** undefined if it does not apply so either, or this machine has no `patch`. */
async function patchWithFuzz(
  repository: Repository,
  diff: Uint8Array,
  rules: PathRules,
): Promise<PatchOutcome | undefined> {
  const plain = plainDiff(Buffer.from(diff).toString('latin1'))
  if (plain === undefined) return undefined
  const input = Buffer.from(plain, 'latin1')
  const touched = touchedBy(input.toString()).filter(isInside)
  if (touched.length > PATCH_LIMITS.files) return undefined
  const there = touched.filter(name => repository.paths.has(name))
  using temporary = openTemporary()
  const { gitDir } = repository
  const tree = path.join(temporary.path, 'tree')
  fs.mkdirSync(tree)
  const index = { GIT_INDEX_FILE: path.join(temporary.path, 'index'), GIT_WORK_TREE: tree }
  await gitOrThrow(['read-tree', repository.commit], { gitDir, env: index })
  // Links become files, so that nothing can be written through one.
  const args = ['-c', 'core.symlinks=false', 'checkout-index', `--prefix=${tree}/`, '-z', '--stdin']
  const written = await git(args, { gitDir, env: index, input: there.map(name => `${name}\0`).join('') })
  if (written.code !== 0) return undefined
  const options = ['--unified', '--force', '--fuzz=5', '-p1', '--no-backup-if-mismatch', '--reject-file=-']
  const applied = await execa('patch', [...options, '--directory', tree], {
    input,
    reject: false,
    timeout: SECONDS * 1000,
    maxBuffer: 2 ** 20,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    extendEnv: false,
  })
  if (applied.exitCode !== 0) return undefined
  const files = readFolder(tree)
  const left = new Set(files.entries.map(entry => entry.path))
  const removed = there.filter(name => !left.has(name))
  return await patchFromTree(repository, { ...files, removed, truncated: false }, rules)
}

function isInside(name: string): boolean {
  return !name
    .split('/')
    .some(part => part === '' || part === '.' || part === '..' || part === '.git' || part.includes('\0'))
}
