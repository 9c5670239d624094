import fs from 'node:fs'
import path from 'node:path'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, oneLine } from '../text.ts'
import { openTasks, type TaskOptions } from './tasks.ts'

/**
 * `arete task import`: whatever tasks come in becomes folders of Harbor tasks, which other harnesses read, too. All are loaded
 * before the first is written. A row stays in its task, so that "swebench from-harbor" gives it back.
 */
export async function importTasks(
  sources: readonly string[],
  options: TaskOptions & { to: string; json?: true },
): Promise<number> {
  const tasks = await openTasks(sources, options)
  const plan = tasks.map(task => ({ task, folder: path.join(options.to, path.basename(task.folder)) }))
  refuseTaken(plan.map(({ folder }) => folder))
  for (const { task, folder } of plan) copyWhole(task.folder, folder)
  if (options.json)
    console.log(
      asJson(plan.map(({ task, folder }) => ({ name: task.name, folder: shown(folder), notes: task.notes }))),
    )
  else {
    for (const { task } of plan)
      for (const note of task.notes) console.error(`note: ${oneLine(`${task.name}: ${note}`, 200)}`)
    console.log(
      `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'} in ${shown(options.to)}. Now: npx arete task check ${shown(options.to)}`,
    )
  }
  return 0
}

function refuseTaken(folders: readonly string[]): void {
  const twin = folders.find((folder, index) => folders.indexOf(folder) !== index)
  if (twin !== undefined)
    throw new UsageError(`Cannot import two tasks into ${shown(twin)}: import them into folders of their own`)
  const taken = folders.find(folder => fs.existsSync(folder))
  if (taken !== undefined)
    throw new UsageError(`Cannot import a task into ${shown(taken)}: something is there already`)
}

/** The folder is there whole or not at all; links stay links, for a task may not have any that lead out of it. */
function copyWhole(from: string, to: string): void {
  fs.mkdirSync(path.dirname(to), { recursive: true })
  const making = fs.mkdtempSync(path.join(path.dirname(to), '.importing-'))
  try {
    fs.cpSync(from, path.join(making, 'task'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: name => path.basename(name) !== '.git',
    })
    fs.renameSync(path.join(making, 'task'), to)
  } finally {
    fs.rmSync(making, { recursive: true, force: true })
  }
}
