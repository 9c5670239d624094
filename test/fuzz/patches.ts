import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import type { Entry } from '../../agent-runtime/wire.ts'
import { joinFiles, splitFiles } from '../../sandbox/archive.ts'
import { sha256 } from '../../sandbox/digest.ts'
import { patchFromModel } from '../../sandbox/lenient.ts'
import { type PatchOutcome, patchFromDiff, patchFromTree } from '../../sandbox/patch.ts'
import { createRepository, type Repository } from '../../sandbox/repository.ts'
import { anyText, bytesOf, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const RULES = { protectedPaths: ['kept'], allowedPaths: [], testPlaces: [] }
const BASE: Readonly<Record<string, string>> = {
  'a.py': 'one\ntwo\nthree\n',
  'lib/b.txt': 'x\n',
  'lib/conftest.py': 'y\n',
  'kept/c': 'z\n',
  '.gitignore': '*.log\nbuild/\n',
  // Ignored, and so not in the commit but in the tree of a sandbox all the same.
  'old.log': 'l\n',
}

const DIFFS = [
  'diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n',
  'diff --git a/new/d b/new/d\nnew file mode 100755\n--- /dev/null\n+++ b/new/d\n@@ -0,0 +1 @@\n+d\n',
  'diff --git a/lib/b.txt b/lib/b.txt\ndeleted file mode 100644\n--- a/lib/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n',
  'diff --git a/a.py b/e.py\nsimilarity index 100%\nrename from a.py\nrename to e.py\n',
  'diff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n',
  'diff --git a/f b/f\nnew file mode 120000\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
  'diff --git a/g b/g\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..f76dd238ade08917e6712764a16a22005a50573d\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n',
  'diff --git a/old.log/x b/old.log/x\nnew file mode 100644\n--- /dev/null\n+++ b/old.log/x\n@@ -0,0 +1 @@\n+o\n',
  'diff --git a/kept/c b/kept/c\ndeleted file mode 100644\n--- a/kept/c\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\ndiff --git a/kept b/kept\nnew file mode 100644\n--- /dev/null\n+++ b/kept\n@@ -0,0 +1 @@\n+k\n',
]
const TOKENS = [
  'a/',
  'b/',
  'kept',
  '/dev/null',
  'conftest.py',
  '160000',
  '120000',
  'rename to ../x\n',
  'copy from a.py\ncopy to .git/x\n',
  '@@ -0,0 +1 @@\n',
  '@@ -1,999999999 +1 @@\n',
  '--- a/a.py\n',
  '+++ b/../../x\n',
  '"b/\\056\\056/x"',
]

/** A diff that an agent returns, with real git: the outcome is a value, obeys the policy, and gives itself again. */
export const patchDiff = target<string>({
  name: 'patch-diff',
  short: 15,
  cases: fc.oneof(
    { weight: 8, arbitrary: mutated(DIFFS, TOKENS) },
    { weight: 2, arbitrary: fc.shuffledSubarray(DIFFS).map(parts => parts.join('')) },
    { weight: 1, arbitrary: anyText },
  ),
  check: (diff, folder) =>
    watched(folder, async repository => {
      const outcome = await patchFromDiff(repository, Buffer.from(diff), RULES)
      await checkOutcome(repository, outcome)
    }),
})

/** A diff of a model, taken more kindly: with `patch`, too, the outcome is one that the policy allows, and nothing else is written. */
export const patchModel = target<string>({
  name: 'patch-model',
  short: 8,
  cases: mutated(
    [...DIFFS, '--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-TWO\n+2\n three\n'],
    [
      ...TOKENS,
      '1,2d\nw\n',
      ' 1d\n',
      '2a\nx\n.\n',
      '*** a.py\n',
      'Index: ../x\n',
      'Prereq: x\n',
      '@@ -1 +1 @@\n-one\n+1\n',
    ],
  ),
  check: (diff, folder) =>
    watched(folder, async repository => {
      await checkOutcome(repository, await patchFromModel(repository, Buffer.from(diff), RULES))
    }),
})

interface TreeCase {
  readonly entries: readonly {
    readonly path: string
    readonly kind: Entry['kind']
    readonly mode: number
    readonly content: string
  }[]
  readonly removed: readonly string[]
}

const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...Object.keys(BASE),
      'lib',
      'lib/conftest.py/x',
      '.gitignore/x',
      'kept',
      'a.py/x',
      ':!x',
      ':(icase)x',
      ':x',
      '*',
      'build/x',
      'x.log',
      'old.log/x',
      'A.PY',
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom('a', 'lib', '..', '.', '.git', '-n', ' ', '#', '!', '"', '\\', '\n', 'x'), {
        minLength: 1,
        maxLength: 3,
      })
      .map(parts => parts.join('/')),
  },
  { weight: 1, arbitrary: anyText.filter(text => text !== '') },
)

