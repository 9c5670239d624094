import fs from 'node:fs'
import path from 'node:path'
import colors from 'picocolors'
import { cacheFolder } from '../../../sandbox/cache.ts'
import { openCollections } from '../../../sandbox/collection.ts'
import { sha256 } from '../../../sandbox/digest.ts'
import { TaskError } from '../../../task-bank/errors.ts'
import type { Permission } from '../../../task-bank/harbor/network.ts'
import type { Replacement } from '../../../task-bank/mapping.ts'
import { type Recipes, readRecipes } from '../../../task-bank/recipe.ts'
import { buildHarborTask, writeHarborTask } from '../../../task-bank/swebench/harbor.ts'
import { holdsRows, readRows } from '../../../task-bank/swebench/read.ts'
import type { Row } from '../../../task-bank/swebench/row.ts'
import { runnerOfRow } from '../../../task-bank/swebench/verifier.ts'
import type { Task, VerifierChoice } from '../../../task-bank/task.ts'
import { BUNDLED_TASKS, clonesOf } from '../places.ts'
import { oneLine } from '../text.ts'
import { loadShown } from './loading.ts'

/** How tasks are to be taken, whatever they come from. */
export interface TaskOptions {
  /** File of recipes for the images of rows. */
  readonly recipes?: string | undefined
  /** Builds images of rows that bring a Dockerfile, though they name a finished one. */
  readonly forceBuild?: true | undefined
  readonly verifier?: VerifierChoice | undefined
  /** How much of a network tasks may have. */
  readonly allowNetwork?: Permission | undefined
  /** Local clones of repositories that registries name. */
  readonly clone?: readonly string[] | undefined
  readonly split?: string | undefined
  /** Seconds for the tests, in place of what tasks say. */
  readonly timeout?: number | undefined
  /** Of rows, only these. */
  readonly ids?: readonly string[] | undefined
}

/** Loads tasks from whatever they may come in. Every command that takes tasks takes them this way. */
export async function openTasks(
  sources: readonly string[],
  options: TaskOptions,
  onReplaced?: (replacement: Replacement) => void,
): Promise<Task[]> {
  const folders = await openFolders(sources, options, onReplaced)
  const tasks = loadShown(folders, { permitted: options.allowNetwork, verifier: options.verifier })
  const { timeout: seconds } = options
  return seconds === undefined
    ? tasks
    : tasks.map(task => ({ ...task, verifier: { ...task.verifier, seconds } }))
}

/**
 * Folders of Harbor tasks out of folders, archives, a `dataset.toml`, registries, and files and folders of rows. Tasks of other
 * formats are converted.
 */
export async function openFolders(
  sources: readonly string[],
  options: TaskOptions,
  onReplaced: (replacement: Replacement) => void = () => {},
): Promise<string[]> {
  const recipes = options.recipes === undefined ? new Map() : readRecipes(options.recipes)
  const say = (line: string): void =>
    console.error(colors.dim(oneLine(line, (process.stderr.columns ?? 200) - 1)))
  const folders: string[] = []
  for (const source of sources.map(findBundled)) {
    if (holdsRows(source))
      folders.push(...(await readGradable(source, options)).map(row => keepRow(row, recipes, options)))
    else
      folders.push(...(await openCollections([source], { clones: clonesOf(options.clone), say, onReplaced })))
  }
  return folders
}

/** A bundled task or environment by the name that lists and boards show; what lies at such a path comes first. */
function findBundled(source: string): string {
  const name = source.replace(/^arete\//, '')
  if (fs.existsSync(source) || !/^[\w-]+$/.test(name)) return source
  const environments = fs.readdirSync(BUNDLED_TASKS)
  const places = [name, ...environments.map(environment => path.join(environment, name))]
  return places.map(place => path.join(BUNDLED_TASKS, place)).find(place => fs.existsSync(place)) ?? source
}

/** @throws TaskError for a row that cannot be graded */
async function readGradable(source: string, options: TaskOptions): Promise<Row[]> {
  const rows = await readRows(source, options)
  const reasons = rows.flatMap(row => {
    const found = runnerOfRow(row)
    return 'mistakes' in found ? found.mistakes.map(mistake => `${row.instance_id}: ${mistake}`) : []
  })
  if (reasons.length > 0) throw new TaskError(source, reasons.slice(0, 20))
  return rows
}

/** The row as a task's folder, named by its content, so that it is there as long as anybody may ask for it again. */
function keepRow(row: Row, recipes: Recipes, { forceBuild }: TaskOptions): string {
  const files = buildHarborTask(row, recipes, forceBuild)
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
