import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { etag } from 'hono/etag'
import { AgentPage, renderAgent } from '../pages/agent.ts'
import { AttemptPage, renderAttempt } from '../pages/attempt.ts'
import { renderCsv } from '../pages/board-csv.ts'
import { BoardPage } from '../pages/board-data.ts'
import { BoardView } from '../pages/board-view.ts'
import { DuelPage, renderDuel } from '../pages/duel.ts'
import { EnvironmentsPage, renderEnvironments } from '../pages/environments.ts'
import type { Site } from '../pages/layout.ts'
import { MirrorsPage, renderMirrors } from '../pages/mirrors.ts'
import { renderMissing } from '../pages/missing.ts'
import { renderSubnets } from '../pages/subnets.ts'
import { SubnetsPage } from '../pages/subnets-data.ts'
import { renderTask, TaskPage } from '../pages/task.ts'
import { renderWeights, WeightsPage } from '../pages/weights.ts'
import { renderWorkers, WorkersPage } from '../pages/workers.ts'
import { VERSION } from '../version.ts'
import { answers, refusals, refuse } from './answers.ts'
import { STAMP } from './assets.ts'
import { keepDrawn } from './drawn-boards.ts'
import type { Pages } from './page-data.ts'
import { sendPage } from './send-page.ts'

const PAGES = ['Board', 'Environments', 'Workers', 'Weights', 'Subnets', 'Mirrors']

/** Pages for people; each has the same as data at its address with `.json` behind it. */
export function addPages(
  app: OpenAPIHono,
  { place, events }: Pick<Site, 'place' | 'events'>,
  pages: Pages,
): void {
  const { work } = pages
  const names = work === undefined ? ['Board', 'Weights'] : PAGES
  const site: Site = {
    ...{ place, events, version: VERSION, stamp: STAMP },
    pages: names.map(label => ({ href: `/${label.toLowerCase()}`, label })),
  }
  const tagged = etag()
  const drawn = keepDrawn(site)

  for (const path of ['/', '/board'])
    app.get(path, tagged, async c => {
      const board = await pages.board()
      const view = BoardView.parse(c.req.query())
      const page = drawn(board, view)
      // Said here, since a tag of what goes out in pieces could be told only after the last one.
      c.header('etag', page.tag)
      return sendPage(c, page.text)
    })
  app.get('/board.csv', tagged, async c =>
    c.body(renderCsv(await pages.board()), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="board.csv"',
    }),
  )
  list('/weights', WeightsPage, 'What the newest window pays, to whom and why', pages.weights, renderWeights)
  describe('/board.json', BoardPage, 'The board with everything that its page shows')
  app.get('/board.json', tagged, async c => c.json(await pages.board()))
  one('/agents', NAME, AgentPage, 'A submission', pages.agent, renderAgent)
  one('/duels', NAME, DuelPage, 'A duel with all its rounds', pages.duel, renderDuel)
  if (work !== undefined) addWork(work)

  function addWork({
    environments,
    workers,
    mirrors,
    subnets,
    task,
    attempt,
  }: NonNullable<Pages['work']>): void {
    const environmentsAre = 'Environments and their open tasks'
    list('/environments', EnvironmentsPage, environmentsAre, environments, renderEnvironments)
    list('/workers', WorkersPage, 'Who works, and on how much', workers, renderWorkers)
    list('/subnets', SubnetsPage, 'Every subnet of the chain, as of one block', subnets, renderSubnets)
    list('/mirrors', MirrorsPage, 'Boards of other subnets, as they were read', mirrors, renderMirrors)
    one('/tasks', '[0-9a-f]{64}', TaskPage, 'A task that is open', task, renderTask)
    one('/attempts', NAME, AttemptPage, 'An attempt, as far as it is open', attempt, (where, found) =>
      renderAttempt(where, found, { under: '/board', data: `/attempts/${found.id}.json` }),
    )
  }

  type Draw<T> = (site: Site, data: T) => string

  function list<T>(
    path: string,
    schema: z.ZodType<T>,
    summary: string,
    find: () => Promise<T>,
    draw: Draw<T>,
  ): void {
    describe(`${path}.json`, schema, summary)
    app.get(path, tagged, async c => c.html(draw(site, await find())))
    app.get(`${path}.json`, tagged, async c => c.json(await find()))
  }

  function one<T>(
    path: string,
    id: string,
    schema: z.ZodType<T>,
    summary: string,
    find: (id: string) => Promise<T | undefined>,
    draw: Draw<T>,
  ): void {
    describe(`${path}/{id}.json`, schema, summary)
    app.get(`${path}/:file{${id}\\.json}`, tagged, async c => {
      const found = await find(c.req.param('file')!.slice(0, -'.json'.length))
      return found === undefined
        ? refuse(c, 404, 'unknown', 'There is none, or it is not open yet')
        : c.json(found as object)
    })
    app.get(`${path}/:id{${id}}`, tagged, async c => {
      const found = await find(c.req.param('id')!)
      return found === undefined
        ? c.html(renderMissing(site, 'There is none, or it is not open yet'), 404)
        : c.html(draw(ofOne(c, found), found))
    })
  }

  /** Who looks at one submission is told of that one only. */
  function ofOne(c: Context, found: unknown): Site {
    return c.req.path.startsWith('/agents/') && site.events !== undefined
      ? { ...site, events: `${site.events}?submission=${(found as AgentPage).submission}` }
      : site
  }

  function describe<T>(path: string, schema: z.ZodType<T>, summary: string): void {
    const isOne = path.includes('{id}')
    app.openAPIRegistry.registerPath(
      createRoute({
        method: 'get',
        path,
        summary,
        ...(isOne ? { request: { params: z.object({ id: z.string() }) } } : {}),
        responses: { 200: answers(schema, 'What the page shows'), ...(isOne ? refusals(404) : {}) },
      }),
    )
  }
}

/** Ids of submissions, draws and attempts. */
const NAME = '[\\w.:-]{1,120}'