/** A work tree that an agent leaves, with real git. */
export const patchTree = target<TreeCase>({
  name: 'patch-tree',
  short: 15,
  cases: fc.record({
    entries: fc.array(
      fc.record({
        path: name,
        kind: fc.oneof(
          { weight: 12, arbitrary: fc.constant('file' as const) },
          { weight: 1, arbitrary: fc.constantFrom('symlink', 'directory', 'other') },
        ),
        mode: fc.constantFrom(0o644, 0o755, 0o7777, 0),
        content: fc.constantFrom('', 'x\n', '\0\r', 'one\ntwo\nthree\n', '../../etc'),
      }),
      { maxLength: 4 },
    ),
    removed: fc.array(name, { maxLength: 3 }),
  }),
  check: ({ entries, removed }, folder) =>
    watched(folder, async repository => {
      const contents = entries.map(one => (one.kind === 'file' ? bytesOf(one.content) : Buffer.alloc(0)))
      const changes = {
        entries: entries.map(({ path: name, kind, mode, content }, index) => ({
          path: name,
          kind,
          mode,
          size: contents[index]!.length,
          ...(kind === 'symlink' ? { target: content } : {}),
        })),
        removed,
        truncated: false,
        body: Buffer.concat(contents),
      }
      await checkOutcome(repository, await patchFromTree(repository, changes, RULES))
    }),
})

async function checkOutcome(repository: Repository, outcome: PatchOutcome): Promise<void> {
  switch (outcome.kind) {
    case 'empty':
      return
    case 'snapshot':
      throw new Error('There is no snapshot here')
    case 'invalid':
      must(outcome.reasons.length > 0, 'It is invalid without a reason')
      return
    case 'patch':
  }
  const { diff, digest, files, removed, dropped } = outcome.patch
  must(digest === sha256(diff), 'The digest is of something else')
  must(
    files.entries.reduce((sum, entry) => sum + entry.size, 0) === files.body.length,
    'The sizes of files are not those of their bytes',
  )
  const written = files.entries.map(entry => entry.path)
  for (const one of [...written, ...removed]) {
    must(
      one.split('/').every(part => !['', '.', '..', '.git'].includes(part.toLowerCase())),
      'A hostile path is applied',
      one,
    )
    must(!/(^|\/)(conftest\.py|\.gitignore)$|^kept(\/|$)/.test(one), 'A protected path is applied', one)
  }
  must(
    files.entries.every(entry => entry.kind === 'file' && [0o644, 0o755].includes(entry.mode)),
    'Something other than a file is written',
  )
  const after = repository.tree.entries
    .filter(({ path: one, kind }) => kind !== 'directory' && !removed.includes(one))
    .map(one => one.path)
  const clash = written.find(one =>
    after.some(
      other => one.startsWith(`${other}/`) || (other.startsWith(`${one}/`) && repository.paths.has(other)),
    ),
  )
  must(clash === undefined, 'A file is put where a folder stays, or below a file', clash)
  must(
    dropped.every(one => !written.includes(one) && !removed.includes(one)),
    'A dropped path is applied',
    dropped,
  )

  const again = await patchFromDiff(repository, diff, RULES)
  must(
    again.kind === 'patch' &&
      again.patch.digest === digest &&
      Buffer.compare(again.patch.files.body, files.body) === 0,
    'The diff of the patch is another patch',
    again.kind,
    diff.toString('latin1'),
  )
}

const repositories = new Map<string, Promise<Repository>>()

/** Runs with one repository, and sees that nothing is written beside or left behind. */
async function watched(folder: string, work: (repository: Repository) => Promise<void>): Promise<void> {
  process.env.ARETE_CACHE = path.join(folder, 'cache')
  let opened = repositories.get(folder)
  if (opened === undefined) {
    opened = makeRepository(path.join(folder, 'repository'))
    repositories.set(folder, opened)
  }
  const repository = await opened
  const before = list(folder)
  await work(repository)
  const after = list(folder)
  must(before === after, 'Something was written or left behind', after)
}

function list(folder: string): string {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort().join('\n')
}

async function makeRepository(folder: string): Promise<Repository> {
  const files = joinFiles(
    Object.entries(BASE).map(([name, content]) => ({
      path: name,
      mode: 0o644,
      content: Buffer.from(content),
    })),
  )
  must([...splitFiles(files)].length === Object.keys(BASE).length, 'The files of the base are not all there')
  return await createRepository(folder, files)
}
