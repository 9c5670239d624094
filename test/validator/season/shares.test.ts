import { expect, test } from 'vitest'
import { Declared, environmentOf, shareOut } from '../../../validator/scoring/season/shares.ts'

const declared = Declared.parse({
  fixes: { of: ['python', 'typescript'], netuid: 62, weight: 3 },
  rest: { netuid: 62 },
})

test('families count as the environment that they are said to be of, others as themselves', () => {
  expect(['python', 'typescript', 'rest', 'new'].map(name => environmentOf(name, declared))).toEqual([
    ...['fixes', 'fixes', 'rest', 'new'],
  ])
})

test('subnets count the same, and within one the environments by their weights', () => {
  expect(shareOut(['rest', 'fixes', 'new', 'fixes'], declared)).toEqual([
    { name: 'fixes', netuid: 62, share: 0.375 },
    { name: 'new', netuid: 'local', share: 0.5 },
    { name: 'rest', netuid: 62, share: 0.125 },
  ])
})

test('a family belongs to one environment, and is none of its own beside it', () => {
  const wrong = (value: unknown) =>
    Declared.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

  expect(wrong({ one: { of: ['a'] }, two: { of: ['a'] } })).toEqual(['two.of: a belongs to one already'])
  expect(wrong({ one: { of: ['two'] }, two: {} })).toEqual(['one.of: two is an environment of its own'])
  expect(wrong({ one: { of: ['one', 'a'] } })).toBeUndefined()
})
