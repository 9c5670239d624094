import fs from 'node:fs'
import path from 'node:path'

const FILES = [
  'task.toml',
  'instruction.md',
  'README.md',
  'trajectory.json',
  'environment/Dockerfile',
  'environment/recipe.json',
  'tests/test.sh',
  'tests/config.json',
  'solution/solve.sh',
]
const FOLDERS = ['environment', 'tests', 'solution', 'steps']

/** What in a task's folder is not what its name says: no file, no folder, or a link that leads out of the task. */
export function checkShape(folder: string): string[] {
  const root = fs.realpathSync(folder)
  const check = (name: string, isRight: (stat: fs.Stats) => boolean, kind: string): string[] => {
    const file = path.join(root, name)
    if (!isThere(file)) return []
    const real = realPath(file)
    if (real === undefined) return [`${name}: a link that leads nowhere`]
    if (!real.startsWith(`${root}${path.sep}`)) return [`${name}: leads out of the task's folder`]
    return isRight(fs.statSync(real)) ? [] : [`${name}: is not a ${kind}`]
  }
  return [
    ...FOLDERS.flatMap(name => check(name, stat => stat.isDirectory(), 'folder')),
    ...FILES.flatMap(name => check(name, stat => stat.isFile(), 'file')),
  ]
}

/** Whether there is anything by that name, be it a broken link. */
function isThere(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Something above it is in the way, and is complained of itself.
    return false
  }
}

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync(file)
  } catch {
    return undefined
  }
}
