import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildBoard, type Scored } from '../../../validator/scoring/board.ts'

test('buildBoard() ranks by the mean over environments, however many tasks these have', () => {
  const board = buildBoard([
    ...many('wide', 'large', { solved: 90, unsolved: 10 }),
    ...many('wide', 'small', { solved: 0, unsolved: 2 }),
    ...many('even', 'large', { solved: 60, unsolved: 40 }),
    ...many('even', 'small', { solved: 1, unsolved: 1 }),
  ])

  expect(board.environments).toEqual(['large', 'small'])
  expect(board.rows.map(({ agent, score }) => [agent, score])).toEqual([
    ['even', 0.55],
    ['wide', 0.45],
  ])
  expect(board.rows[1]!.cells.large).toMatchObject({ solved: 90, attempts: 100, score: 0.9 })
})

test('buildBoard() counts invalid attempts as failures and leaves out what has no verdict', () => {
  const board = buildBoard([
    attempt('a', 'x', 'solved'),
    attempt('a', 'x', 'invalid'),
    attempt('a', 'x', undefined),
    attempt('a', 'y', undefined),
  ])

  expect(board.rows[0]).toEqual({
    agent: 'a',
    score: 0.5,
    cells: {
      x: {
        solved: 1,
        attempts: 2,
        score: 0.5,
        low: expect.closeTo(0.0945, 4),
        high: expect.closeTo(0.9055, 4),
      },
      y: { solved: 0, attempts: 0, score: 0, low: 0, high: 1 },
    },
  })
})

test('buildBoard() puts equal agents in the order of their names', () => {
  const board = buildBoard(['c', 'a', 'b'].map(agent => attempt(agent, 'x', 'solved')))

  expect(board.rows.map(row => row.agent)).toEqual(['a', 'b', 'c'])
})

test('buildBoard() of nothing is empty, and of no verdicts all zero', () => {
  expect(buildBoard([])).toEqual({ environments: [], rows: [] })
  expect(buildBoard([attempt('a', 'x', undefined)]).rows[0]!.score).toBe(0)
})

const attempts = fc.array(
  fc.record<Scored>({
    agent: fc.constantFrom('ada', 'bob', 'eve'),
    environment: fc.constantFrom('parsers', 'features', 'fixes', '__proto__'),
    verdict: fc.constantFrom('solved', 'unsolved', 'invalid', undefined),
  }),
)

test('buildBoard() does not depend on the order of the attempts', () => {
  const shuffled = attempts.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )

  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(buildBoard(other)).toEqual(buildBoard(list))
    }),
  )
})

test('buildBoard() loses no attempt and gives scores between 0 and 1, the best first', () => {
  fc.assert(
    fc.property(attempts, list => {
      const { rows } = buildBoard(list)
      const cells = rows.flatMap(row => Object.values(row.cells))
      const scores = rows.map(row => row.score)

      expect(sum(cells.map(cell => cell.attempts))).toBe(list.filter(one => one.verdict !== undefined).length)
      expect(sum(cells.map(cell => cell.solved))).toBe(list.filter(one => one.verdict === 'solved').length)
      expect(scores).toEqual(scores.toSorted((one, other) => other - one))
      expect(scores.every(score => score >= 0 && score <= 1)).toBe(true)
    }),
  )
})

test('buildBoard() never ranks an agent lower for one more solved attempt', () => {
  fc.assert(
    fc.property(attempts, list => {
      const tried = [...list, attempt('ada', 'fixes', 'unsolved')]
      const better = [...list, attempt('ada', 'fixes', 'solved')]

      expect(rankOf('ada', better)).toBeLessThanOrEqual(rankOf('ada', tried))
    }),
  )
})

function rankOf(agent: string, list: readonly Scored[]): number {
  return buildBoard(list).rows.findIndex(row => row.agent === agent)
}

function attempt(agent: string, environment: string, verdict: Scored['verdict']): Scored {
  return { agent, environment, verdict }
}

function many(agent: string, environment: string, counts: { solved: number; unsolved: number }): Scored[] {
  return (['solved', 'unsolved'] as const).flatMap(verdict =>
    Array.from({ length: counts[verdict] }, () => attempt(agent, environment, verdict)),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
