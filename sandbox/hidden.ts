import fs from 'node:fs'
import path from 'node:path'
import type { Task } from '../task-bank/task.ts'
import { splitFiles } from './archive.ts'
import { listFiles } from './digest.ts'
import type { PreparedTask } from './prepare.ts'
import type { HiddenLine, HiddenText } from './shingles.ts'

/** Data beyond this is told by its beginning. */
const MAX_FILE_BYTES = 2 ** 19
const MAX_BYTES = 2 ** 23

/** Everything that an agent must not see of a task: the files of its tests and of its reference. */
export function listHidden({ folder }: Pick<Task, 'folder'>): HiddenText[] {
  const texts: HiddenText[] = []
  let left = MAX_BYTES
  const steps = path.join(folder, 'steps')
  const owners = ['', ...(fs.existsSync(steps) ? fs.readdirSync(steps).map(name => `steps/${name}/`) : [])]
  for (const part of owners.flatMap(owner => [`${owner}tests`, `${owner}solution`])) {
    const root = path.join(folder, part)
    for (const name of fs.existsSync(root) ? listFiles(root) : []) {
      const bytes = fs.readFileSync(path.join(root, name)).subarray(0, Math.min(MAX_FILE_BYTES, left))
      left -= bytes.length
      const file = `${part}/${name}`
      const lines = bytes.toString('latin1').split('\n')
      if (/\.(patch|diff)$/.test(name)) texts.push(...readHunks(file, lines))
      texts.push({ file, lines: toLines(lines.map((text, index) => ({ number: index + 1, text }))) })
    }
  }
  return texts
}

/** What everybody may see: the statement, and the repository as an agent gets it, without what git does not track. */
export function listGiven({ task, repository }: PreparedTask): Uint8Array[] {
  const tracked =
    repository === undefined
      ? []
      : [...splitFiles(repository.tree)].filter(({ entry }) => repository.paths.has(entry.path))
  const statements = [task, ...task.steps.map(step => step.task)].map(one => Buffer.from(one.instruction))
  return [...statements, ...tracked.map(({ content }) => content)]
}

/** Each place that a diff changes, as it looks afterwards: a copy of the repaired file has no plus signs. */
function readHunks(file: string, lines: readonly string[]): HiddenText[] {
  const hunks: { number: number; text: string }[][] = []
  let inside = false
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('@@')) hunks.push([])
    inside = line.startsWith('@@') || (inside && /^[ +\-\\]/.test(line))
    if (inside && /^[ +]/.test(line)) hunks.at(-1)?.push({ number: index + 1, text: line.slice(1) })
  }
  return hunks.map(hunk => ({ file, lines: toLines(hunk) }))
}

const COMMON =
  /^\s*(#|\/\/|\/\*|\*(\s|\/|$)|--|import\b|from\b.*\bimport\b|use\b|using\b|package\b|export\s*(\{|\*))/
const REQUIRED = /^\s*(const|let|var)\b.*=\s*require\(/
const MAIN = /^\s*if\b.*(__name__|import\.meta\.(main|url))/
/** Of longer lines only so much is searched: it takes the cube of their length. */
const MAX_IMPORT = 500
const OPENS = /^\s*(import\b|from\b.*\bimport\b|export\s*\{)[^)}]*[({][^)}]*$/

/** Marks what honest files share, such as imports and comments, and where a function, test or the like begins. */
function toLines(lines: readonly { number: number; text: string }[]): HiddenLine[] {
  let open = false
  let block = 0
  let blank = true
  return lines.map(line => {
    const common = open || COMMON.test(line.text) || REQUIRED.test(line.text) || MAIN.test(line.text)
    open = open ? !/[)}]/.test(line.text) : OPENS.test(line.text.slice(0, MAX_IMPORT))
    if (blank && /^[\w@]/.test(line.text)) block += 1
    blank = line.text.trim() === ''
    return { ...line, block, common }
  })
}
