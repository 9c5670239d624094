import { expect, test } from 'vitest'
import { countPatches, patchLikeness, type SolvedPatch } from '../../../validator/copies/patches.ts'

const odd = (task: string): SolvedPatch =>
  patch(task, `cache = {${task}: 1}`, `for key in sorted(cache): merge(${task}, key)`, 'return cache or None')
const obvious = (task: string): SolvedPatch => patch(task, 'if count <= limit:')

test('the same unusual patches at several tasks are alike, whatever their layout and quotes', () => {
  const tasks = ['one', 'two', 'three', 'four']
  const other = tasks.map(task => ({
    task,
    diff: odd(task).diff.replaceAll('(', '( ').replace('+return', '+    return'),
  }))

  expect(patchLikeness(tasks.map(odd), other)).toBe(1)
})

test('a task with only one sensible fix says nothing, however many share it', () => {
  const tasks = ['one', 'two', 'three', 'four', 'five', 'six']
  const entries = Array.from({ length: 10 }, () => tasks.map(obvious))

  const rarity = countPatches(entries)

  expect(patchLikeness(entries[0]!, entries[1]!, rarity)).toBe(0)
})

test('a rare patch that only two share says much although all others agree on the usual one', () => {
  const tasks = ['one', 'two', 'three', 'four']
  const crowd = Array.from({ length: 8 }, () => tasks.map(obvious))
  const [one, other] = [tasks.map(odd), tasks.map(odd)]

  const rarity = countPatches([...crowd, one, other])

  expect(patchLikeness(one, other, rarity)).toBe(1)
  expect(patchLikeness(one, crowd[0]!, rarity)).toBe(0)
})

test('two patches are no proof, and without a task in common there is none', () => {
  expect(patchLikeness([odd('one')], [odd('one')])).toBeLessThan(0.5)
  expect(patchLikeness([odd('one')], [odd('two')])).toBe(0)
  expect(patchLikeness([], [])).toBe(0)
})

test('it is the same whichever comes first', () => {
  const one = [odd('one'), obvious('two'), odd('three')]
  const other = [obvious('one'), obvious('two'), odd('three')]

  expect(patchLikeness(one, other)).toBe(patchLikeness(other, one))
})

function patch(task: string, ...lines: readonly string[]): SolvedPatch {
  const added = lines.map(line => `+${line}`).join('\n')
  return { task, diff: `--- a/x.py\n+++ b/x.py\n@@ -1,1 +1,${lines.length} @@\n-old\n${added}\n` }
}
