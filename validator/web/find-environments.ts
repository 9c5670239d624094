import { sql } from 'drizzle-orm'
import type { BoardPage } from '../pages/board-data.ts'
import type { EnvironmentsPage } from '../pages/environments.ts'
import { wilson } from '../scoring/interval.ts'
import type { WebContext } from './context.ts'
import { openTasks } from './task-openness.ts'

interface Counted extends Record<string, unknown> {
  readonly digest: string
  readonly name: string
  readonly environment: string
  readonly judged: number
  readonly solved: number
  readonly voided: number
  readonly seconds: number
}

/** All environments with their tasks, which are named once everybody may know them. @param shares - of a settled window, if there is one */
export async function findEnvironments(
  context: WebContext,
  shares: BoardPage['environments'],
): Promise<EnvironmentsPage> {
  const { rows } = await context.intake.database.db.execute<Counted>(sql`
    select t.digest, t.name, t.environment,
      (count(*) filter (where a.state = 'judged'))::int as judged,
      (count(*) filter (where a.verdict = 'solved' and a.state = 'judged'))::int as solved,
      (count(*) filter (where a.state = 'voided'))::int as voided,
      coalesce(sum(extract(epoch from a.ended - a.started)) filter (where a.state = 'judged'), 0)::float as seconds
    from tasks t left join attempts a on a.task = t.digest
    group by t.digest order by t.environment, t.name`)
  const isOpen = await openTasks(context)
  const names = [...new Set(rows.map(({ environment }) => environment))]
  return {
    environments: names.map(name => {
      const own = rows.filter(({ environment }) => environment === name)
      const sum = (key: 'judged' | 'solved' | 'voided' | 'seconds') =>
        own.reduce((total, row) => total + row[key], 0)
      const [judged, solved] = [sum('judged'), sum('solved')]
      const [low, high] = wilson(solved, judged)
      const known = shares.find(one => one.name === name)
      return {
        ...{ name, netuid: known?.netuid ?? ('local' as const), share: known?.share ?? null },
        ...{ tasks: own.length, judged, solved, low, high, voided: sum('voided') },
        seconds: judged === 0 ? null : sum('seconds') / judged,
        open: own
          .filter(({ digest }) => isOpen(digest))
          .map(({ digest, name: task, judged: tried, solved: done }) => ({
            ...{ digest, name: task, judged: tried, solved: done },
          })),
      }
    }),
  }
}
