import { OpenAPIHono } from '@hono/zod-openapi'
import { buildSeasonAgent } from '../pages/season-agent.ts'
import { buildBoardPage, findDuel, type SeasonNow } from '../pages/season-board.ts'
import { buildDuelPage } from '../pages/season-duel.ts'
import { buildWeightsPage } from '../pages/season-weights.ts'
import { refuse } from './answers.ts'
import { addAssets } from './assets.ts'
import { onlyHere } from './only-here.ts'
import { addPages } from './page-routes.ts'
import { secure } from './secure.ts'

/** The pages of a season that is only looked at, for this machine only. @param place - where it comes from, as people say it */
export function buildSeasonApp(now: SeasonNow, place: string): OpenAPIHono {
  const app = new OpenAPIHono()
  app.use(secure('here'))
  app.use(onlyHere())
  addAssets(app)
  const board = buildBoardPage(now)
  addPages(
    app,
    { place, events: undefined },
    {
      board: async () => board,
      weights: async () => buildWeightsPage(now, null),
      agent: async id => buildSeasonAgent(now, board, id),
      async duel(id) {
        const found = findDuel(now, id)
        return found && buildDuelPage(now.season.entries, found.draw, found.standing)
      },
    },
  )
  app.notFound(c => refuse(c, 404, 'unknown', `There is nothing at ${c.req.path.slice(0, 200)}`))
  return app
}
