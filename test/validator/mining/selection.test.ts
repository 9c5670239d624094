import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseKept, isEnough, type State } from '../../../validator/mining/selection.ts'

test.each<[State[], number | undefined, number[]]>([
  [['kept', 'dropped', 'kept'], undefined, [0, 2]],
  [['open', 'kept'], undefined, [1]],
  [['kept', 'dropped', 'kept', 'kept'], 2, [0, 2]],
  [['open', 'kept', 'kept'], 2, []],
  [['kept', 'open', 'kept'], 2, [0]],
])('of %j with at most %j the tasks are %j', (states, max, chosen) => {
  expect(chooseKept(states, max)).toEqual(chosen)
})

test('the same tasks come out in whatever order candidates are decided, and wherever it stops', () => {
  const fates = fc.array(fc.constantFrom<State>('kept', 'dropped'), { maxLength: 12 })
  fc.assert(
    fc.property(
      fates,
      fc.nat(5),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat(3)),
      (fate, most, jobs, picks) => {
        const max = most + 1
        const states: State[] = fate.map(() => 'open')
        const running: number[] = []
        const published = new Set<number>()
        let next = 0
        for (;;) {
          while (running.length < jobs && next < fate.length && !isEnough(states, max)) running.push(next++)
          if (running.length === 0) break
          const [done] = running.splice(picks.next().value! % running.length, 1)
          states[done!] = fate[done!]!
          for (const index of chooseKept(states, max)) published.add(index)
        }

        expect([...published]).toEqual(chooseKept(fate, max))
      },
    ),
  )
})
