import { expect, test } from 'vitest'
import { plainDiff } from '../../sandbox/plain-diff.ts'

const HEAD = '--- a/x\n+++ b/x\n'

test('of a diff headers and whole hunks are left', () => {
  const diff = `diff --git a/x b/x\nrename from y\n${HEAD}@@ -1,2 +1,2 @@ def f\n a\n-b\n+c\nbye\n`

  expect(plainDiff(diff)).toBe(`${HEAD}@@ -1,2 +1,2 @@\n a\n-b\n+c\n`)
})

test.each([
  ['fewer lines than it says', `${HEAD}@@ -1,9 +1,9 @@\n a\n-b\n+c\n`],
  ['no file', '@@ -1 +1 @@\n-b\n+c\n'],
  ['no hunk', HEAD],
])('a hunk with %s makes it no diff', (_, diff) => {
  expect(plainDiff(diff)).toBeUndefined()
})

test('a hunk may have more lines than a call takes arguments', () => {
  const diff = `${HEAD}@@ -0,0 +1,300000 @@\n${'+\n'.repeat(300_000)}`

  expect(plainDiff(diff)).toBe(diff)
})
