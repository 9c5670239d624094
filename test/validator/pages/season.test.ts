import { describe, expect, test } from 'vitest'
import { BoardPage } from '../../../validator/pages/board-data.ts'
import { DuelPage } from '../../../validator/pages/duel.ts'
import { buildBoardPage, findDuel, type SeasonNow } from '../../../validator/pages/season-board.ts'
import { buildDuelPage } from '../../../validator/pages/season-duel.ts'
import { buildWeightsPage } from '../../../validator/pages/season-weights.ts'
import { replaySeason } from '../../../validator/scoring/season/season.ts'
import { digest, environmentsOf, playSeason } from '../../support/season.ts'

const player = (name: string, skill: number, window: number) => ({
  submission: name,
  hotkey: `hotkey of ${name}`,
  skill,
  window,
})

/** A weak first champion, a far better challenger in the second window, and somebody who never had a chance. */
const played = playSeason({
  players: [player('weak', -1, 0), player('strong', 2.5, 1), player('none', -3, 1)],
  ...{
    windows: 3,
    environments: environmentsOf('one', 'two'),
    tasks: 60,
    confirmation: 200,
    alpha: 0.01,
    seed: 5,
  },
})

function now(change: Partial<SeasonNow> = {}): SeasonNow {
  const season = replaySeason(played.facts, digest)
  return {
    season,
    open: [],
    block: 30_000,
    counted: new Date('2026-11-29T10:00:00Z'),
    spent: new Map(),
    ...change,
  }
}

describe('board', () => {
  test('shows what was settled: champion first, reigns, what is paid', () => {
    const board = buildBoardPage(now())
    const last = played.standings.at(-1)!

    expect(BoardPage.parse(board)).toEqual(board)
    expect(board.rows.map(({ submission }) => submission)).toEqual(
      last.rows.map(({ submission }) => submission),
    )
    expect(board.rows[0]).toMatchObject({ submission: 'strong', state: 'champion', rank: 1 })
    expect(board.rows[0]!.paid + board.burned!).toBeCloseTo(1)
    expect(board.reigns.map(({ submission, to }) => [submission, to === null])).toEqual([
      ['weak', false],
      ['strong', true],
    ])
    expect(board.reigns[1]).toMatchObject({
      duel: played.duels.find(({ ending }) => ending.kind === 'won')!.draw.draw,
    })
    expect(board.rows[0]!.trend.length).toBeGreaterThan(0)
  })

  test('a duel under way makes a challenger', () => {
    const { draw } = played.duels[0]!
    const season = now().season
    const board = buildBoardPage(
      now({ season: { ...season, duels: [] }, open: [{ draw, results: new Map() }] }),
    )

    expect(board.duels).toMatchObject([{ id: draw.draw, kind: 'open', bouts: [{ rounds: 0, lead: 0 }] }])
    expect(board.rows.find(({ submission }) => submission === draw.challenger)?.state).not.toBe('ranked')
  })

  test('what was found of a copy before its duel is told on the board, too', () => {
    const { draw } = played.duels[0]!
    const against = draw.against.map(one => ({ ...one, reason: 'patches of both are alike' }))
    const board = buildBoardPage(now({ open: [{ draw: { ...draw, against }, results: new Map() }] }))

    expect(board.rows.find(({ submission }) => submission === draw.challenger)?.origin).toEqual({
      submission: against.at(-1)!.submission,
      reason: 'patches of both are alike',
    })
  })

  test('a season without a settled window has no rows', () => {
    const season = { entries: new Map(), draws: new Map(), duels: [], reigns: [], settlements: [] }

    expect(buildBoardPage(now({ season }))).toMatchObject({ rows: [], window: null, burned: null })
  })
})

test('a duel is played again for its plot, and ends where it ended', () => {
  const all = now()
  const { draw, standing } = findDuel(all, all.season.reigns[1]!.draw!)!
  const duel = buildDuelPage(all.season.entries, draw, standing)
  const [bout] = duel.bouts

  expect(DuelPage.parse(duel)).toEqual(duel)
  expect(bout!.curve).toHaveLength(bout!.rounds)
  expect(bout!.curve.at(-1)).toEqual([bout!.superiority, bout!.futility])
  expect(duel.credit).toBeGreaterThan(0)
  expect(bout!.environments.every(({ safety }) => safety >= 10)).toBe(true)
})

test('weights say who is paid and why, and what goes to the chain', () => {
  const weights = buildWeightsPage(now(), null)
  const { pay } = played.standings.at(-1)!

  expect(weights.lines.map(({ submission, why }) => [submission, why])).toEqual([
    ['strong', 'champion'],
    ['strong', 'credit'],
  ])
  expect(weights.weights.map(({ uid, weight }) => [uid, weight])).toEqual(pay.weights)
  expect(weights.weights.reduce((sum, { weight }) => sum + weight, 0)).toBe(65_535)
  expect(weights.weights.find(({ uid }) => uid !== 0)?.hotkey).toBe('hotkey of strong')
})
