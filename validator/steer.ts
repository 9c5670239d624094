import { inArray } from 'drizzle-orm'
import { type AdvanceContext, advance } from './advance.ts'
import type { Signer } from './intake/signature.ts'
import type { Jobs } from './jobs.ts'
import { notarise } from './notary.ts'
import type { Alarm } from './queue/faults.ts'
import { findStranded, type Needs, parseQueue, type WorkKind } from './queue/needs.ts'
import type { Database } from './store/database.ts'
import { submissions } from './store/schema.ts'
import { buryDead } from './worker/fault.ts'
import { persist } from './worker/persist.ts'
import { listOffers } from './worker/presence.ts'

export interface SteerContext {
  readonly database: Database
  readonly jobs: Jobs
  readonly advance: AdvanceContext
  readonly onAlarm?: (alarm: Alarm) => void
}

/** Does the work of the queue `advance`, and buries jobs whose workers were lost too often. Ends with the jobs it was given. */
export async function steer({
  database,
  jobs,
  advance: context,
  onAlarm = () => {},
}: SteerContext): Promise<void> {
  await jobs.onAdvance(submission =>
    persist(() => database.db.transaction(tx => advance(tx, jobs, submission, context))),
  )
  await jobs.onDead(async dead => {
    for (const alarm of await persist(() => buryDead(database, jobs, dead))) onAlarm(alarm)
  })
  // Whatever was forgotten, for instance by an operator who emptied a queue.
  await database.db.transaction(async tx => {
    const open = await tx
      .select({ id: submissions.id })
      .from(submissions)
      .where(inArray(submissions.state, ['queued', 'working']))
    for (const { id } of open) await jobs.sendAdvance(tx, id)
  })
}

/** Does the work of the queue `notarise`, and at once what is waiting. */
export async function keepNotary(
  { database, jobs }: { readonly database: Database; readonly jobs: Jobs },
  signer: Signer,
): Promise<void> {
  await jobs.onNotarise(async () => void (await persist(() => notarise(database, signer))))
  await persist(() => notarise(database, signer))
}

/** Jobs that no live worker can do, by what they need. */
export interface Stranded {
  readonly queue: string
  readonly count: number
  readonly kind: WorkKind
  readonly needs: Needs
}

/** What waits although nobody can do it, for the operator to see. */
export async function listStranded({ database, jobs }: { readonly database: Database; readonly jobs: Jobs }) {
  const stranded = findStranded(await jobs.waiting(), await listOffers(database.db))
  return stranded.map(({ queue, count }): Stranded => ({ queue, count, ...parseQueue(queue)! }))
}
