import fs from 'node:fs'
import path from 'node:path'
import { UsageError } from './errors.ts'
import { plain } from './text.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

export const BUNDLED_TASKS = path.join(ROOT, 'task-bank/tasks')
export const ENVIRONMENTS = path.join(ROOT, 'task-bank/environments.toml')
export const TEMPLATES = path.join(ROOT, 'miner-template')
export const REPAIR_AGENT = path.join(TEMPLATES, 'repair')

/** Where runs go that are not told where: `runs/` in the present folder. */
const RUNS = 'runs'

/** A fresh folder, named by the day and a number. */
export function freshRunFolder(now: Date): string {
  const day = now.toISOString().slice(0, 10)
  for (let number = 1; ; number++) {
    const folder = path.join(RUNS, `${day}-${number}`)
    if (!fs.existsSync(folder)) return folder
  }
}

/** The run that was changed last. */
export function newestRun(): string {
  const runs = fs.existsSync(RUNS) ? fs.readdirSync(RUNS).map(name => path.join(RUNS, name)) : []
  const newest = runs
    .map(folder => ({
      folder,
      changed: fs.statSync(path.join(folder, 'run.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .filter(run => run.changed > 0)
    .sort((one, other) => other.changed - one.changed)[0]
  if (newest === undefined)
    throw new UsageError('There is no run in ./runs yet: "npm start" makes one, or name its folder')
  return newest.folder
}

/** The secret half of a pool, unless it lies elsewhere. */
export function secretsFile(pool: string): string {
  return `${pool.replace(/\.json$/, '')}.secret.json`
}

/** A path as a person in the present folder would type it, made harmless for a terminal. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), path.resolve(file))
  return plain(relative === '' ? '.' : relative.startsWith('..') ? path.resolve(file) : relative)
}

/** Local clones that were named as `<address of the repository>=<folder>`. */
export function clonesOf(named: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    named.map(one => {
      const at = one.lastIndexOf('=')
      if (at < 1)
        throw new UsageError(`Cannot use --clone ${one}: write <address of the repository>=<folder>`)
      return [one.slice(0, at), path.resolve(one.slice(at + 1))]
    }),
  )
}
