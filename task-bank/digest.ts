import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const PARTS = [
  'task.toml',
  'instruction.md',
  'README.md',
  'trajectory.json',
  'environment',
  'tests',
  'solution',
  'steps',
]
const IGNORED = /(^|\/)(__pycache__|\.git|\.DS_Store|node_modules|\.venv)(\/|$)|\.pyc$/

/**
 * Digest of a task folder as Harbor's packager makes it: SHA-256 over the sorted lines "path, NUL, SHA-256 of the file,
 * newline" of the task's files.
 */
export function digestTask(folder: string): string {
  const hash = createHash('sha256')
  for (const file of listTaskFiles(folder)) {
    hash.update(
      `${file}\0${createHash('sha256')
        .update(fs.readFileSync(path.join(folder, file)))
        .digest('hex')}\n`,
    )
  }
  return hash.digest('hex')
}

/** Relative paths of all files that belong to a task, sorted. */
export function listTaskFiles(folder: string): string[] {
  return PARTS.flatMap(part => {
    const stat = fs.statSync(path.join(folder, part), { throwIfNoEntry: false })
    if (stat?.isFile()) return [part]
    if (!stat?.isDirectory()) return []
    return fs
      .readdirSync(path.join(folder, part), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
  })
    .filter(file => !IGNORED.test(file))
    .sort()
}
