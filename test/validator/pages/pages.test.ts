import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { AgentPage, renderAgent } from '../../../validator/pages/agent.ts'
import { AttemptPage, renderAttempt } from '../../../validator/pages/attempt.ts'
import { renderBoard } from '../../../validator/pages/board.ts'
import { BoardPage } from '../../../validator/pages/board-data.ts'
import { BoardView } from '../../../validator/pages/board-view.ts'
import { DuelPage, renderDuel } from '../../../validator/pages/duel.ts'
import { EnvironmentsPage, renderEnvironments } from '../../../validator/pages/environments.ts'
import { MirrorsPage, renderMirrors } from '../../../validator/pages/mirrors.ts'
import { renderMissing } from '../../../validator/pages/missing.ts'
import { RunPage, renderRun } from '../../../validator/pages/run.ts'
import { STYLE } from '../../../validator/pages/style.ts'
import { renderSubnets } from '../../../validator/pages/subnets.ts'
import { SubnetsPage } from '../../../validator/pages/subnets-data.ts'
import { renderTask, TaskPage } from '../../../validator/pages/task.ts'
import { renderWeights, WeightsPage } from '../../../validator/pages/weights.ts'
import { renderWorkers, WorkersPage } from '../../../validator/pages/workers.ts'
import { fakeAttempt, fakeRun } from '../../support/attempt-page.ts'
import { fakeBoard } from '../../support/board.ts'
import { findUnclosed, listAddresses } from '../../support/markup.ts'
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
} from '../../support/pages.ts'

const site = fakeSite()
const view = BoardView.parse({})

/** Each page with data as its schema describes it. */
const PAGES = {
  board: { schema: BoardPage, data: fakeBoard(30, 12), draw: data => renderBoard(site, data, view) },
  duel: { schema: DuelPage, data: fakeDuel(90), draw: data => renderDuel(site, data) },
  agent: { schema: AgentPage, data: fakeAgent(), draw: data => renderAgent(site, data) },
  attempt: {
    schema: AttemptPage,
    data: fakeAttempt(),
    draw: data => renderAttempt(site, data, { data: '/x.json' }),
  },
  task: { schema: TaskPage, data: fakeTask(), draw: data => renderTask(site, data) },
  environments: {
    schema: EnvironmentsPage,
    data: fakeEnvironments(),
    draw: data => renderEnvironments(site, data),
  },
  workers: { schema: WorkersPage, data: fakeWorkers(), draw: data => renderWorkers(site, data) },
  weights: { schema: WeightsPage, data: fakeWeights(), draw: data => renderWeights(site, data) },
  subnets: { schema: SubnetsPage, data: fakeSubnets(40), draw: data => renderSubnets(site, data) },
  mirrors: { schema: MirrorsPage, data: fakeMirrors(), draw: data => renderMirrors(site, data) },
  run: { schema: RunPage, data: fakeRun(), draw: data => renderRun(site, data, '/run.json') },
} satisfies Record<string, { schema: z.ZodType; data: unknown; draw: (data: never) => string }>
const NAMES = Object.keys(PAGES) as (keyof typeof PAGES)[]

function draw(name: keyof typeof PAGES, data: unknown = PAGES[name].data): string {
  return (PAGES[name].draw as (data: unknown) => string)(data)
}

const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m\0'

/** The same data with something hostile in each text that a stranger may have chosen. */
function spoil(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return KEPT.has(key) ? value : `${value}${HOSTILE}`
  if (Array.isArray(value)) return value.map(one => spoil(one, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spoil(one, name)]))
}

/** What we choose ourselves: words of closed lists, times, ids. */
const KEPT = new Set([
  'kind',
  'role',
  'verdict',
  'why',
  'burned',
  'started',
  'finished',
  'counted',
  'received',
])
for (const name of ['at', 'settled', 'seen', 'status', 'state', 'href', 'netuid']) KEPT.add(name)

describe.each(NAMES)('%s', name => {
  test('is a whole document with one heading, a title, a way to skip, and its data beside it', () => {
    const page = draw(name)

    expect(PAGES[name].schema.parse(PAGES[name].data)).toEqual(PAGES[name].data)
    expect(findUnclosed(page)).toEqual([])
    expect(page.match(/<h1/g)).toHaveLength(1)
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(page).toContain('href="#main"')
    expect(listAddresses(page).some(address => address.endsWith('.json'))).toBe(true)
  })

  test('brings no style or script of its own, and leads nowhere else', () => {
    // But the one sheet of all pages, which the policy knows by its hash.
    const page = draw(name).replace(`<style>${STYLE}</style>`, '')

    expect(page).not.toMatch(/ style=| on[a-z]+=|<style|javascript:/)
    expect(listAddresses(page).filter(address => !/^[/#]/.test(address))).toEqual([])
  })

  test('shows what strangers wrote as text', () => {
    const page = draw(name, spoil(PAGES[name].data))

    expect(findUnclosed(page)).toEqual([])
    expect(page).not.toMatch(/<script|<img|"onerror/)
    expect(page).not.toMatch(/[^\P{C}\n\t]/u)
    expect(page).toContain('&lt;script&gt;')
  })

  test('says undefined, NaN and null nowhere', () => {
    expect(draw(name)).not.toMatch(/undefined|NaN|>null<|\[object/)
  })
})

test('a board of nobody says how to begin', () => {
  const page = renderBoard(site, fakeBoard(0, 0, { duels: [], reigns: [], window: null }), view)

  expect(findUnclosed(page)).toEqual([])
  expect(page).toContain('npx arete submit')
})

test('a page that is not there leads back', () => {
  expect(listAddresses(renderMissing(site, 'There is none'))).toContain('/')
})

test.each([
  { kind: 'open', rounds: 40, chance: 0.6, says: 'Nothing is decided yet' },
  { kind: 'won', rounds: 600, chance: 0.75, says: 'proved a gain of 3.4 points' },
  { kind: 'lost', rounds: 600, chance: 0.4, says: 'did not win' },
] as const)('a duel that is $kind says so', ({ kind, rounds, chance, says }) => {
  const duel = fakeDuel(rounds, chance)

  expect(duel.kind).toBe(kind)
  expect(renderDuel(site, duel)).toContain(says)
})

test('what is paid, what burns and what nobody earned add up to everything', () => {
  const parts = [...renderWeights(site, fakeWeights()).matchAll(/class="number">([\d.]+) %/g)]

  expect(parts).toHaveLength(fakeWeights().lines.length + 1)
  expect(parts.reduce((sum, [, part]) => sum + Number(part), 0)).toBeCloseTo(100, 1)
})

test('a column of another board may have any name', () => {
  const { mirrors } = fakeMirrors()
  const [first, ...rest] = mirrors[0]!.entries
  const odd = { ...first!, environments: { constructor: 0.5, toString: 0.25 } }

  const page = renderMirrors(site, { mirrors: [{ ...mirrors[0]!, entries: [odd, ...rest] }] })

  expect(page).toContain('constructor</th>')
  expect(page).not.toContain('native code')
})
