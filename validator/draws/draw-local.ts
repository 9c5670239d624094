import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { digestFields } from '../../task-bank/draw/fields.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Certified } from './draws.ts'

/** What one environment gives to a draw, in its order, and what shows that it had to be this. */
export interface Part {
  readonly tasks: readonly Task[]
  readonly proof: unknown
}

/**
 * A draw from folders, for a validator that has committed to no pool: by SHA-256 of salt, block hash, window and task, from each
 * environment in turn. The salt is the validator's own, so nobody else can foresee the draw.
 *
 * @param taken - digests that are not drawn while there are others
 */
export function drawFromFolders(
  certified: readonly Certified[],
  options: {
    readonly salt: string
    readonly window: number
    readonly blockHash: string
    readonly count: number
    readonly taken: readonly string[]
  },
): Part[] {
  const { salt, window, blockHash, count } = options
  const taken = new Set(options.taken)
  const seed = digestFields('arete/draw-local/v1', salt, blockHash, String(window), ...options.taken)
  const rank = (text: string): string => digestFields(seed, text).toString('hex')
  const byRank = (one: string, other: string): number => (rank(one) < rank(other) ? -1 : 1)
  const environments = [...new Set(certified.map(({ task }) => task.environment))].sort(byRank)
  const lists = environments.map(environment =>
    certified
      .map(({ task }) => task)
      .filter(task => task.environment === environment)
      .toSorted((one, other) => byRank(one.digest, other.digest)),
  )
  const fresh = lists.map(list => list.filter(({ digest }) => !taken.has(digest)))
  const used = lists.map(list => list.filter(({ digest }) => taken.has(digest)))
  const chosen = [...takeTurns(fresh), ...takeTurns(used)].slice(0, count)
  return environments.flatMap((environment, index) => {
    const tasks = chosen.filter(task => task.environment === environment)
    if (tasks.length === 0) return []
    const proof = {
      kind: 'folders',
      environment,
      window,
      blockHash,
      salt: digestFields(salt).toString('hex'),
      candidates: lists[index]!.map(({ digest }) => digest).sort(),
    }
    return [{ tasks, proof }]
  })
}

/** One of each in turn: so the first few are of every environment. */
export function takeTurns(lists: readonly (readonly Task[])[]): Task[] {
  const longest = Math.max(0, ...lists.map(list => list.length))
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap(list => list.slice(index, index + 1)),
  ).flat()
}

/** 32 random bytes in hex, made once for a data folder. */
export function readSalt(data: string): string {
  const file = path.join(data, 'draw-salt')
  try {
    fs.mkdirSync(data, { recursive: true })
    fs.writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return fs.readFileSync(file, 'utf8').trim()
}
