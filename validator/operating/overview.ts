import { sql } from 'drizzle-orm'
import type { Jobs } from '../stages/jobs.ts'
import { listStranded, type Stranded } from '../stages/steer.ts'
import type { Database } from '../store/database.ts'

/** What an operator wants to see at a glance. */
export interface Overview {
  readonly intake: string
  /** Undecided submissions by stage, with the age of the oldest in seconds. */
  readonly queue: readonly {
    readonly stage: string
    readonly state: string
    readonly count: number
    readonly oldest: number
  }[]
  readonly decided: readonly { readonly state: string; readonly count: number }[]
  readonly attempts: readonly { readonly state: string; readonly count: number }[]
  readonly workers: readonly {
    readonly id: string
    readonly state: string
    readonly cpus: number
    readonly memoryMegabytes: number
    readonly phases: readonly string[]
    readonly attempts: number
    /** Seconds since its last sign of life. */
    readonly seen: number
  }[]
  readonly stranded: readonly Stranded[]
  readonly receipts: { readonly signed: number; readonly unsigned: number }
  /** Of the newest draw. */
  readonly voids: readonly { readonly environment: string; readonly voided: number; readonly ended: number }[]
  readonly databaseBytes: number
}

/** Reads everything at once. */
export async function findOverview({
  database,
  jobs,
}: {
  readonly database: Database
  readonly jobs: Jobs
}): Promise<Overview> {
  const rows = async <Row extends object>(query: ReturnType<typeof sql>): Promise<readonly Row[]> =>
    (await database.db.execute(query)).rows as unknown as Row[]
  const [intake] = await rows<{ value: string }>(sql`select value from controls where name = 'intake'`)
  const [receipts] = await rows<Overview['receipts']>(
    sql`select (count(*) filter (where sequence is not null))::int as signed, (count(*) filter (where sequence is null))::int as unsigned from receipts`,
  )
  const [size] = await rows<{ bytes: string }>(
    sql`select pg_database_size(current_database())::text as bytes`,
  )
  return {
    intake: intake?.value ?? 'open',
    queue: await rows(
      sql`select stage, state, count(*)::int as count, extract(epoch from now() - min(received))::int as oldest
          from submissions where state in ('queued', 'working') group by stage, state order by state, stage`,
    ),
    decided: await rows(
      sql`select state, count(*)::int as count from submissions where state not in ('queued', 'working') group by state order by state`,
    ),
    attempts: await rows(
      sql`select state, count(*)::int as count from attempts group by state order by state`,
    ),
    workers: await rows(
      sql`select id, state, cpus, memory_megabytes as "memoryMegabytes", phases, extract(epoch from now() - seen)::int as seen,
            (select count(*)::int from attempts where worker = workers.id and attempts.state in ('working', 'verifying')) as attempts
          from workers where state <> 'gone' order by id`,
    ),
    stranded: await listStranded({ database, jobs }),
    receipts: receipts!,
    voids: await rows(
      sql`select t.environment, (count(*) filter (where a.state = 'voided'))::int as voided,
            (count(*) filter (where a.state in ('voided', 'judged')))::int as ended
          from attempts a join tasks t on t.digest = a.task
          where a.draw = (select id from draws where purpose = 'shared' order by made desc limit 1)
          group by t.environment order by t.environment`,
    ),
    databaseBytes: Number(size!.bytes),
  }
}
