import { expect, test } from 'vitest'
import { TokenCounter } from '../../../sandbox/gateway/tokens.ts'

test('count() counts as the tokeniser does', async () => {
  await using counter = new TokenCounter(20_000)

  const [hello, nothing, special] = await Promise.all(
    ['Hello, world', '', '<|endoftext|>'].map(text => counter.count(text)),
  )

  expect(hello).toEqual({ tokens: 3, isExact: true })
  expect(nothing).toEqual({ tokens: 0, isExact: true })
  expect(special!.tokens).toBeGreaterThan(1)
})

test('a text that would take minutes gets its bytes as a bound, and does not take others along', async () => {
  await using counter = new TokenCounter(300)
  const hostile = 'a'.repeat(3_000_000)

  const counted = await counter.count(hostile)

  expect(counted).toEqual({ tokens: 3_000_000, isExact: false })
  expect(await counter.count('Hello, world')).toEqual({ tokens: 3, isExact: true })
})
