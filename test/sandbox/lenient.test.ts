import { describe, expect, test } from 'vitest'
import { joinFiles } from '../../sandbox/archive.ts'
import { layTests } from '../../sandbox/laid.ts'
import { patchFromModel } from '../../sandbox/lenient.ts'
import { patchFromDiff } from '../../sandbox/patch.ts'
import { createRepository, type Repository } from '../../sandbox/repository.ts'
import { parseRow, type Row } from '../../task-bank/swebench/row.ts'
import { makeFolder } from '../support/folder.ts'
import { fullRow, SUMS_REPOSITORY, SUMS_TEST_DIFF } from '../support/rows.ts'
import { SUMS_DIFF, SUMS_FIXED } from '../support/task.ts'

const RULES = { protectedPaths: [], allowedPaths: [], testPlaces: [] }
const LONG = `${Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')}\n`
/** The same change seen from a file whose lines around it were others. */
const STALE = `--- a/long.txt
+++ b/long.txt
@@ -8,7 +8,7 @@
 line 7
 line 8
 line NINE
-line 10
+line ten
 line 11
 line 12
 line 13
`

describe('a diff of a model is applied', () => {
  test('as git does it, if it can', async () => {
    const outcome = await patchFromModel(await repository(), Buffer.from(SUMS_DIFF), RULES)

    expect(contents(outcome)).toEqual({ 'sums.py': SUMS_FIXED })
  })

  test('with fuzz, if git does not', async () => {
    const { exact, lenient } = await both(STALE)

    expect(exact.kind).toBe('invalid')
    expect(contents(lenient)).toEqual({ 'long.txt': LONG.replace('line 10', 'line ten') })
  })

  test('not at all, if it is in the repository already', async () => {
    const reversed = SUMS_DIFF.replace('-    return a - b', '-    return a + b').replace(
      '+    return a + b',
      '+    return a - b',
    )

    const { exact, lenient } = await both(reversed)

    expect([exact.kind, lenient.kind]).toEqual(['invalid', 'empty'])
  })

  test.each([
    ['a path that leads out', STALE.replaceAll('long.txt', '../long.txt')],
    [
      'an absolute path',
      STALE.replaceAll('a/long.txt', '/etc/long.txt').replaceAll('b/long.txt', '/etc/long.txt'),
    ],
    ['a script of an editor', '--- a/long.txt\n+++ b/long.txt\n1,3d\nw\n'],
    ['a diff that fits nowhere', STALE.replaceAll('line', 'word')],
  ])('never: %s', async (_, diff) => {
    const { lenient } = await both(diff)

    expect(lenient.kind).toBe('invalid')
  })

  test('without what stands behind a hunk, be it a script of an editor', async () => {
    const { lenient } = await both(`${STALE.replace('@@ -8,7 +8,7 @@', '@@ -8,4 +8,4 @@')} 1,3d\n w\n`)

    expect(contents(lenient)).toEqual({ 'long.txt': LONG.replace('line 10', 'line ten') })
  })

  test('and protected files stay what they are, however it was applied', async () => {
    const lenient = await patchFromModel(await repository(), Buffer.from(STALE), {
      ...RULES,
      protectedPaths: ['long.txt'],
    })

    expect(lenient).toMatchObject({ kind: 'patch', patch: { dropped: ['long.txt'], removed: [] } })
    expect(contents(lenient)).toEqual({})
  })
})

describe('layTests()', () => {
  test('gives the touched files before and after, and what a diff cannot carry', async () => {
    const added =
      'diff --git a/tests/new.py b/tests/new.py\nnew file mode 100755\n--- /dev/null\n+++ b/tests/new.py\n@@ -0,0 +1 @@\n+new = 1\n'
    const removed =
      'diff --git a/README.md b/README.md\ndeleted file mode 100644\n--- a/README.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-# Sums\n'
    const row = rowOf({
      test_patch: SUMS_TEST_DIFF + added + removed,
      test_assets: { 'tests/x.png': 'AAE=' },
    })

    const laid = await layTests(await repository(), row, 'sums')

    expect(laid.before.map(file => file.path)).toEqual(['README.md', 'tests/test_sums.py'])
    expect(laid.after.map(file => `${file.path} ${file.mode.toString(8)}`)).toEqual([
      'tests/new.py 755',
      'tests/test_sums.py 644',
      'tests/x.png 644',
    ])
    expect(Buffer.from(laid.after[1]!.content).toString()).toContain('def test_adds():')
  })

  test('says that a test patch is for another commit', async () => {
    const row = rowOf({ test_patch: SUMS_TEST_DIFF.replace('test_zero', 'test_other') })

    await expect(layTests(await repository(), row, 'sums')).rejects.toThrow(
      'Cannot use task "sums": its test_patch does not apply to the repository in its image: error: patch failed',
    )
  })
})

async function both(diff: string) {
  const there = await repository()
  return {
    exact: await patchFromDiff(there, Buffer.from(diff), RULES),
    lenient: await patchFromModel(there, Buffer.from(diff), RULES),
  }
}

async function repository(): Promise<Repository> {
  const files = Object.entries({ ...SUMS_REPOSITORY, 'long.txt': LONG }).map(([name, text]) => ({
    path: name,
    mode: 0o644,
    content: Buffer.from(text),
  }))
  return await createRepository(`${makeFolder({})}/repository`, joinFiles(files))
}

function contents(outcome: Awaited<ReturnType<typeof patchFromModel>>): Record<string, string> {
  if (outcome.kind !== 'patch') throw new Error(`It is ${outcome.kind}`)
  const { entries, body } = outcome.patch.files
  let at = 0
  return Object.fromEntries(
    entries.map(({ path, size }) => {
      at += size
      return [path, Buffer.from(body.subarray(at - size, at)).toString()]
    }),
  )
}

function rowOf(more: Readonly<Record<string, unknown>>): Row {
  const parsed = parseRow(fullRow(more))
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '))
  return parsed.row
}
