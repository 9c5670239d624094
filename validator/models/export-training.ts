import { and, eq, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { Answered, Asked, NotAnswered } from '../../sandbox/gateway/calls.ts'
import { BlobError } from '../store/blob-error.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { attempts, draws, submissions, tasks } from '../store/schema.ts'
import { Left } from '../worker/left.ts'
import { buildChats, type Chat } from './training.ts'

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string().optional() })
/** Calls of an attempt as the store keeps them. */
const Calls = z.array(z.object({ asked: Asked, outcome: z.union([Answered, NotAnswered]).optional() }))

/**
 * The conversations of solved attempts of all submissions whose authors agree, of windows that are over: what is still drawn from
 * must not be learnt from.
 *
 * @param openWindow - the first window that is not over
 */
export async function* exportTraining(
  { database, blobs }: { readonly database: Pick<Database, 'db'>; readonly blobs: Pick<Blobs, 'get'> },
  openWindow: number,
): AsyncGenerator<Chat> {
  const rows = await database.db
    .select({ attempt: attempts, submission: submissions, task: tasks })
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .where(
      and(
        eq(attempts.state, 'judged'),
        eq(attempts.verdict, 'solved'),
        lt(draws.window, openWindow),
        sql`${submissions.manifest} -> 'training' = 'true'::jsonb`,
        sql`coalesce(${submissions.opens} < now(), true)`,
      ),
    )
    .orderBy(attempts.ended, attempts.id)
  for (const { attempt, submission, task } of rows) {
    const left = Left.safeParse(attempt.left).data
    const manifest = Manifest.safeParse(submission.manifest).data
    if (left?.files.calls == null || manifest === undefined || left.trips.length > 0) continue
    const calls = await readCalls(blobs, left.files.calls)
    yield* buildChats(
      calls.map(({ asked, outcome }) => ({ asked, outcome })),
      {
        ...{ task: task.name, taskDigest: task.digest, environment: task.environment },
        ...{ agent: manifest.name, version: manifest.version },
        ...{ license: manifest.license ?? null, consent: true, verdict: 'solved', level: null },
        patchDigest: left.patch.kind === 'patch' ? left.patch.digest : null,
      },
    )
  }
}

/** The first window that is not over, as far as the records tell: the newest one that anything was drawn for. */
export async function findOpenWindow({ db }: Pick<Database, 'db'>): Promise<number> {
  const [row] = await db.select({ window: sql<number>`coalesce(max(${draws.window}), 0)::int` }).from(draws)
  return row!.window
}

async function readCalls(blobs: Pick<Blobs, 'get'>, digest: string): Promise<z.infer<typeof Calls>> {
  try {
    return Calls.parse(JSON.parse((await blobs.get(digest)).toString()))
  } catch (error) {
    // What an older backup lacks is left out.
    if (error instanceof BlobError && error.code === 'missing') return []
    throw error
  }
}
