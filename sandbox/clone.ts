import fs from 'node:fs'
import path from 'node:path'
import { SandboxError } from './errors.ts'
import { git, gitOrThrow } from './git.ts'
import { openTemporary } from './temporary.ts'

/** A repository at one commit, as it lies in its history: no rule for archives leaves anything out or changes it. */
export interface Snapshot {
  /** A tar of the work tree. */
  readonly tree: Buffer
  /** A git index of it: it tells what is tracked. */
  readonly index: Buffer
}

/**
 * Takes a commit out of a local clone, bare or not, without changing anything there.
 *
 * @throws SandboxError `task-unusable` if there is no such clone or commit
 */
export async function readCommit(clone: string, commit: string): Promise<Snapshot> {
  const objects = [path.join(clone, 'objects'), path.join(clone, '.git/objects')].find(folder =>
    fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory(),
  )
  if (objects === undefined)
    throw new SandboxError('task-unusable', `Cannot find a git repository in ${clone}: clone it there first`)
  using temporary = openTemporary()
  const gitDir = path.join(temporary.path, 'borrowed.git')
  await gitOrThrow(['init', '--quiet', '--template=', '--bare', gitDir])
  fs.mkdirSync(path.join(gitDir, 'info'), { recursive: true })
  fs.writeFileSync(path.join(gitDir, 'objects/info/alternates'), `${path.resolve(objects)}\n`)
  fs.writeFileSync(path.join(gitDir, 'info/attributes'), '* -export-ignore -export-subst -text -ident\n')
  const { code } = await git(['cat-file', '-e', `${commit}^{commit}`], { gitDir })
  if (code !== 0)
    throw new SandboxError(
      'task-unusable',
      `Cannot find the commit ${commit} in ${clone}: "git -C ${clone} fetch --all" may bring it`,
    )
  await gitOrThrow(['read-tree', commit], { gitDir })
  const tree = await gitOrThrow(['archive', '--format=tar', commit], {
    gitDir,
    maxBytes: 2 ** 30,
    seconds: 300,
  })
  return { tree, index: fs.readFileSync(path.join(gitDir, 'index')) }
}
