import { and, desc, eq, isNotNull } from 'drizzle-orm'
import type { TaskPage } from '../pages/task.ts'
import { readSteps } from '../pages/trajectory.ts'
import { BlobError } from '../store/blob-error.ts'
import { attempts, submissions, tasks } from '../store/schema.ts'
import { Left } from '../worker/left.ts'
import type { WebContext } from './context.ts'
import { openTasks } from './task-openness.ts'

const MOST = 500

/** A task that everybody may know by now; undefined if there is none, or it is closed. */
export async function findTask(context: WebContext, digest: string): Promise<TaskPage | undefined> {
  const { db } = context.intake.database
  const [task] = await db.select().from(tasks).where(eq(tasks.digest, digest))
  if (task === undefined || !(await openTasks(context))(digest)) return undefined
  const made = await db
    .select()
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .where(and(eq(attempts.task, digest), isNotNull(attempts.started)))
    .orderBy(desc(attempts.started))
    .limit(MOST)
  const { name, environment, needs, seconds } = task
  return {
    ...{ digest, name, environment, seconds },
    needs: { cpus: needs.cpus, memoryMegabytes: needs.memoryMegabytes, labels: [...needs.labels] },
    statement: await findStatement(context, made[0]?.attempts.left),
    attempts: made.map(({ attempts: one, submissions: submission }) => ({
      ...{ id: one.id, submission: submission.id, agent: (submission.manifest as { name: string }).name },
      ...{ stage: one.stage, reason: one.reason },
      verdict: one.state === 'judged' ? (one.verdict as TaskPage['attempts'][number]['verdict']) : null,
      seconds:
        one.started === null || one.ended === null
          ? null
          : (one.ended.getTime() - one.started.getTime()) / 1000,
    })),
  }
}

/** Every trajectory begins with what the agent was told. */
async function findStatement({ intake }: WebContext, raw: unknown): Promise<TaskPage['statement']> {
  const left = Left.safeParse(raw).data
  if (left === undefined) return null
  try {
    const bytes = await intake.blobs.get(left.files.trajectory)
    const first = readSteps(JSON.parse(bytes.toString('utf8'))).shown[0]
    return first?.source === 'user' ? first.message : null
  } catch (error) {
    if (error instanceof BlobError && error.code === 'missing') return null
    throw error
  }
}
