import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { digestFields } from '../task-bank/draw/fields.ts'
import type { Task } from '../task-bank/task.ts'
import type { Certified } from './draws.ts'

/** What one environment gives to a draw, in its order, and what shows that it had to be this. */
export interface Part {
  readonly tasks: readonly Task[]
  readonly proof: unknown
}

/**
 * A draw from folders, for a validator that has committed to no pool: by SHA-256 of salt, block hash, window and task, the same
 * number from each environment as far as it goes. The salt is the validator's own, so nobody else can foresee the draw.
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
  const rank = (task: Task): string => digestFields(seed, task.digest).toString('hex')
  const environments = [...new Set(certified.map(({ task }) => task.environment))].sort()
  const lists = environments.map(environment => {
    const own = certified.map(({ task }) => task).filter(task => task.environment === environment)
    const ranked = own.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1))
    return [
      ...ranked.filter(task => !taken.has(task.digest)),
      ...ranked.filter(task => taken.has(task.digest)),
    ]
  })
  const shares = lists.map(() => 0)
  const total = Math.min(count, certified.length)
  for (let given = 0, index = 0; given < total; index = (index + 1) % lists.length) {
    if (shares[index]! >= lists[index]!.length) continue
    shares[index]! += 1
    given += 1
  }
  return lists.flatMap((list, index) => {
    const tasks = list.slice(0, shares[index])
    if (tasks.length === 0) return []
    const proof = {
      kind: 'folders',
      environment: environments[index],
      window,
      blockHash,
      salt: digestFields(salt).toString('hex'),
      candidates: list.map(({ digest }) => digest).sort(),
    }
    return [{ tasks, proof }]
  })
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
