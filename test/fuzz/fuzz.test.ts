import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { listFixtures, renderFailure, runBatch, runFixture } from './batch.ts'
import { TARGETS } from './targets.ts'

describe.each(TARGETS)('$name', target => {
  test('keeps its law for random cases', { timeout: 60_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)

    const failure = await runBatch(target, { seed, cases: target.short })

    expect(failure && renderFailure(target, failure)).toBeUndefined()
  })

  test.each(listFixtures(target).map(file => ({ file, name: path.basename(file, '.json') })))(
    'keeps its law for $name, which broke it once',
    async ({ file }) => {
      await runFixture(target, file)
    },
  )
})

test('a target is named once, and fixtures belong to one', () => {
  const names = TARGETS.map(target => target.name)

  expect(new Set(names).size).toBe(names.length)
})
