import { OpenAPIHono } from '@hono/zod-openapi'
import { streamSSE } from 'hono/streaming'
import { renderAgent } from '../../validator/pages/agent.ts'
import { renderAttempt } from '../../validator/pages/attempt.ts'
import { renderBoard } from '../../validator/pages/board.ts'
import type { BoardPage } from '../../validator/pages/board-data.ts'
import { BoardView } from '../../validator/pages/board-view.ts'
import { renderDuel } from '../../validator/pages/duel.ts'
import { renderEnvironments } from '../../validator/pages/environments.ts'
import { renderMirrors } from '../../validator/pages/mirrors.ts'
import { renderRun } from '../../validator/pages/run.ts'
import { renderSubnets } from '../../validator/pages/subnets.ts'
import { renderTask } from '../../validator/pages/task.ts'
import { renderWeights } from '../../validator/pages/weights.ts'
import { renderWorkers } from '../../validator/pages/workers.ts'
import { addAssets, STAMP } from '../../validator/web/assets.ts'
import { keepDrawn } from '../../validator/web/drawn-boards.ts'
import { type Listening, listen } from '../../validator/web/listen.ts'
import { secure } from '../../validator/web/secure.ts'
import { sendPage } from '../../validator/web/send-page.ts'
import { fakeAttempt, fakeRun } from './attempt-page.ts'
import { fakeBoard } from './board.ts'
import {
  fakeAgent,
  fakeDuel,
  fakeEnvironments,
  fakeMirrors,
  fakeSite,
  fakeSubnets,
  fakeTask,
  fakeWeights,
  fakeWorkers,
} from './pages.ts'

/** All pages with made-up data, served as a validator serves them. */
export interface Showcase extends AsyncDisposable {
  readonly url: string
  /** Shows another board, and tells everybody who looks. */
  readonly show: (board: BoardPage) => void
}

/** Addresses of the showcase, by what they show. */
export const SHOWN = {
  board: '/board',
  'board-of-few': '/few',
  'board-of-nobody': '/nobody',
  duel: '/duels/open',
  'duel-won': '/duels/won',
  agent: '/agents/one',
  attempt: '/attempts/one',
  task: '/tasks/one',
  environments: '/environments',
  workers: '/workers',
  weights: '/weights',
  mirrors: '/mirrors',
  subnets: '/subnets',
  run: '/run',
} as const

export async function openShowcase(change: (page: string) => string = page => page): Promise<Showcase> {
  const site = fakeSite({ events: '/v1/events', stamp: STAMP })
  const app = new OpenAPIHono()
  const listeners = new Set<() => void>()
  const ends = new Set<() => void>()
  let board = fakeBoard(256, 12)
  const drawn = keepDrawn(site)
  app.use(secure('everybody'))
  addAssets(app)
  const pages: Record<string, (query: BoardView) => string> = {
    [SHOWN.board]: view => drawn(board, view).text,
    [SHOWN['board-of-few']]: view => renderBoard(site, fakeBoard(24, 12), view),
    [SHOWN['board-of-nobody']]: view =>
      renderBoard(site, fakeBoard(0, 0, { duels: [], reigns: [], window: null }), view),
    [SHOWN.duel]: () => renderDuel(site, fakeDuel(180, 0.6)),
    [SHOWN['duel-won']]: () => renderDuel(site, fakeDuel(600, 0.62)),
    [SHOWN.agent]: () => renderAgent(site, fakeAgent()),
    [SHOWN.attempt]: () =>
      renderAttempt(site, fakeAttempt(), { under: '/board', data: '/attempts/one.json' }),
    [SHOWN.task]: () => renderTask(site, fakeTask()),
    [SHOWN.environments]: () => renderEnvironments(site, fakeEnvironments()),
    [SHOWN.workers]: () => renderWorkers(site, fakeWorkers()),
    [SHOWN.weights]: () => renderWeights(site, fakeWeights()),
    [SHOWN.mirrors]: () => renderMirrors(site, fakeMirrors()),
    [SHOWN.subnets]: () => renderSubnets(site, fakeSubnets(128)),
    [SHOWN.run]: () => renderRun(site, fakeRun(), '/run.json'),
  }
  for (const [path, draw] of Object.entries(pages))
    app.get(path, c => sendPage(c, change(draw(BoardView.parse(c.req.query())))))
  app.get('/v1/events', c =>
    streamSSE(c, async stream => {
      const done = new Promise<void>(resolve => {
        stream.onAbort(resolve)
        ends.add(resolve)
        stream.onAbort(() => void ends.delete(resolve))
      })
      const tell = (): void => void stream.writeSSE({ event: 'settled', data: '{}' })
      listeners.add(tell)
      await stream.writeSSE({ event: 'hello', data: '' })
      await done
      listeners.delete(tell)
    }),
  )
  const listening: Listening = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    url: listening.url,
    show(next) {
      board = next
      for (const tell of listeners) tell()
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end()
      await listening[Symbol.asyncDispose]()
    },
  }
}
