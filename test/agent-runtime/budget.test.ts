import { expect, test } from 'vitest'
import { checkBudget, openBudget } from '../../agent-runtime/budget.ts'

test('openBudget() counts the time from when it was opened', () => {
  let clock = 5000
  const budget = openBudget({ seconds: 10, usd: 1, now: () => clock })

  expect(budget.secondsLeft()).toBe(10)
  clock += 2500
  expect(budget.secondsLeft()).toBe(7.5)
  clock += 60_000
  expect(budget.secondsLeft()).toBe(0)
})

test('add() sums up what is given and leaves the rest', () => {
  const budget = openBudget({ seconds: 10, usd: 1, now: () => 0 })

  budget.add({ steps: 1, inputTokens: 100, outputTokens: 20, usd: 0.25 })
  budget.add({ steps: 1, usd: 0.5 })
  budget.add({ outputTokens: 5 })

  expect(budget.spent()).toEqual({ steps: 2, inputTokens: 100, outputTokens: 25, usd: 0.75 })
  expect(budget.stepsTaken()).toBe(2)
  expect(budget.usdLeft()).toBe(0.25)
})

test('usdLeft() stops at zero when the last call cost more than there was', () => {
  const budget = openBudget({ seconds: 10, usd: 0.1, now: () => 0 })

  budget.add({ usd: 0.3 })

  expect(budget.usdLeft()).toBe(0)
  expect(budget.spent().usd).toBe(0.3)
})

test.each([
  { seconds: 1, usd: 1, expected: undefined },
  { seconds: 0, usd: 1, expected: 'time' },
  { seconds: 1, usd: 0, expected: 'money' },
  { seconds: 0, usd: 0, expected: 'time' },
])('checkBudget() with $seconds s and $usd USD says $expected', ({ seconds, usd, expected }) => {
  expect(checkBudget(openBudget({ seconds, usd, now: () => 0 }))).toBe(expected)
})
