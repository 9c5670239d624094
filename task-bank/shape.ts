import fs from 'node:fs'
import path from 'node:path'

const FILES = [
  'task.toml',
  'instruction.md',
  'README.md',
  'trajectory.json',
  'environment/Dockerfile',
  'environment/recipe.json',
  'environment/docker-compose.yaml',
  'tests/Dockerfile',
  'tests/docker-compose.yaml',
  'tests/test.sh',
  'tests/config.json',
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
  const root = fs.realpathSync.native(folder)
  const links = new Set<string>()
  const check = (name: string, kind: 'file' | 'folder'): string[] => {
    const file = `${root}/${name}`
    const stat = look(file)
    if (stat === undefined) return []
    if (stat.isSymbolicLink()) links.add(name)
    // Where no link is on the way, it is what it seems.
    if (!links.has(name) && !links.has(path.dirname(name)))
      return isOf(stat, kind) ? [] : [complaint(name, kind)]
    const real = realPath(file)
    if (real === undefined) return [`${name}: a link that leads nowhere`]
    if (!real.startsWith(`${root}${path.sep}`)) return [`${name}: leads out of the task's folder`]
    return isOf(fs.statSync(real), kind) ? [] : [complaint(name, kind)]
  }
  const all = (folders: readonly string[], files: readonly string[]): string[] => [
    ...folders.flatMap(name => check(name, 'folder')),
    ...files.flatMap(name => check(name, 'file')),
  ]
  const whole = all(FOLDERS, FILES)
  if (whole.length > 0 || look(path.join(root, 'steps')) === undefined) return whole
  return fs.readdirSync(path.join(root, 'steps')).flatMap(step => {
    const own = all([`steps/${step}`], [])
    const below = (name: string): string => `steps/${step}/${name}`
    return own.length > 0 ? own : all(OF_STEP.folders.map(below), OF_STEP.files.map(below))
  })
}

function isOf(stat: fs.Stats, kind: 'file' | 'folder'): boolean {
  return kind === 'file' ? stat.isFile() : stat.isDirectory()
}

function complaint(name: string, kind: string): string {
  return `${name}: is not a ${kind}`
}

/** What is by that name, be it a broken link. */
function look(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })
  } catch {
    // Something above it is in the way, and is complained of itself.
    return undefined
  }
}

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync.native(file)
  } catch {
    return undefined
  }
}
