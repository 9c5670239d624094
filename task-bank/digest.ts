import { createHash, hash } from 'node:crypto'
import fs from 'node:fs'

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

/** Files are read piece by piece into one place: ten thousand tasks would keep the garbage collector busy. */
const PIECE = Buffer.allocUnsafe(2 ** 18)

/**
 * Digest of a task folder as Harbor's packager makes it: SHA-256 over the sorted lines "path, NUL, SHA-256 of the file,
 * newline" of the task's files.
 */
export function digestTask(folder: string): string {
  const lines = listTaskFiles(folder).map(file => `${file}\0${digestFile(`${folder}/${file}`)}\n`)
  return hash('sha256', lines.join(''))
}

/** Relative paths of all files that belong to a task, sorted. */
export function listTaskFiles(folder: string): string[] {
  const files: string[] = []
  for (const part of PARTS) {
    const stat = fs.statSync(`${folder}/${part}`, { throwIfNoEntry: false })
    if (stat?.isFile()) files.push(part)
    else if (stat?.isDirectory()) collect(folder, part, files)
  }
  return files.sort()
}

function collect(folder: string, below: string, files: string[]): void {
  for (const entry of fs.readdirSync(`${folder}/${below}`, { withFileTypes: true })) {
    const name = `${below}/${entry.name}`
    if (IGNORED.test(name)) continue
    if (entry.isFile()) files.push(name)
    else if (entry.isDirectory()) collect(folder, name, files)
  }
}

function digestFile(file: string): string {
  const descriptor = fs.openSync(file, 'r')
  try {
    let length = fs.readSync(descriptor, PIECE, 0, PIECE.length, null)
    if (length < PIECE.length && fs.fstatSync(descriptor).size === length)
      return hash('sha256', PIECE.subarray(0, length))
    const whole = createHash('sha256')
    for (; length > 0; length = fs.readSync(descriptor, PIECE, 0, PIECE.length, null))
      whole.update(PIECE.subarray(0, length))
    return whole.digest('hex')
  } finally {
    fs.closeSync(descriptor)
  }
}
