import type { AgentPage } from '../pages/agent.ts'
import type { AttemptPage } from '../pages/attempt.ts'
import type { BoardPage } from '../pages/board-data.ts'
import type { DuelPage } from '../pages/duel.ts'
import type { EnvironmentsPage } from '../pages/environments.ts'
import type { MirrorsPage } from '../pages/mirrors.ts'
import { findDuel, type SeasonNow } from '../pages/season-board.ts'
import { buildDuelPage } from '../pages/season-duel.ts'
import { buildWeightsPage } from '../pages/season-weights.ts'
import type { SubnetsPage } from '../pages/subnets-data.ts'
import type { TaskPage } from '../pages/task.ts'
import type { WeightsPage } from '../pages/weights.ts'
import type { WorkersPage } from '../pages/workers.ts'
import { newestEvent } from '../store/events.ts'
import type { WebContext } from './context.ts'
import { findAgent } from './find-agent.ts'
import { findAttempt } from './find-attempt.ts'
import { findBoard } from './find-board.ts'
import { findEnvironments } from './find-environments.ts'
import { findMirrorsPage } from './find-mirrors.ts'
import { findSeason } from './find-season.ts'
import { findSet } from './find-set.ts'
import { findSubnetsPage } from './find-subnets.ts'
import { findTask } from './find-task.ts'
import { findWorkers } from './find-workers.ts'
import { together } from './together.ts'

/** What each page shows, read when it is asked for. */
export interface Pages {
  readonly board: () => Promise<BoardPage>
  readonly weights: () => Promise<WeightsPage>
  readonly agent: (id: string) => Promise<AgentPage | undefined>
  readonly duel: (id: string) => Promise<DuelPage | undefined>
  /** What only who does the work can show. */
  readonly work?: {
    readonly environments: () => Promise<EnvironmentsPage>
    readonly workers: () => Promise<WorkersPage>
    readonly mirrors: () => Promise<MirrorsPage>
    readonly subnets: () => Promise<SubnetsPage>
    readonly attempt: (id: string) => Promise<AttemptPage | undefined>
    readonly task: (digest: string) => Promise<TaskPage | undefined>
  }
}

export function openPages(context: WebContext): Pages {
  let known: SeasonNow | undefined
  let place = -1
  // It changes with what happens only.
  const season = together(async () => {
    const newest = await newestEvent(context.intake.database.db)
    if (newest !== place) known = await findSeason(context)
    place = newest
    return known
  })
  let last: BoardPage | undefined
  let from: readonly unknown[] = []
  const board = together(async () => {
    const [answer, now] = await Promise.all([context.board.read(), season()])
    const block = (await context.intake.chain.head()).number
    // The same page as before, if nothing changed, so that it need not be drawn again.
    const parts = [answer, now, block]
    if (last === undefined || parts.some((part, index) => part !== from[index]))
      last = findBoard(answer, now, { block, declared: context.config.environments })
    from = parts
    return last
  })
  const championOf = async (): Promise<string | undefined> =>
    (await season())?.season.reigns.at(-1)?.submission
  return {
    board,
    async weights() {
      const now = await season()
      const block = (await context.intake.chain.head()).number
      const set = await findSet(context.intake.database.db, now?.season.settlements.at(-1)?.standings.window)
      return buildWeightsPage({ season: now?.season ?? NOTHING, block }, set)
    },
    agent: async id => await findAgent(context, id, await board(), await season()),
    async duel(id) {
      const now = await season()
      const found = now === undefined ? undefined : findDuel(now, id)
      return found === undefined || now === undefined
        ? undefined
        : buildDuelPage(now.season.entries, found.draw, found.standing)
    },
    work: {
      environments: together(async () => await findEnvironments(context, (await board()).environments)),
      workers: together(async () => await findWorkers(context)),
      mirrors: together(async () => await findMirrorsPage(context)),
      subnets: together(async () => await findSubnetsPage(context)),
      attempt: async id => await findAttempt(context, id, await championOf()),
      task: async digest => await findTask(context, digest),
    },
  }
}

const NOTHING: SeasonNow['season'] = {
  entries: new Map(),
  draws: new Map(),
  duels: [],
  reigns: [],
  settlements: [],
}
