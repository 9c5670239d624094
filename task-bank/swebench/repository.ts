import fs from 'node:fs'
import path from 'node:path'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { TaskError } from '../errors.ts'
import { parseRows, type Row } from './row.ts'

const Config = z.looseObject({
  datasets: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]),
  splits: z.array(z.string()).min(1).default(['test']),
})

/** Columns that have a file of their own. */
const FILES = {
  patch: 'gold.patch',
  test_patch: 'test.patch',
  problem_statement: 'problem_statement.md',
  eval_script: 'eval.sh',
  hints_text: 'hints.md',
} as const
/** What a Dockerfile of a task must not see, or has no use for. */
const NOT_BUILT = [...Object.values(FILES), 'task.yaml', 'tests.json', 'test_assets', 'problem_assets']
const MAX_BUILD_BYTES = 2 ** 24
const OPTIONAL = new Set<string>(['hints_text', 'eval_script'])

/** Whether a folder is a task repository of version 5: it says so itself, or its tasks do. */
export function isTaskRepository(folder: string): boolean {
  return (
    fs.existsSync(path.join(folder, 'sweb.yaml')) ||
    (!fs.existsSync(path.join(folder, 'task.toml')) && listTasks(folder).length > 0)
  )
}

/**
 * Reads a task repository: `sweb.yaml`, and `tasks/<id>/` with `task.yaml`, `tests.json` and a file for each long text. Tasks
 * whose split is not published are left out unless they are named.
 *
 * @throws TaskError naming file and key
 */
export function readTaskRepository(
  folder: string,
  { split, ids }: { split?: string | undefined; ids?: readonly string[] | undefined },
): Row[] {
  const { splits } = readConfig(folder)
  const tasks = listTasks(folder)
  const missing = (ids ?? []).filter(id => !tasks.includes(id))
  if (missing.length > 0) throw new TaskError(folder, [`tasks/: there is none of ${missing.join(', ')}`])
  const wanted = ids ?? tasks
  const values = wanted
    .map(id => ({ place: `tasks/${id}`, value: readTask(folder, id) }))
    .filter(({ value }) => {
      if (ids !== undefined || typeof value.split !== 'string') return true
      return split === undefined ? splits.includes(value.split) : value.split === split
    })
  if (values.length === 0)
    throw new TaskError(folder, [
      `split: no task is in ${split ?? splits.join(', ')}; look at tasks/<id>/task.yaml`,
    ])
  return parseRows(folder, values)
}

function readConfig(folder: string): z.infer<typeof Config> {
  const file = path.join(folder, 'sweb.yaml')
  if (!fs.existsSync(file)) return { datasets: [], splits: ['test'] }
  const parsed = Config.safeParse(readYaml(folder, 'sweb.yaml'))
  if (parsed.success) return parsed.data
  throw new TaskError(
    folder,
    parsed.error.issues.map(issue => `sweb.yaml: ${issue.path.join('.') || 'file'}: ${issue.message}`),
  )
}

function listTasks(folder: string): string[] {
  const root = path.join(folder, 'tasks')
  if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()) return []
  return fs
    .readdirSync(root)
    .filter(id => fs.existsSync(path.join(root, id, 'task.yaml')))
    .sort()
}

function readTask(folder: string, id: string): Record<string, unknown> {
  const inTask = (name: string): string => `tasks/${id}/${name}`
  const columns = readYaml(folder, inTask('task.yaml'))
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns))
    throw new TaskError(folder, [`${inTask('task.yaml')}: expected a table of columns`])
  const texts = Object.entries(FILES).flatMap(([column, name]) => {
    if (!OPTIONAL.has(column) || fs.existsSync(path.join(folder, inTask(name))))
      return [[column, readText(folder, inTask(name))]]
    return []
  })
  const tests = inTask('tests.json')
  try {
    const lists = z.looseObject({}).parse(JSON.parse(readText(folder, tests)))
    return {
      instance_id: id,
      ...columns,
      ...Object.fromEntries(texts),
      ...lists,
      ...readAssets(folder, id),
      ...readBuild(folder, id),
    }
  } catch (error) {
    if (error instanceof TaskError) throw error
    throw new TaskError(folder, [`${tests}: expected an object with FAIL_TO_PASS and PASS_TO_PASS`])
  }
}

/** Binary files that a diff cannot carry, at their place in the repository when it is tested. */
function readAssets(folder: string, id: string): Record<string, unknown> {
  const root = path.join(folder, 'tasks', id, 'test_assets')
  const names = listFiles(root)
  return names.length === 0 ? {} : { test_assets: packFiles(root, names) }
}

/** The task's own Dockerfile with what lies beside it. What is hidden from agents is hidden from their image as well. */
function readBuild(folder: string, id: string): Record<string, unknown> {
  const root = path.join(folder, 'tasks', id)
  const names = listFiles(root).filter(name => !NOT_BUILT.includes(name.split('/')[0]!))
  if (!names.includes('Dockerfile')) return {}
  const bytes = names.reduce((sum, name) => sum + fs.statSync(path.join(root, name)).size, 0)
  if (bytes > MAX_BUILD_BYTES)
    throw new TaskError(folder, [
      `tasks/${id}/Dockerfile: ${bytes} bytes lie beside it, ${MAX_BUILD_BYTES} may be`,
    ])
  return { build_files: packFiles(root, names) }
}

/** Regular files only: no link is followed. */
function listFiles(root: string): string[] {
  if (!fs.lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) return []
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()
}

function packFiles(root: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map(name => [name, fs.readFileSync(path.join(root, name)).toString('base64')]),
  )
}

function readYaml(folder: string, name: string): unknown {
  try {
    return parseYaml(readText(folder, name), { logLevel: 'error' }) as unknown
  } catch (error) {
    if (error instanceof TaskError) throw error
    throw new TaskError(folder, [`${name}: ${(error as Error).message.split('\n')[0]}`])
  }
}

/** Never through a link that leads out of the repository. */
function readText(folder: string, name: string): string {
  const file = path.join(folder, name)
  let real: string
  try {
    real = fs.realpathSync(file)
  } catch {
    throw new TaskError(folder, [`${name}: missing`])
  }
  if (!real.startsWith(`${fs.realpathSync(folder)}${path.sep}`) || !fs.statSync(real).isFile())
    throw new TaskError(folder, [`${name}: expected a file in this folder`])
  return fs.readFileSync(real, 'utf8')
}
