import { eq } from 'drizzle-orm'
import type { Blobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { attempts, draws, receipts, submissions, tasks } from '../../validator/store/schema.ts'
import { digestOf } from './pool.ts'
import { bodyOf } from './receipt.ts'

export interface Verdict {
  readonly submission: string
  /** Tells it apart from others; a task of this name, too. */
  readonly name: string
  readonly window: number
  readonly verdict?: 'solved' | 'unsolved'
  readonly environment?: string
  readonly patch?: string
}

/** Writes down a verdict as if a worker had judged an attempt: its task, draw, patch, and a receipt that nobody signed yet. */
export async function layVerdict({ db }: Database, blobs: Blobs, one: Verdict): Promise<void> {
  const { submission, name, window, verdict = 'solved', environment = 'python-fixes' } = one
  const patch = await blobs.put(Buffer.from(one.patch ?? `patch of ${name}`))
  const task = digestOf(name)
  const draw = `draw-${window}`
  const body = { ...bodyOf(name), patch, verdict }
  await db.transaction(async tx => {
    await tx
      .insert(tasks)
      .values({
        ...{ digest: task, name: `org/${name}`, environment, pack: digestOf('pack'), splits: true },
        needs: { cpus: 1, memoryMegabytes: 512, labels: [] },
      })
      .onConflictDoNothing()
    await tx
      .insert(draws)
      .values({ id: draw, window, purpose: 'shared', proof: {}, tasks: [task] })
      .onConflictDoNothing()
    await tx.insert(attempts).values({
      ...{ id: body.attempt, submission, task, stage: 'full', draw, place: 0, state: 'judged', verdict },
      ...{ reason: 'tests-passed', started: new Date(body.started), ended: new Date(body.ended) },
    })
    await tx.insert(receipts).values({ attempt: body.attempt, body })
    await tx.update(submissions).set({ state: 'passed', stage: 'full' }).where(eq(submissions.id, submission))
  })
}
