import { and, desc, eq, ne } from 'drizzle-orm'
import type { AgentPage } from '../pages/agent.ts'
import type { BoardPage } from '../pages/board-data.ts'
import { likenessIn } from '../pages/season-agent.ts'
import { duelsOf, type SeasonNow } from '../pages/season-board.ts'
import { findStanding } from '../stages/standing.ts'
import { submissions } from '../store/schema.ts'
import type { WebContext } from './context.ts'
import { opennessNow } from './openness.ts'

const MOST_OTHERS = 20

/** A submission as its page shows it; undefined if there is none. */
export async function findAgent(
  context: WebContext,
  id: string,
  board: BoardPage,
  now: SeasonNow | undefined,
): Promise<AgentPage | undefined> {
  const { db } = context.intake.database
  const openness = await opennessNow(context)
  const standing = await findStanding(db, id, {
    rules: context.config.stages,
    isOpenNow: window => openness(window).kind === 'open',
  })
  if (standing === undefined) return undefined
  const [found] = await db.select().from(submissions).where(eq(submissions.id, id))
  const row = board.rows.find(({ submission }) => submission === id)
  const code = openness(standing.window, found!.opens)
  const { agent, hotkey, stages, attempts, ...rest } = standing
  return {
    ...{ submission: id, agent: agent.name, hotkey, version: agent.version, language: agent.language },
    ...{
      digest: rest.digest,
      state: rest.state,
      stage: rest.stage,
      window: rest.window,
      received: rest.received,
    },
    ...{ precedence: rest.precedence, place: rest.place, reasons: rest.reasons, next: rest.next },
    ...{ rank: row?.layer == null ? null : row.rank, total: row?.total ?? null, trend: row?.trend ?? [] },
    cells: Object.entries(row?.cells ?? {}).map(([environment, cell]) => ({ environment, ...cell })),
    stages: stages.map(({ bounds: _, ...stage }) => stage),
    attempts: attempts.map(one => ({
      ...one,
      verdict: one.verdict as AgentPage['attempts'][number]['verdict'],
    })),
    hidden: hiddenOf(
      attempts.some(({ task }) => task === null),
      rest.hidden,
    ),
    code:
      code.kind === 'open'
        ? { href: `/v1/submissions/${id}/code`, closed: null }
        : {
            href: null,
            closed: `It opens with block ${code.untilBlock}, about ${code.until.toISOString().slice(0, 16).replace('T', ' ')}`,
          },
    ...(now === undefined ? { origin: null, copies: [] } : likenessIn(now, id)),
    duels: (now === undefined ? [] : duelsOf(now, id)).map(({ id: duel, kind, challenger, bouts }) => ({
      ...{ id: duel, kind, challenger, opponent: bouts[0]!.opponent },
    })),
    others: await findOthers(context, id, hotkey),
  }
}

function hiddenOf(isClosed: boolean, isChampion: boolean): string | null {
  if (!isClosed) return null
  return isChampion
    ? "A champion's results stay hidden by task until their window is over, so that no challenger can aim at its weak ones."
    : 'Tasks are named when their window is over.'
}

async function findOthers({ intake }: WebContext, id: string, hotkey: string): Promise<AgentPage['others']> {
  const rows = await intake.database.db
    .select()
    .from(submissions)
    .where(and(eq(submissions.hotkey, hotkey), ne(submissions.id, id)))
    .orderBy(desc(submissions.received))
    .limit(MOST_OTHERS)
  return rows.map(row => ({
    ...{ submission: row.id, agent: (row.manifest as { name: string }).name, state: row.state },
    received: row.received.toISOString(),
  }))
}
