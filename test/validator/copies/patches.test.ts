import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  LEAST_TASKS,
  patchLikeness,
  type References,
  referenceLines,
  type SolvedPatch,
} from '../../../validator/copies/patches.ts'

const TASKS = Array.from({ length: 40 }, (_, index) => `task${index}`)
const NONE: References = new Map(TASKS.map(task => [task, new Set<string>()]))

/** What hardly two write by themselves. */
const odd = (task: string): SolvedPatch =>
  patch(
    task,
    ...[`cache = {${task}: 1}`, `for key in sorted(cache): merge(${task}, key)`, 'merged = cache or None'],
    ...[`log.debug(${task})`, `if ${task} not in merged: raise KeyError(${task})`, 'return merged'],
  )
const other = (task: string): SolvedPatch =>
  patch(
    task,
    `known = frozenset(${task})`,
    ...Array.from({ length: 5 }, (_, line) => `step(${task}, ${line})`),
  )

test('the same unusual patches are alike, whatever their layout, quotes and comments', () => {
  const dressed = TASKS.map(task => ({
    task,
    diff: odd(task)
      .diff.replaceAll('(', '( ')
      .replaceAll('+return', '+    return')
      .replaceAll('1}', '1}  # so'),
  }))

  expect(patchLikeness(TASKS.map(odd), dressed, NONE)).toBeCloseTo(0.86, 2)
  expect(patchLikeness(TASKS.map(odd), TASKS.map(other), NONE)).toBe(0)
})

test('what the reference solution has too says nothing, be it a diff, a script or a file', () => {
  const patches = TASKS.map(odd)
  const [diff, script] = [
    new Map(patches.map(one => [one.task, referenceLines([one.diff])])),
    new Map(
      patches.map(one => [one.task, referenceLines(['#!/bin/sh', one.diff.replaceAll(/^\+/gm, '  ')])]),
    ),
  ]

  expect(patchLikeness(patches, patches, diff)).toBe(0)
  expect(patchLikeness(patches, patches, script)).toBe(0)
})

test('a task whose reference solution is not known does not count, and few tasks are no proof', () => {
  const few = TASKS.slice(0, LEAST_TASKS)

  expect(patchLikeness(few.map(odd), few.map(odd), NONE)).toBeGreaterThan(0.5)
  expect(patchLikeness(few.slice(1).map(odd), few.map(odd), NONE)).toBe(0)
  expect(patchLikeness(few.map(odd), few.map(odd), new Map([...NONE].slice(1, LEAST_TASKS)))).toBe(0)
  expect(patchLikeness([], [], NONE)).toBe(0)
})

test('fixes of one line weigh less than patches of six, and one huge patch decides nothing', () => {
  const short = TASKS.slice(0, 12).map(task => patch(task, `return ${task}`))
  const huge = patch('task0', ...Array.from({ length: 3000 }, (_, line) => `x${line} = ${line}`))
  const rest = TASKS.slice(1, 12)

  expect(patchLikeness(short, short, NONE)).toBeLessThan(0.3)
  expect(patchLikeness([huge, ...rest.map(odd)], [huge, ...rest.map(other)], NONE)).toBeLessThan(0.05)
})

test('of the same share more is sure with more tasks', () => {
  const half = (tasks: readonly string[]) =>
    patchLikeness(
      tasks.map(odd),
      tasks.map((task, index) => (index % 2 === 0 ? odd(task) : other(task))),
      NONE,
    )

  expect(half(TASKS)).toBeGreaterThan(half(TASKS.slice(0, 20)))
  expect(half(TASKS.slice(0, 20))).toBeGreaterThan(half(TASKS.slice(0, 10)))
})

test('it is from 0 to 1, the same whichever comes first, and in whatever order', () => {
  const lines = fc.array(fc.constantFrom('a = 1', 'b = 2', 'c(d)', 'return e', '# f', 'a = 1 # g'), {
    maxLength: 9,
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(lines, lines), { minLength: 10, maxLength: 14 }), drafts => {
      const [one, two] = [0, 1].map(side =>
        drafts.map((draft, index) => patch(TASKS[index]!, ...draft[side as 0 | 1])),
      ) as [SolvedPatch[], SolvedPatch[]]

      const found = patchLikeness(one, two, NONE)

      expect(found).toBeGreaterThanOrEqual(0)
      expect(found).toBeLessThanOrEqual(1)
      expect(patchLikeness(two, one, NONE)).toBeCloseTo(found, 9)
      expect(patchLikeness(one.toReversed(), two, NONE)).toBeCloseTo(found, 9)
    }),
  )
})

function patch(task: string, ...lines: readonly string[]): SolvedPatch {
  const added = lines.map(line => `+${line}`).join('\n')
  return { task, diff: `--- a/x.py\n+++ b/x.py\n@@ -1,1 +1,${lines.length} @@\n-old\n${added}\n` }
}
