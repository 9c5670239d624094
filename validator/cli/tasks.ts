import fs from 'node:fs'
import path from 'node:path'
import { cacheFolder } from '../../sandbox/cache.ts'
import { sha256 } from '../../sandbox/digest.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { type Recipes, readRecipes } from '../../task-bank/recipe.ts'
import { buildHarborTask, writeHarborTask } from '../../task-bank/swebench/harbor.ts'
import { holdsRows, readRows } from '../../task-bank/swebench/read.ts'
import type { Row } from '../../task-bank/swebench/row.ts'
import type { Task, VerifierChoice } from '../../task-bank/task.ts'

/** How tasks are to be taken, whatever they come from. */
export interface TaskOptions {
  /** File of recipes for the images of rows. */
  readonly recipes?: string | undefined
  readonly verifier?: VerifierChoice | undefined
  readonly split?: string | undefined
  /** Of rows, only these. */
  readonly ids?: readonly string[] | undefined
}

/** Loads tasks from folders, and from files and folders of rows. */
export async function openTasks(sources: readonly string[], options: TaskOptions): Promise<Task[]> {
  const recipes = options.recipes === undefined ? new Map() : readRecipes(options.recipes)
  const folders: string[] = []
  for (const source of sources) {
    if (!holdsRows(source)) folders.push(source)
    else folders.push(...(await readRows(source, options)).map(row => keepRow(row, recipes)))
  }
  return loadTasks(folders, process.env, options.verifier)
}

/** The row as a task's folder, named by its content, so that it is there as long as anybody may ask for it again. */
export function keepRow(row: Row, recipes: Recipes): string {
  const files = buildHarborTask(row, recipes)
  const digest = sha256(JSON.stringify([...files].map(([name, content]) => [name, sha256(content)])))
  const parent = path.join(cacheFolder(), 'rows', digest.slice(0, 24))
  const folder = path.join(parent, row.instance_id)
  if (fs.existsSync(folder)) return folder
  const temporary = `${folder}.${process.pid}`
  writeHarborTask(temporary, files)
  try {
    fs.renameSync(temporary, folder)
  } catch (error) {
    // Somebody else was faster, with the same content.
    if (!fs.existsSync(folder)) throw error
    fs.rmSync(temporary, { recursive: true, force: true })
  }
  return folder
}
