import fs from 'node:fs'
import path from 'node:path'
import { SandboxError } from '../../sandbox/errors.ts'
import { git, gitOrThrow } from '../../sandbox/git.ts'
import { openTemporary } from '../../sandbox/temporary.ts'
import { COMMIT_FORMAT, type Commit, readCommits } from '../../task-bank/history/commits.ts'

/** A foreign repository, read through a git directory of our own: none of its configuration, hooks and replacements counts. */
export interface SourceRepository extends Disposable {
  readonly name: string
  readonly gitDir: string
  /** The commit from which its past is read. */
  readonly head: string
}

/** What is given is no repository, or has no such revision. */
export class SourceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SourceError'
  }
}

/**
 * Opens a repository for reading: its objects are borrowed, nothing is written to it.
 *
 * @throws SourceError if there is none, or if it has no such revision
 */
export async function openSource(
  folder: string,
  options: { revision: string; name: string | undefined },
): Promise<SourceRepository> {
  const ask = async (...args: string[]): Promise<string | undefined> => {
    // A repository of another user is only asked where things lie, which starts no program.
    const { code, stdout } = await git(['-c', 'safe.directory=*', ...args], { cwd: folder })
    return code === 0 ? stdout.toString().replace(/\n$/, '') : undefined
  }
  const common = fs.existsSync(folder)
    ? await ask('rev-parse', '--path-format=absolute', '--git-common-dir')
    : undefined
  const objects = await (common === undefined
    ? undefined
    : ask('rev-parse', '--path-format=absolute', '--git-path', 'objects'))
  if (common === undefined || objects === undefined)
    throw new SourceError(`Cannot read ${folder}: it is not a git repository`)
  const head = await ask(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${options.revision}^{commit}`,
  )
  if (head === undefined)
    throw new SourceError(`Cannot read ${folder}: it has no commit "${options.revision}"`)
  const format = (await ask('rev-parse', '--show-object-format')) ?? 'sha1'
  const name = options.name ?? nameOf((await ask('config', '--get', 'remote.origin.url')) ?? common)
  const temporary = openTemporary()
  try {
    const gitDir = path.join(temporary.path, 'source.git')
    await gitOrThrow(['init', '--quiet', '--template=', '--bare', `--object-format=${format}`, gitDir])
    fs.mkdirSync(path.join(gitDir, 'objects/info'), { recursive: true })
    fs.writeFileSync(path.join(gitDir, 'objects/info/alternates'), `${objects}\n`)
    const shallow = path.join(common, 'shallow')
    if (fs.existsSync(shallow)) fs.copyFileSync(shallow, path.join(gitDir, 'shallow'))
    return { name, gitDir, head, [Symbol.dispose]: () => temporary[Symbol.dispose]() }
  } catch (error) {
    temporary[Symbol.dispose]()
    throw error
  }
}

/** The last part of an address or a path, in letters that a task's name may have. */
function nameOf(place: string): string {
  const parts = place.replace(/(\/\.git|\.git)?\/*$/, '').split(/[/:\\]/)
  const name = (parts.at(-1) ?? '')
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
  return name.replace(/\.{2,}/g, '.').slice(0, 60) || 'repository'
}

/** Commits are read so many at a time: their changes may be large. */
const BATCH = 200
const MAX_BATCH_BYTES = 2 ** 26

/** The past of a repository, newest first. Of commits whose list of changes is beyond all measure, that list is empty. */
export async function listCommits(
  { gitDir, head }: SourceRepository,
  options: { since: string | undefined; limit: number | undefined; firstParent: boolean },
): Promise<Commit[]> {
  const { since, limit, firstParent } = options
  const walk = [
    'rev-list',
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    // A day alone would begin at the hour that it is now.
    ...(since === undefined
      ? []
      : [`--since=${/^\d{4}-\d\d-\d\d$/.test(since) ? `${since}T00:00:00Z` : since}`]),
    ...(firstParent ? ['--first-parent'] : []),
    head,
  ]
  const ids = (await gitOrThrow(walk, { gitDir, seconds: 600 })).toString().split('\n').filter(Boolean)
  const commits: Commit[] = []
  for (let at = 0; at < ids.length; at += BATCH) {
    commits.push(...(await readBatch(gitDir, ids.slice(at, at + BATCH), firstParent)))
  }
  return commits
}

async function readBatch(gitDir: string, ids: readonly string[], firstParent: boolean): Promise<Commit[]> {
  const read = (more: readonly string[]) =>
    git(
      [
        '-c',
        'log.showSignature=false',
        '-c',
        'i18n.logOutputEncoding=UTF-8',
        'log',
        '--no-walk=unsorted',
        '--stdin',
        '-z',
        ...more,
        `--format=${COMMIT_FORMAT}`,
      ],
      { gitDir, input: `${ids.join('\n')}\n`, maxBytes: MAX_BATCH_BYTES, foreign: true, seconds: 120 },
    )
  const changes = ['--raw', '--no-abbrev', '--no-renames', '--no-ext-diff', '--no-textconv']
  const found = await read([...changes, ...(firstParent ? ['-m', '--first-parent'] : [])])
  const commits = found.code === 0 ? readCommits(found.stdout) : undefined
  if (commits !== undefined) return commits
  if (ids.length > 1) {
    const middle = Math.ceil(ids.length / 2)
    return [
      ...(await readBatch(gitDir, ids.slice(0, middle), firstParent)),
      ...(await readBatch(gitDir, ids.slice(middle), firstParent)),
    ]
  }
  const bare = await read(['-s'])
  const commit = bare.code === 0 ? readCommits(bare.stdout)?.[0] : undefined
  if (commit === undefined)
    throw new SandboxError('git-failed', `Cannot read commit ${ids[0]}: ${found.stderr || bare.stderr}`)
  return [commit]
}
