import fs from 'node:fs'
import path from 'node:path'
import { TaskError } from './errors.ts'
import type { Permission } from './harbor/network.ts'
import { isHarborTask, loadHarborTask } from './harbor.ts'
import type { Task, VerifierChoice } from './task.ts'

/** How deep below a given folder tasks are looked for: a bank has environments, an environment has tasks. */
const DEPTH = 3

/**
 * Loads every task below the given folders, sorted by environment and name.
 *
 * @param permitted - how much of a network the operator lets tasks have
 * @param onLoaded - hears after each task how many of how many are loaded
 * @throws TaskError if a folder holds no task, or for the first task that cannot be used
 */
export function loadTasks(
  folders: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  permitted?: Permission,
  onLoaded = (_done: number, _total: number): void => {},
  verifier?: VerifierChoice,
): Task[] {
  const found = [...new Set(folders.flatMap(findTasks))]
  return found
    .map((folder, index) => {
      const task = loadHarborTask(folder, env, permitted, verifier)
      onLoaded(index + 1, found.length)
      return task
    })
    .sort((one, other) => order(one.environment, other.environment) || order(one.name, other.name))
}

/** Folders of tasks at or below a folder. */
export function findTasks(folder: string): string[] {
  const root = path.resolve(folder)
  if (!fs.existsSync(root)) throw new TaskError(folder, ['there is no such folder'])
  const tasks = search(root, DEPTH)
  if (tasks.length === 0)
    throw new TaskError(folder, [`no task.toml in it or in folders up to ${DEPTH} levels below`])
  return tasks
}

function search(folder: string, depth: number): string[] {
  if (isHarborTask(folder)) return [folder]
  if (depth === 0) return []
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap(entry => search(path.join(folder, entry.name), depth - 1))
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
