import fs from 'node:fs'
import path from 'node:path'
import { splitFiles, unpackFolder } from './archive.ts'
import type { Engine } from './engine.ts'
import { git, gitOrThrow } from './git.ts'
import { labelsOf } from './owner.ts'
import type { PreparedTask } from './prepare.ts'
import { openTemporary } from './temporary.ts'

const MAX_PACKED = 2 ** 30
const MAX_BYTES = 2 ** 26
/** All that a folder of objects needs; what else lies there could make git look elsewhere. */
const OBJECTS = /^([0-9a-f]{2}\/[0-9a-f]{38,62}|pack\/pack-[0-9a-f]{40,64}\.(pack|idx))$/

/**
 * Every object of the git repository in a task's image, commits that nothing names included, one after the other as
 * `git cat-file --batch` writes them; at most 64 MiB. Empty if the image has no repository there.
 */
export async function readHistory(
  engine: Engine,
  { image, workdir, task }: Pick<PreparedTask, 'image' | 'workdir' | 'task'>,
  run: string,
): Promise<Buffer> {
  const labels = labelsOf({ run, role: 'preparation', seconds: 600, now: Date.now() })
  await using stopped = await engine.openStopped({ image: image.id, labels, mounts: [] })
  const archive = await stopped.readArchive(path.posix.join(workdir, '.git/objects'))
  if (archive === undefined) return Buffer.alloc(0)
  using temporary = openTemporary()
  const gitDir = path.join(temporary.path, `${task.digest.slice(0, 8)}.git`)
  await gitOrThrow(['init', '--quiet', '--template=', '--bare', gitDir])
  for (const { entry, content } of splitFiles(await unpackFolder(archive, MAX_PACKED))) {
    if (entry.kind !== 'file' || !OBJECTS.test(entry.path)) continue
    const file = path.join(gitDir, 'objects', entry.path)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
  const { stdout } = await git(['cat-file', '--batch-all-objects', '--batch', '--unordered'], {
    gitDir,
    foreign: true,
    maxBytes: MAX_BYTES,
  })
  return stdout
}
