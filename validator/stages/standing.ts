import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import { isOpen } from '../queue/attempt.ts'
import { decide, type StageRules } from '../queue/stages.ts'
import { Role } from '../scoring/role.ts'
import type { Drizzle } from '../store/database.ts'
import { attempts, draws, submissions, suspicions, tasks } from '../store/schema.ts'
import { findChampion } from './champion.ts'

const Reason = z.object({ code: z.string(), message: z.string() })

/** How a submission stands, as its miner may see it. */
export const Standing = z.object({
  id: z.string(),
  role: Role,
  agent: z.object({ name: z.string(), version: z.string(), language: z.string() }),
  hotkey: z.string(),
  digest: z.string(),
  state: z.enum(['queued', 'working', 'passed', 'failed', 'refused', 'voided', 'cancelled']),
  stage: z.string(),
  /** From 1, by precedence, among those that are not decided; null for those that are. */
  place: z.int().nullable(),
  precedence: z.object({ block: z.int(), index: z.int() }),
  window: z.int(),
  received: z.string(),
  reasons: z.array(Reason),
  /** The earliest agent that it looks like; null if there is none, or it was not compared yet. */
  origin: z
    .object({
      submission: z.string(),
      /** Whether the two belong to the same coldkey. */
      isOwn: z.boolean(),
      reason: z.string(),
    })
    .nullable(),
  stages: z.array(
    z.object({
      stage: z.string(),
      tasks: z.int(),
      solved: z.int(),
      judged: z.int(),
      voided: z.int(),
      open: z.int(),
      /** Of the score, whatever becomes of what is open. */
      bounds: z.object({ lowest: z.number(), highest: z.number() }),
    }),
  ),
  /** Tasks by their place in the draw; named only once everybody may know them. */
  attempts: z.array(
    z.object({
      id: z.string(),
      stage: z.string(),
      place: z.int(),
      environment: z.string(),
      task: z.string().nullable(),
      state: z.string(),
      verdict: z.string().nullable(),
      reason: z.string().nullable(),
      seconds: z.number().nullable(),
    }),
  ),
  /** Whether results are kept back: those of a champion, by task, until their window is over. */
  hidden: z.boolean(),
  /** What may be done or waited for. */
  next: z.string(),
})
export type Standing = z.infer<typeof Standing>

const Manifest = z.object({ name: z.string(), version: z.string(), language: z.string() })

/**
 * A challenger that knew where the champion fails would aim there: of a champion nothing is told by task until the window is over.
 *
 * @param isOpenNow - whether everybody may know the tasks of a window by now
 */
export async function findStanding(
  db: Drizzle,
  id: string,
  { rules, isOpenNow }: { readonly rules: StageRules; readonly isOpenNow: (window: number) => boolean },
): Promise<Standing | undefined> {
  const [row] = await db.select().from(submissions).where(eq(submissions.id, id))
  if (row === undefined) return undefined
  const isChampion = (await findChampion(db))?.id === id
  const made = await db
    .select()
    .from(attempts)
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .where(eq(attempts.submission, id))
    .orderBy(asc(attempts.planned), asc(attempts.place))
  const isHidden = ({ draws: { window } }: (typeof made)[number]): boolean => isChampion && !isOpenNow(window)
  const told = made.filter(one => !isHidden(one))
  const stages = [...new Set(told.map(({ attempts: { stage } }) => stage))]
  const { name, version, language } = Manifest.parse(row.manifest)
  return {
    ...{ id, role: row.role, hotkey: row.hotkey, digest: row.digest },
    ...{ state: row.state, stage: row.stage, window: row.window },
    agent: { name, version, language },
    place: await placeOf(db, row),
    precedence: { block: row.block, index: row.index },
    received: row.received.toISOString(),
    reasons: z.array(Reason).parse(row.reasons),
    origin: await findOriginOf(db, row),
    stages: stages.map(stage => {
      const own = told.filter(one => one.attempts.stage === stage && one.attempts.state !== 'skipped')
      const results = own.map(({ attempts: { state, verdict }, tasks: { environment } }) => ({
        environment,
        result: (state === 'voided'
          ? 'void'
          : isOpen(state)
            ? 'open'
            : verdict === 'solved'
              ? 'solved'
              : 'unsolved') as 'void' | 'open' | 'solved' | 'unsolved',
      }))
      const count = (wanted: string): number => results.filter(({ result }) => result === wanted).length
      return {
        stage,
        tasks: own.length,
        solved: count('solved'),
        judged: count('solved') + count('unsolved'),
        voided: count('void'),
        open: count('open'),
        bounds: decide(rules[stage], results).bounds,
      }
    }),
    attempts: made.map(row => ({
      ...{ id: row.attempts.id, stage: row.attempts.stage, place: row.attempts.place + 1 },
      ...{ environment: row.tasks.environment, task: isOpenNow(row.draws.window) ? row.tasks.name : null },
      ...(isHidden(row) ? HIDDEN : outcomeOf(row.attempts)),
    })),
    hidden: told.length < made.length,
    next: nextOf(row.state, id),
  }
}

const HIDDEN = { state: 'closed', verdict: null, reason: null, seconds: null }

function outcomeOf({ state, verdict, reason, started, ended }: typeof attempts.$inferSelect) {
  const seconds = started === null || ended === null ? null : (ended.getTime() - started.getTime()) / 1000
  return { state, verdict, reason, seconds }
}

async function findOriginOf(
  db: Drizzle,
  { id, coldkey }: typeof submissions.$inferSelect,
): Promise<Standing['origin']> {
  const [found] = await db
    .select({ submission: submissions.id, coldkey: submissions.coldkey, reason: suspicions.reason })
    .from(suspicions)
    .innerJoin(submissions, eq(submissions.id, suspicions.origin))
    .where(eq(suspicions.submission, id))
  if (found === undefined) return null
  return { submission: found.submission, isOwn: found.coldkey === coldkey, reason: found.reason ?? '' }
}

async function placeOf(db: Drizzle, row: typeof submissions.$inferSelect): Promise<number | null> {
  if (row.state !== 'queued' && row.state !== 'working') return null
  const upTo = sql`(${submissions.block}, ${submissions.index}, ${submissions.hotkey} collate "C") <= (${row.block}, ${row.index}, ${row.hotkey})`
  return await db.$count(submissions, and(inArray(submissions.state, ['queued', 'working']), upTo))
}

function nextOf(state: Standing['state'], id: string): string {
  switch (state) {
    case 'queued':
      return 'Wait for its turn: submissions of one owner are worked on one at a time, the earliest first'
    case 'working':
      return `Watch it: npx arete watch ${id}`
    case 'passed':
      return 'It stands on the board of this validator'
    case 'failed':
      return 'See which tasks it did not solve, mend it, and hand in again: npx arete submit'
    case 'refused':
      return 'Try it here with "npx arete run --agent <folder>", mend it, and hand in again'
    case 'voided':
      return 'This was not its fault: ask the operator to queue it again'
    case 'cancelled':
      return 'Somebody took it back; hand in again if you wish'
  }
}
