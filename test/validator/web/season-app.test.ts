import { expect, test } from 'vitest'
import type { AgentPage } from '../../../validator/pages/agent.ts'
import type { BoardPage } from '../../../validator/pages/board-data.ts'
import { replaySeason } from '../../../validator/scoring/season/season.ts'
import { buildSeasonApp } from '../../../validator/web/season-app.ts'
import { digest, environmentsOf, playSeason } from '../../support/season.ts'

const { facts } = playSeason({
  players: [
    { submission: 'nothing', hotkey: 'validator', role: 'reference', skill: -9, window: 0 },
    { submission: 'weak', hotkey: 'one', skill: -1, window: 0 },
    { submission: 'strong', hotkey: 'two', skill: 2.5, window: 1 },
    { submission: 'copy', hotkey: 'three', skill: 2.5, window: 2, origin: 'strong' },
  ],
  ...{ windows: 3, environments: environmentsOf('one', 'two'), tasks: 60, confirmation: 200 },
  ...{ alpha: 0.01, seed: 5 },
})
const season = replaySeason(facts, digest)
const { block } = season.settlements.at(-1)!.standings
const now = { season, open: [], block, counted: new Date(0), spent: new Map() }
const app = buildSeasonApp(now, 'receipts')
const get = async (path: string) => await app.request(`http://localhost${path}`)

test('receipts alone make the board with its reigns', async () => {
  const board = (await (await get('/board.json')).json()) as BoardPage

  expect(board.rows[0]).toMatchObject({ submission: 'strong', state: 'champion' })
  expect(board.reigns.map(({ submission }) => submission)).toEqual(['weak', 'strong'])
  expect(board).toMatchObject({ window: 2, block, duels: [] })
})

test('an agent is shown with its environments, duels and likeness', async () => {
  const weak = (await (await get('/agents/weak.json')).json()) as AgentPage
  const copy = (await (await get('/agents/copy.json')).json()) as AgentPage

  expect(weak).toMatchObject({ agent: 'weak', duels: [{ kind: 'won', challenger: { agent: 'strong' } }] })
  expect(weak.cells).toHaveLength(2)
  expect(copy.origin).toMatchObject({ submission: 'strong' })
})

test('every link of every page leads somewhere, and none to what only a validator has', async () => {
  const seen = new Set<string>()
  const open = ['/']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const answer = await get(path)
    expect([path, answer.status]).toEqual([path, 200])
    if (!answer.headers.get('content-type')?.includes('text/html')) continue
    const links = (await answer.text()).matchAll(/href="(\/[^"#]*)"/g)
    open.push(...[...links].map(([, href]) => href!.replaceAll('&amp;', '&')))
  }

  expect([...seen]).toEqual(expect.arrayContaining(['/weights', '/agents/copy', '/board.csv']))
  expect([...seen].some(path => path.startsWith('/duels/'))).toBe(true)
  expect([...seen].some(path => path.startsWith('/workers') || path.startsWith('/attempts'))).toBe(false)
})

test('another name for this machine is not answered', async () => {
  expect((await app.request('http://evil.example/board')).status).toBe(403)
})
