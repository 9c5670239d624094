import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { dialogueFiles } from '../../../task-bank/dialogue-folder.ts'
import { chooseTasks } from '../../environments/environment-run.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, counted, plain } from '../text.ts'
import { findAffinetes } from './find-affinetes.ts'

export interface EnvironmentTasksOptions {
  readonly environments?: string | undefined
  readonly count: number
  readonly turns: number
  readonly out?: string | undefined
  readonly seed?: string | undefined
  readonly json?: true | undefined
}

/** `arete environment tasks`: a folder for each task, so that agents take part in it as in any other. */
export async function write(name: string, options: EnvironmentTasksOptions): Promise<number> {
  const declared = findAffinetes(name, options.environments)
  const [first, end] = declared.tasks
  if (options.count > end - first)
    throw new UsageError(
      `Cannot choose ${options.count} tasks of "${plain(name)}": it has ${end - first}, from ${first} on`,
    )
  const out = path.resolve(options.out ?? path.join('tasks', name))
  // Whoever can tell the ids beforehand can work on them beforehand.
  const seed = options.seed ?? randomBytes(32).toString('hex')
  const written = chooseTasks(seed, declared, options.count).map(task => {
    const folder = path.join(out, String(task))
    for (const [file, text] of dialogueFiles(name, declared, { task, turns: options.turns })) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      fs.writeFileSync(path.join(folder, file), text)
    }
    return { task, folder }
  })
  console.log(options.json ? asJson({ environment: name, tasks: written }) : render(out, written.length))
  return 0
}

function render(out: string, count: number): string {
  const folder = shown(out)
  return [
    `${counted(count, 'task')} in ${folder}`,
    `Next       npx arete task check ${folder}/*`,
    `           npx arete run ${folder}/* --agent <yours>`,
  ].join('\n')
}
