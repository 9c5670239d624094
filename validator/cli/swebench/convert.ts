import fs from 'node:fs'
import path from 'node:path'
import { findTasks } from '../../../task-bank/load.ts'
import { readRecipes } from '../../../task-bank/recipe.ts'
import { buildHarborTask, readHarborRow, writeHarborTask } from '../../../task-bank/swebench/harbor.ts'
import { readRows } from '../../../task-bank/swebench/read.ts'
import { renderRow } from '../../../task-bank/swebench/row.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, plain } from '../text.ts'

interface Selected {
  readonly split?: string
  readonly ids?: string[]
  readonly json?: true
}

/** `arete swebench to-harbor`: each row becomes a Harbor task's folder. */
export async function toHarbor(
  source: string,
  options: Selected & { out: string; recipes?: string },
): Promise<number> {
  const recipes = options.recipes === undefined ? new Map() : readRecipes(options.recipes)
  const rows = await readRows(source, options)
  const folders = rows.map(row => path.join(options.out, row.instance_id))
  const there = folders.find(folder => fs.existsSync(folder))
  if (there !== undefined) throw new UsageError(`Cannot write a task to ${there}: something is there already`)
  for (const [index, row] of rows.entries()) writeHarborTask(folders[index]!, buildHarborTask(row, recipes))
  if (options.json) console.log(asJson(folders.map(shown)))
  else console.log(`${rows.length} tasks in ${plain(shown(options.out))}`)
  return 0
}

/** `arete swebench from-harbor`: tasks that carry a row become rows again, one a line. */
export function fromHarbor(folders: readonly string[], options: { out: string; json?: true }): number {
  if (fs.existsSync(options.out))
    throw new UsageError(`Cannot write rows to ${options.out}: something is there already`)
  const rows = folders.flatMap(findTasks).map(readHarborRow)
  fs.mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true })
  fs.writeFileSync(options.out, rows.map(row => `${JSON.stringify(renderRow(row))}\n`).join(''))
  if (options.json) console.log(asJson(rows.map(row => row.instance_id)))
  else console.log(`${rows.length} rows in ${plain(shown(options.out))}`)
  return 0
}
