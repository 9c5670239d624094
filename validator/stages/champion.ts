import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Draw, Result, Results } from '../scoring/season/facts.ts'
import type { Drizzle, Transaction } from '../store/database.ts'
import { attempts, receipts, reigns, submissions } from '../store/schema.ts'
import { plan, type Step, type Submission } from './stage-plan.ts'

/** Who has to be beaten; undefined before the first window is settled. */
export async function findChampion(tx: Drizzle | Transaction): Promise<Submission | undefined> {
  const [row] = await tx
    .select({ submission: submissions })
    .from(reigns)
    .innerJoin(submissions, eq(submissions.id, reigns.submission))
    .orderBy(desc(reigns.number))
    .limit(1)
  return row?.submission
}

/** Who works on each window's tasks, though decided already: the champion, and references that others are measured by. */
export async function listStanding(tx: Transaction): Promise<Submission[]> {
  const champion = await findChampion(tx)
  const references = await tx
    .select()
    .from(submissions)
    .where(and(eq(submissions.role, 'reference'), eq(submissions.state, 'passed')))
    .orderBy(submissions.id)
  const isElsewhere = ({ id }: Submission): boolean => id !== champion?.id
  return [...(champion === undefined ? [] : [champion]), ...references.filter(isElsewhere)]
}

/** Lets who is decided already, the champion or a reference, work on a window's tasks like everybody else. Once too often changes nothing. */
export async function planStanding(step: Step, submission: Submission, draw: Draw): Promise<void> {
  const chosen = draw.tasks.map(({ digest }) => digest)
  const made = await step.tx
    .select({ task: attempts.task })
    .from(attempts)
    .where(
      and(
        eq(attempts.draw, draw.draw),
        eq(attempts.submission, submission.id),
        inArray(attempts.stage, ['screen', 'full']),
      ),
    )
  const known = new Set(made.map(({ task }) => task))
  await plan(step, submission, { stage: 'full', draw: draw.draw, chosen, known })
}

/** What came of a draw so far; smoke does not count. Seconds are those that the receipts say. */
export async function readResults(db: Drizzle | Transaction, draw: string): Promise<Results> {
  const rows = await db
    .select({
      ...{
        submission: attempts.submission,
        task: attempts.task,
        state: attempts.state,
        verdict: attempts.verdict,
      },
      seconds: sql<number>`coalesce((${receipts.body} -> 'seconds' ->> 'agent')::float8, 0)`,
    })
    .from(attempts)
    .leftJoin(receipts, and(eq(receipts.attempt, attempts.id), eq(receipts.kind, 'verdict')))
    .where(
      and(
        eq(attempts.draw, draw),
        ne(attempts.stage, 'smoke'),
        inArray(attempts.state, ['judged', 'voided']),
      ),
    )
  const results = new Map<string, Map<string, Result>>()
  for (const { submission, task, state, verdict, seconds } of rows) {
    const own = results.get(submission) ?? new Map<string, Result>()
    results.set(submission, own)
    const score = Number(verdict === 'solved')
    own.set(task, state === 'voided' ? { kind: 'void' } : { kind: 'judged', score, seconds })
  }
  return results
}
