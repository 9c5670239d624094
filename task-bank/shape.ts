import fs from 'node:fs'
import path from 'node:path'

const FILES = [
  'task.toml',
  'instruction.md',
  'README.md',
  'trajectory.json',
  'environment/Dockerfile',
  'environment/docker-compose.yaml',
  'tests/Dockerfile',
  'tests/docker-compose.yaml',
  'tests/test.sh',
  'solution/solve.sh',
]
const OF_STEP = {
  folders: ['tests', 'solution', 'workdir'],
  files: [
    'instruction.md',
    'tests/test.sh',
    'tests/Dockerfile',
    'tests/docker-compose.yaml',
    'solution/solve.sh',
    'workdir/setup.sh',
  ],
}
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
  const all = (folders: readonly string[], files: readonly string[]): string[] => [
    ...folders.flatMap(name => check(name, stat => stat.isDirectory(), 'folder')),
    ...files.flatMap(name => check(name, stat => stat.isFile(), 'file')),
  ]
  const whole = all(FOLDERS, FILES)
  if (whole.length > 0 || !isThere(path.join(root, 'steps'))) return whole
  return fs.readdirSync(path.join(root, 'steps')).flatMap(step => {
    const own = all([`steps/${step}`], [])
    const below = (name: string): string => `steps/${step}/${name}`
    return own.length > 0 ? own : all(OF_STEP.folders.map(below), OF_STEP.files.map(below))
  })
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
