import { describe, expect, test } from 'vitest'
import { type Fact, replaySeason } from '../../../validator/scoring/season/season.ts'
import { digest, environmentsOf, type Player, playSeason } from '../../support/season.ts'

const PLAN = {
  windows: 3,
  environments: environmentsOf('fixes', 'features'),
  tasks: 40,
  confirmation: 150,
  alpha: 0.02,
  seed: 11,
}

const PLAYERS: readonly Player[] = [
  { submission: 'nop', hotkey: 'ours', role: 'reference', skill: -99, window: 0 },
  { submission: 'first', hotkey: 'ada', skill: -1, window: 0 },
  { submission: 'equal', hotkey: 'bob', skill: -1, window: 1 },
  { submission: 'better', hotkey: 'cy', skill: 1, window: 1 },
  { submission: 'copy', hotkey: 'dee', skill: 1, window: 2, origin: 'better' },
]

describe('a season', () => {
  const played = playSeason({ ...PLAN, players: PLAYERS })

  test('crowns the best of the first window, then only who is proven to be better', () => {
    expect(played.standings.map(({ reigns }) => reigns.map(({ submission }) => submission))).toEqual([
      ['first'],
      ['first', 'better'],
      ['first', 'better'],
    ])
  })

  test('gives the founder no credit, a winner its proven gain, and burns the rest', () => {
    const [founded, won] = played.standings
    expect(founded!.pay.lines).toEqual([
      { submission: 'first', hotkey: 'ada', why: 'champion', share: 0.2, to: { kind: 'uid', uid: 2 } },
    ])
    expect(founded!.pay.weights).toEqual([
      [0, 52_428],
      [2, 13_107],
    ])
    expect(won!.reigns.at(-1)!.credit).toBeGreaterThan(0.05)
    expect(won!.pay.lines.map(({ why, hotkey }) => [why, hotkey])).toEqual([
      ['champion', 'cy'],
      ['credit', 'cy'],
    ])
  })

  test('puts the champion first, then layers, and shows everybody once', () => {
    const { rows } = played.standings[1]!
    expect(rows.map(({ submission }) => submission)).toEqual(['better', 'equal', 'first', 'nop'])
    expect(rows.at(-1)!.layer).toBeGreaterThan(rows[0]!.layer)
  })

  test('follows from its facts alone', () => {
    const replayed = replaySeason(played.facts, digest)
    expect(replayed.mistakes).toEqual([])
    expect(replayed.settlements.map(({ standings }) => standings)).toEqual(played.standings)
  })

  test('follows from them in whatever order the verdicts of a window were signed', () => {
    const shuffled = moveResultsOfDuels(played.facts)
    expect(replaySeason(shuffled, digest).mistakes).toEqual([])
  })
})

describe('what does not follow is named', () => {
  const { facts } = playSeason({ ...PLAN, players: PLAYERS })
  const lies: readonly [string, (fact: Fact) => Fact, RegExp][] = [
    [
      'another champion',
      fact => (fact.kind === 'settlement' ? { ...fact, champion: 'copy' } : fact),
      /the champion is first, not copy/,
    ],
    [
      'weights for a friend',
      fact => (fact.kind === 'settlement' ? { ...fact, weights: [[4, 65_535]] } : fact),
      /the weights are not those/,
    ],
    [
      'a verdict that was changed',
      fact =>
        fact.kind === 'result' && fact.submission === 'better' && fact.result.kind === 'judged'
          ? { ...fact, result: { ...fact.result, score: 1 - fact.result.score } }
          : fact,
      /is not what the verdicts say/,
    ],
    [
      'a duel that was won by nothing',
      fact => (fact.kind === 'duel' ? { ...fact, credit: 0.5 } : fact),
      /the credit is/,
    ],
    [
      'a duel against somebody weak',
      fact =>
        fact.kind === 'draw' && fact.challenger !== null
          ? { ...fact, against: [{ submission: 'nop', isOrigin: false }] }
          : fact,
      /it is against nop, but the champion was first/,
    ],
  ]

  test.each(lies)('%s', (_, change, sentence) => {
    expect(replaySeason(facts.map(change), digest).mistakes.join('\n')).toMatch(sentence)
  })
})

/** Verdicts of duels after everything of their window but the settlement. */
function moveResultsOfDuels(facts: readonly Fact[]): Fact[] {
  const isLate = (fact: Fact): boolean => fact.kind === 'result' && !fact.draw.endsWith('shared')
  const moved: Fact[] = []
  let late: Fact[] = []
  for (const fact of facts) {
    if (isLate(fact)) late.push(fact)
    else if (fact.kind === 'settlement') {
      moved.push(...late.reverse(), fact)
      late = []
    } else moved.push(fact)
  }
  return moved
}
