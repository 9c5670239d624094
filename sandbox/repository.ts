import fs from 'node:fs'
import path from 'node:path'
import { joinFiles, readFolder, splitFiles } from './archive.ts'
import { SandboxError } from './errors.ts'
import { buildImport, git, gitOrThrow, type ImportLine, importCommit } from './git.ts'
import type { Files } from './sandbox.ts'
import { openTemporary } from './temporary.ts'

/** A task's repository on the host: what patches are measured against, and what a sandbox starts from. */
export interface Repository {
  /** A git directory that holds one commit and nothing else. */
  readonly gitDir: string
  readonly commit: string
  /** Every path of that commit. */
  readonly paths: ReadonlySet<string>
  /** The work tree as a sandbox gets it, `.git` with that one commit included. */
  readonly tree: Files
}

/**
 * Makes a repository of a work tree out of an image, in `folder`, which must not exist. Its history becomes one commit
 * made from contents alone: no earlier or later commit, reference, remote or loose object can come along. Files that the
 * tree ignores stay in the tree but not in the commit.
 */
export async function createRepository(folder: string, workTree: Files): Promise<Repository> {
  using temporary = openTemporary()
  const whole = path.join(temporary.path, 'repository')
  const gitDir = path.join(whole, 'repo.git')
  await gitOrThrow(['init', '--quiet', '--template=', '--initial-branch=main', '--bare', gitDir])
  const files = withoutGit(workTree)
  const tracked = await listTracked(temporary.path, workTree)
  const ignored = await findIgnored(gitDir, files, names(files))
  const lines = importLines(files).filter(line => tracked.has(line.path) || !ignored.has(line.path))
  const imported = await importCommit(gitDir, buildImport({ ref: 'refs/heads/main', lines }))
  if ('refused' in imported) {
    throw new SandboxError('task-unusable', `Cannot read the task's repository: ${imported.refused}`)
  }
  await gitOrThrow(['read-tree', 'main'], { gitDir })
  const tree = JSON.stringify({ commit: imported.commit, entries: files.entries })
  fs.writeFileSync(path.join(whole, 'tree.json'), tree)
  fs.writeFileSync(path.join(whole, 'tree.bin'), files.body)
  fs.mkdirSync(path.dirname(folder), { recursive: true })
  fs.rmSync(folder, { recursive: true, force: true })
  fs.renameSync(whole, folder)
  return await openRepository(folder)
}

/** Opens what `createRepository` made earlier. */
export async function openRepository(folder: string): Promise<Repository> {
  const gitDir = path.join(folder, 'repo.git')
  const { commit, entries } = JSON.parse(fs.readFileSync(path.join(folder, 'tree.json'), 'utf8'))
  const listed = await gitOrThrow(['ls-tree', '-r', '-z', '--name-only', commit], { gitDir })
  const files: Files = { entries, body: fs.readFileSync(path.join(folder, 'tree.bin')) }
  return {
    gitDir,
    commit,
    paths: new Set(listed.toString().split('\0').filter(Boolean)),
    tree: withGit(files, gitDir),
  }
}

/** Which of some new paths the repository's own rules ignore, as git decides it from the original tree. */
export async function findIgnored(
  gitDir: string,
  files: Files,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const rules = [...splitFiles(files)].filter(
    ({ entry }) => entry.kind === 'file' && path.basename(entry.path) === '.gitignore',
  )
  if (rules.length === 0 || paths.length === 0) return new Set()
  using folder = openTemporary()
  for (const { entry, content } of rules) {
    const file = path.join(folder.path, entry.path)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
  const { code, stdout, stderr } = await git(['check-ignore', '--no-index', '--stdin', '-z'], {
    gitDir,
    cwd: folder.path,
    env: { GIT_WORK_TREE: folder.path },
    // The names are an agent's, and one such as ":!x" would be an order to git without the folder before it.
    input: paths.map(name => `./${name}\0`).join(''),
  })
  if (code > 1) throw new SandboxError('git-failed', `"git check-ignore" failed with ${code}: ${stderr}`)
  return new Set(
    stdout
      .toString()
      .split('\0')
      .filter(Boolean)
      .map(name => name.slice(2)),
  )
}

/** A path that has a file or link above it which git does not know of: it could not be put in place. */
export function findBelowFile(
  repository: Repository,
  written: readonly string[],
  removed: readonly string[],
): string | undefined {
  const solid = new Set(
    repository.tree.entries.filter(entry => entry.kind !== 'directory').map(entry => entry.path),
  )
  for (const name of removed) solid.delete(name)
  return written.find(name => {
    const parts = name.split('/')
    return parts.some((_, index) => index > 0 && solid.has(parts.slice(0, index).join('/')))
  })
}

/** Files and links as lines of a commit. */
export function importLines(files: Files): (ImportLine & { kind: 'modify' })[] {
  return [...splitFiles(files)].flatMap(({ entry, content }) => {
    if (entry.kind === 'symlink') {
      return {
        kind: 'modify' as const,
        mode: '120000' as const,
        path: entry.path,
        content: Buffer.from(entry.target ?? ''),
      }
    }
    if (entry.kind !== 'file') return []
    const mode = entry.mode & 0o100 ? ('100755' as const) : ('100644' as const)
    return { kind: 'modify' as const, mode, path: entry.path, content }
  })
}

function names(files: Files): string[] {
  return files.entries
    .filter(entry => entry.kind === 'file' || entry.kind === 'symlink')
    .map(entry => entry.path)
}

/** What the image's own index tracks, so that a tracked file counts even where a rule would ignore it. */
async function listTracked(temporary: string, workTree: Files): Promise<ReadonlySet<string>> {
  const index = [...splitFiles(workTree)].find(
    ({ entry }) => entry.path === '.git/index' && entry.kind === 'file',
  )
  if (index === undefined) return new Set()
  const gitDir = path.join(temporary, 'image.git')
  await gitOrThrow(['init', '--quiet', '--template=', '--bare', gitDir])
  fs.writeFileSync(path.join(gitDir, 'index'), index.content)
  const { code, stdout } = await git(['ls-files', '-z'], { gitDir })
  fs.rmSync(gitDir, { recursive: true })
  return new Set(code === 0 ? stdout.toString().split('\0').filter(Boolean) : [])
}

function withoutGit(files: Files): Files {
  const kept = [...splitFiles(files)].filter(
    ({ entry }) => entry.path !== '.git' && !entry.path.startsWith('.git/'),
  )
  return { entries: kept.map(({ entry }) => entry), body: Buffer.concat(kept.map(({ content }) => content)) }
}

function withGit(files: Files, gitDir: string): Files {
  const own = readFolder(gitDir)
  const config = Buffer.from(
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[user]\n\tname = agent\n\temail = agent@example.invalid\n',
  )
  const kept = [...splitFiles(own)].filter(({ entry }) => entry.path !== 'config')
  const dotGit = joinFiles([
    ...kept.map(({ entry, content }) => ({ path: `.git/${entry.path}`, mode: 0o644, content })),
    { path: '.git/config', mode: 0o644, content: config },
  ])
  const folders = ['.git', '.git/refs', '.git/refs/tags', '.git/objects', '.git/objects/info'].map(name => ({
    path: name,
    kind: 'directory' as const,
    mode: 0o755,
    size: 0,
  }))
  return {
    entries: [...files.entries, ...folders, ...dotGit.entries],
    body: Buffer.concat([files.body, dotGit.body]),
  }
}
