import { eq, sql } from 'drizzle-orm'
import { note } from '../../validator/receipts/facts.ts'
import { notarise } from '../../validator/receipts/notary.ts'
import { layDraw } from '../../validator/stages/draw-facts.ts'
import type { Blobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { attempts, draws, receipts, submissions, tasks } from '../../validator/store/schema.ts'
import { signerNamed } from './miner.ts'
import { digestOf } from './pool.ts'
import { bodyOf } from './receipt.ts'

export interface Verdict {
  readonly submission: string
  /** Tells it apart from others; a task of this name, too, if none is named. */
  readonly name: string
  readonly task?: string
  readonly window: number
  readonly verdict?: 'solved' | 'unsolved'
  readonly environment?: string
  readonly patch?: string
}

/** Writes down a verdict as if a worker had judged an attempt: its task, draw, patch, and a receipt that nobody signed yet. */
export async function layVerdict({ db }: Database, blobs: Blobs, one: Verdict): Promise<void> {
  const { submission, name, window, verdict = 'solved', environment = 'python-fixes' } = one
  const patch = await blobs.put(Buffer.from(one.patch ?? `patch of ${name}`))
  const task = digestOf(one.task ?? name)
  const draw = `draw-${window}`
  const body = { ...bodyOf(name), patch, verdict }
  await db.transaction(async tx => {
    await tx
      .insert(tasks)
      .values({
        ...{
          digest: task,
          name: `org/${one.task ?? name}`,
          environment,
          pack: digestOf('pack'),
          splits: true,
        },
        needs: { cpus: 1, memoryMegabytes: 512, labels: [] },
      })
      .onConflictDoNothing()
    await tx
      .insert(draws)
      .values({ id: draw, window, purpose: 'shared', proof: {}, tasks: [task] })
      .onConflictDoUpdate({
        target: draws.id,
        set: {
          tasks: sql`(select jsonb_agg(distinct task) from jsonb_array_elements(${draws.tasks} || ${JSON.stringify([task])}::jsonb) as task)`,
        },
      })
    await tx.insert(attempts).values({
      ...{ id: body.attempt, submission, task, stage: 'full', draw, place: 0, state: 'judged', verdict },
      ...{ reason: 'tests-passed', started: new Date(body.started), ended: new Date(body.ended) },
    })
    await tx
      .insert(receipts)
      .values({ subject: body.attempt, kind: 'verdict', attempt: body.attempt, window, body })
    await tx.update(submissions).set({ state: 'passed', stage: 'full' }).where(eq(submissions.id, submission))
  })
}

/** Lays down and signs what the board of these verdicts follows from: everybody's entry, and the draw of each window. */
export async function layFacts(database: Database): Promise<void> {
  const jobs = { sendNotarise: async () => {} }
  await database.db.transaction(async tx => {
    for (const { id, hotkey, digest, block, index } of await tx.select().from(submissions)) {
      const entry = {
        submission: id,
        agent: id,
        hotkey,
        role: 'miner' as const,
        digest,
        block,
        index,
        origin: null,
      }
      await note(tx, jobs, { kind: 'entry', format: 'arete/receipt/v1', ...entry }, null)
    }
    const purpose = { challenger: null, against: [], block: 1, count: undefined }
    for (const { id } of await tx.select().from(draws))
      await layDraw({ tx, jobs }, id, { alpha: 0.02, environments: {} }, purpose)
  })
  await notarise(database, await signerNamed('notary'))
}
