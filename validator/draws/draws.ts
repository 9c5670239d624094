import { and, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Certificate, findCertificate } from '../../task-bank/certificate.ts'
import { digestFields } from '../../task-bank/draw/fields.ts'
import { loadTasks } from '../../task-bank/load.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Chain } from '../chain/chain.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Transaction } from '../store/database.ts'
import { draws, type submissions } from '../store/schema.ts'
import { drawFromFolders, type Part, readSalt, takeTurns } from './draw-local.ts'
import { blockInPool, confirmationOf, drawFromPool } from './draw-pool.ts'
import { type NeedsPolicy, storeTask } from './task-packs.ts'

/** Tasks that count, or why there are none yet. */
export type Drawn =
  | {
      readonly kind: 'drawn'
      readonly id: string
      readonly window: number
      /** Digests, in the order of the draw. */
      readonly tasks: readonly string[]
      /** Of the task that shows whether an agent runs; it does not count. */
      readonly smoke: string
    }
  | { readonly kind: 'wait'; readonly reason: string }

/** Where tasks come from. What is drawn is kept, with its proof, and its tasks are where workers find them. */
export interface Draws {
  /** The one draw that counts for everybody in the present window. */
  readonly shared: (tx: Transaction) => Promise<Drawn>
  /** A draw for a challenger and whom it has to beat, that nobody could know of before both were laid down. */
  readonly confirmation: (
    tx: Transaction,
    challenger: Entrant,
    champion: Pick<Entrant, 'digest'>,
  ) => Promise<Drawn>
}

type Entrant = Pick<typeof submissions.$inferSelect, 'id' | 'digest' | 'block'>

export interface DrawSettings {
  /** Public halves of committed pools, each with its secret half beside it. Without any, tasks are drawn from the folders. */
  readonly pools: readonly string[]
  /** Folders of certified tasks. */
  readonly tasks: readonly string[]
  /** Keeps the salt of draws from folders. */
  readonly data: string
  readonly windowBlocks: number
  /** Tasks that are drawn from folders for a window, and for a confirmation. */
  readonly count: number
  readonly confirmation: number
  readonly needs?: NeedsPolicy
}

/** What shows how a draw came about; `smoke` is the digest of the task that shows whether an agent runs. */
const Kept = z.object({ smoke: z.string(), parts: z.array(z.unknown()) })
const LOCK = 0x61726477

/** Opens the source of tasks. Nothing is read before it is needed. */
export function openDraws(context: { chain: Chain; blobs: Blobs }, settings: DrawSettings): Draws {
  const { chain, blobs } = context
  let loaded: Certified[] | undefined
  const certified = (): Certified[] => {
    loaded ??= loadCertified(settings.tasks)
    return loaded
  }

  const windowNow = async (): Promise<number> =>
    Math.floor((await chain.head()).number / settings.windowBlocks)
  const shared: Draws['shared'] = async tx => {
    const window = await windowNow()
    return await once(tx, window, 'shared', async () => {
      const first = window * settings.windowBlocks
      const blockHash = await chain.blockHash(first)
      if (blockHash === undefined) return { reason: `block ${first} has no hash yet` }
      if (settings.pools.length === 0)
        return drawFromFolders(certified(), {
          ...salted(),
          window,
          blockHash,
          count: settings.count,
          taken: [],
        })
      return joinParts(settings.pools.map(file => drawFromPool(file, { kind: 'window', window, blockHash })))
    })
  }

  return {
    shared,
    async confirmation(tx, submission, champion) {
      // What was drawn stays, though windows go by; what is drawn belongs to the window that goes on, after its own draw.
      const before = await find(tx, eq(draws.purpose, submission.id))
      if (before !== undefined) return before
      const ground = await shared(tx)
      if (ground.kind === 'wait') return ground
      const { window } = ground
      return await once(tx, window, submission.id, async () => {
        if (settings.pools.length === 0) {
          const block = Math.max(window * settings.windowBlocks, submission.block + 1)
          const blockHash = await chain.blockHash(block)
          if (blockHash === undefined) return { reason: `block ${block} has no hash yet` }
          const taken = [...ground.tasks, ...[submission.digest, champion.digest].sort()]
          return drawFromFolders(certified(), {
            ...{ ...salted(), window, blockHash, count: settings.confirmation, taken },
          })
        }
        const parts: (readonly Part[] | { reason: string })[] = []
        for (const file of settings.pools) {
          const draw = confirmationOf(window, submission, champion)
          const block = blockInPool(file, draw)
          const blockHash = await chain.blockHash(block)
          if (blockHash === undefined) return { reason: `block ${block} has no hash yet` }
          parts.push(drawFromPool(file, { ...draw, blockHash }))
        }
        return joinParts(parts)
      })
    },
  }

  function salted() {
    return { salt: readSalt(settings.data) }
  }

  /** Made by the first who asks, for good. */
  async function once(
    tx: Transaction,
    window: number,
    purpose: string,
    make: () => Promise<readonly Part[] | { readonly reason: string }>,
  ): Promise<Drawn> {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    const known = await find(tx, and(eq(draws.window, window), eq(draws.purpose, purpose))!)
    if (known !== undefined) return known
    const made = await make()
    if ('reason' in made) return { kind: 'wait', reason: made.reason }
    const found = takeTurns(made.map(part => part.tasks))
    if (found.length === 0) return { kind: 'wait', reason: 'there is no certified task' }
    const smoke = chooseSmoke(found, certified())
    for (const task of [...found, smoke]) await storeTask(tx, blobs, task, settings.needs)
    const proof = { smoke: smoke.digest, parts: made.map(part => part.proof) }
    const id = digestFields('draw', String(window), purpose, JSON.stringify(proof))
      .toString('hex')
      .slice(0, 24)
    const digests = found.map(({ digest }) => digest)
    await tx.insert(draws).values({ id, window, purpose, proof, tasks: digests })
    return { kind: 'drawn', id, window, tasks: digests, smoke: smoke.digest }
  }
}

async function find(tx: Transaction, which: SQL): Promise<Drawn | undefined> {
  const [row] = await tx.select().from(draws).where(which)
  if (row === undefined) return undefined
  const { id, window, proof } = row
  return { kind: 'drawn', id, window, tasks: row.tasks, smoke: Kept.parse(proof).smoke }
}

/** The whole of it, or why it has to wait: without one environment there is no draw. */
function joinParts(parts: readonly (readonly Part[] | { readonly reason: string })[]) {
  const ready = parts.flatMap(part => ('reason' in part ? [] : part))
  return (parts.find(part => 'reason' in part) as { readonly reason: string } | undefined) ?? ready
}

export interface Certified {
  readonly task: Task
  readonly certificate: Certificate
}

function loadCertified(folders: readonly string[]): Certified[] {
  if (folders.length === 0) return []
  return loadTasks(folders, process.env).flatMap(task => {
    const certificate = findCertificate(task)
    return certificate === undefined ? [] : [{ task, certificate }]
  })
}

/** A task that does not count, whose tests take the least time; one that does if there is no other. */
function chooseSmoke(drawn: readonly Task[], all: readonly Certified[]): Task {
  const taken = new Set(drawn.map(({ digest }) => digest))
  const free = all
    .filter(({ task }) => !taken.has(task.digest))
    .toSorted(
      (one, other) =>
        one.certificate.testSeconds - other.certificate.testSeconds ||
        (one.task.digest < other.task.digest ? -1 : 1),
    )
  return free[0]?.task ?? drawn[0]!
}
