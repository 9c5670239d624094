import { sql } from 'drizzle-orm'
import type { Role } from '../scoring/role.ts'
import type { Drizzle } from '../store/database.ts'
import { newestEvent } from '../store/events.ts'

/** What was judged of one submission at one family of tasks. */
export interface Counted extends Record<string, unknown> {
  readonly submission: string
  readonly role: Role
  readonly agent: string
  readonly hotkey: string
  readonly state: string
  readonly block: number
  readonly index: number
  readonly environment: string
  readonly solved: number
  readonly judged: number
  readonly seconds: number
  /** Attempts with language models, and what these used together. */
  readonly metered: number
  readonly dollars: number
  readonly tokens: number
}

/** Reads what was judged, of every submission. @returns the same as a count of all rows would give */
export type Tally = () => Promise<Counted[]>

/** So often all is counted anew, should anything have changed that no event told of. */
const ALL_AGAIN_MILLISECONDS = 3_600_000

/** Counts all once, and afterwards those alone of whom events told since: the records of years need not be read for one verdict. */
export function openTally(db: Drizzle, now: () => Date): Tally {
  let known = new Map<string, Counted[]>()
  let place: number | undefined
  let counted = 0
  return async () => {
    // Before anything is counted, so that what happens meanwhile is counted again rather than missed.
    const newest = await newestEvent(db)
    const isDue = Math.abs(now().getTime() - counted) >= ALL_AGAIN_MILLISECONDS
    if (place === undefined || isDue) {
      known = groupBySubmission(await count(db, undefined))
      counted = now().getTime()
    } else if (newest !== place) {
      const changed = await findChanged(db, place)
      const fresh = groupBySubmission(await count(db, changed))
      for (const id of changed) known.delete(id)
      for (const [id, rows] of fresh) known.set(id, rows)
    }
    place = newest
    return [...known.values()].flat()
  }
}

async function findChanged(db: Drizzle, after: number): Promise<string[]> {
  const { rows } = await db.execute<{ submission: string }>(
    sql`select distinct submission from events where place > ${after} and submission <> ''`,
  )
  return rows.map(({ submission }) => submission)
}

/** Of stages that count; smoke only shows that an agent runs. @param only - ids; undefined for all */
async function count(db: Drizzle, only: readonly string[] | undefined): Promise<Counted[]> {
  const { rows } = await db.execute<Counted>(sql`
    select s.id as submission, s.role, s.manifest ->> 'name' as agent, s.hotkey, s.state, s.block, s.index,
      c.environment, c.solved, c.judged, c.seconds, c.metered, c.dollars, c.tokens
    from (
      select a.submission, t.environment,
        (count(*) filter (where a.verdict = 'solved'))::int as solved, count(*)::int as judged,
        coalesce(sum(extract(epoch from a.ended - a.started)), 0)::float as seconds,
        (count(a."left" #>> '{spent,usd}'))::int as metered,
        coalesce(sum((a."left" #>> '{spent,usd}')::float), 0)::float as dollars,
        coalesce(sum((a."left" #>> '{spent,inputTokens}')::float + (a."left" #>> '{spent,outputTokens}')::float), 0)::float as tokens
      from attempts a join tasks t on t.digest = a.task
      where a.state = 'judged' and a.stage <> 'smoke'
        and ${only === undefined ? sql`true` : sql`a.submission = any(${sql.param(only)})`}
      group by a.submission, t.environment
    ) c join submissions s on s.id = c.submission
    where s.state not in ('cancelled', 'voided', 'refused')`)
  return rows
}

/** Rows of each submission, in the order in which these come first. */
export function groupBySubmission(rows: readonly Counted[]): Map<string, Counted[]> {
  const groups = new Map<string, Counted[]>()
  for (const row of rows) {
    const own = groups.get(row.submission)
    if (own === undefined) groups.set(row.submission, [row])
    else own.push(row)
  }
  return groups
}
