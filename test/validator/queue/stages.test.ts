import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, type StageResult, StageRule, StageRules, stagesOf } from '../../../validator/queue/stages.ts'

const result = fc.record({
  environment: fc.constantFrom('a', 'b', 'c'),
  result: fc.constantFrom<StageResult['result']>('solved', 'unsolved', 'open', 'void'),
})
const rule = fc.record({ share: fc.integer({ min: 0, max: 10 }).map(n => n / 10), scored: fc.boolean() })

test('whatever becomes of what is open, the score ends within the bounds, and a decision stays', () => {
  fc.assert(
    fc.property(
      rule,
      fc.array(result, { maxLength: 12 }),
      fc.array(fc.constantFrom<StageResult['result']>('solved', 'unsolved', 'void'), {
        minLength: 12,
        maxLength: 12,
      }),
      (draft, results, endings) => {
        const asked = StageRule.parse(draft)
        const before = decide(asked, results)

        const after = decide(
          asked,
          results.map((one, index) => (one.result === 'open' ? { ...one, result: endings[index]! } : one)),
        )

        if (after.kind === 'void') return
        expect(after.kind).not.toBe('open')
        expect(after.bounds.lowest).toBeCloseTo(after.bounds.highest)
        expect(after.bounds.lowest).toBeGreaterThanOrEqual(before.bounds.lowest - 1e-9)
        expect(after.bounds.highest).toBeLessThanOrEqual(before.bounds.highest + 1e-9)
        if (before.kind !== 'open') expect(after.kind).toBe(before.kind)
      },
    ),
    { numRuns: 500 },
  )
})

test.each([
  { results: 'so', share: 0.5, scored: false, kind: 'passed' },
  { results: 'so', share: 0.5, scored: true, kind: 'open' },
  { results: 'uoo', share: 0.7, scored: true, kind: 'failed' },
  { results: 'uoo', share: 0.6, scored: true, kind: 'open' },
  { results: 'sv', share: 1, scored: true, kind: 'passed' },
  { results: 'vv', share: 0, scored: true, kind: 'void' },
  { results: '', share: 0, scored: false, kind: 'void' },
])(
  'with $results a stage that wants $share is $kind (scored: $scored)',
  ({ results, share, scored, kind }) => {
    const names = { s: 'solved', u: 'unsolved', o: 'open', v: 'void' } as const
    const list = [...results].map(letter => ({
      environment: 'a',
      result: names[letter as keyof typeof names],
    }))

    expect(decide(StageRule.parse({ share, scored }), list).kind).toBe(kind)
  },
)

test('each environment weighs the same', () => {
  const results = [
    { environment: 'large', result: 'solved' as const },
    { environment: 'large', result: 'solved' as const },
    { environment: 'large', result: 'solved' as const },
    { environment: 'small', result: 'unsolved' as const },
  ]

  expect(decide(StageRule.parse({}), results).bounds).toEqual({ lowest: 0.5, highest: 0.5 })
})

test('a stage without tasks is left out', () => {
  expect(stagesOf(StageRules.parse({ confirmation: { tasks: 0 } }))).toEqual(['smoke', 'screen', 'full'])
  expect(stagesOf(StageRules.parse({ confirmation: { tasks: 3 }, screen: { tasks: 0 } }))).toEqual([
    'smoke',
    'full',
    'confirmation',
  ])
})
