import fs from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Chain } from '../chain/chain.ts'
import type { Drizzle } from '../store/database.ts'

/** One thing that must be well. */
export interface Check {
  readonly name: string
  /** Why it is not well; undefined if it is. */
  readonly find: () => Promise<string | undefined>
}

export interface Health {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

/** Nobody waits longer for one of them: what hangs is not well. */
const PATIENCE = 3000
const LEAST_FREE_BYTES = 2 ** 30
/** A head that is older than so many blocks is stale. */
const MOST_BLOCKS = 10

/** Looks at everything at once. */
export async function findHealth(checks: readonly Check[]): Promise<Health> {
  const found = await Promise.all(
    checks.map(async ({ name, find }) => {
      const detail = await Promise.race([find().catch((error: Error) => error.message), hang()])
      return { name, ok: detail === undefined, detail: detail ?? 'well' }
    }),
  )
  return { ok: found.every(({ ok }) => ok), checks: found }
}

function hang(): Promise<string> {
  return new Promise(resolve => {
    setTimeout(() => resolve(`no answer within ${PATIENCE / 1000} s`), PATIENCE).unref()
  })
}

export function checkDatabase(db: Drizzle): Check {
  return { name: 'database', find: async () => void (await db.execute(sql`select 1`)) }
}

/** The queue lives in the database, and needs its own tables there. */
export function checkQueue(db: Drizzle): Check {
  return { name: 'queue', find: async () => void (await db.execute(sql`select 1 from pgboss.version`)) }
}

export function checkDisk(folder: string): Check {
  return {
    name: 'disk',
    find: async () => {
      const { bavail, bsize } = await fs.promises.statfs(folder)
      const free = bavail * bsize
      return free < LEAST_FREE_BYTES
        ? `${Math.round(free / 2 ** 20)} MB are free in ${folder}; ${LEAST_FREE_BYTES / 2 ** 20} are needed`
        : undefined
    },
  }
}

export function checkChain(chain: Chain, now: () => Date, secondsPerBlock = 12): Check {
  return {
    name: 'chain',
    find: async () => {
      const { number, time } = await chain.head()
      const age = (now().getTime() - time.getTime()) / 1000
      return age > MOST_BLOCKS * secondsPerBlock
        ? `its head, block ${number}, is ${Math.round(age)} s old`
        : undefined
    },
  }
}

/** @param about - asks the engine of containers anything */
export function checkEngine(about: () => Promise<unknown>): Check {
  return { name: 'engine', find: async () => void (await about()) }
}
