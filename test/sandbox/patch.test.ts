import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitFiles } from '../../sandbox/archive.ts'
import { git } from '../../sandbox/git.ts'
import { type Patch, type PatchOutcome, patchFromDiff, patchFromTree } from '../../sandbox/patch.ts'
import { PATCH_LIMITS } from '../../sandbox/policy.ts'
import { changesOf, openTestRepository } from '../support/repository.ts'
import { temporaryFolder } from '../support/surroundings.ts'
import { SUMS, SUMS_DIFF, SUMS_FIXED } from '../support/task.ts'

const RULES = { protectedPaths: [], allowedPaths: [], testPlaces: [] }
const TREE = {
  'sums.py': SUMS,
  'README.md': '# Sums\n',
  'lib/one.py': '1\n',
  '.gitignore': '*.log\nbuild/\n',
}

test('an edit becomes a diff, and the files that sandbox 2 gets', async () => {
  await using opened = await openTestRepository(TREE)

  const patch = patchOf(
    await patchFromTree(opened.repository, changesOf({ written: { 'sums.py': SUMS_FIXED } }), RULES),
  )

  expect(patch.diff.toString()).toMatchInlineSnapshot(`
    "diff --git a/sums.py b/sums.py
    index 12ee7431b8e0e3e366c904c33ef3dee767b1bc20..4693ad3cf8b0903b98497fb89b8b524fbf1b93f4 100644
    --- a/sums.py
    +++ b/sums.py
    @@ -1,2 +1,2 @@
     def add(a, b):
    -    return a - b
    +    return a + b
    "
  `)
  expect(contentsOf(patch)).toEqual({ 'sums.py': SUMS_FIXED })
  expect(patch).toMatchObject({ removed: [], dropped: [] })
})

test('a returned diff and the same edit are the same patch', async () => {
  await using opened = await openTestRepository(TREE)

  const returned = await patchFromDiff(opened.repository, Buffer.from(SUMS_DIFF), RULES)
  const edited = await patchFromTree(
    opened.repository,
    changesOf({ written: { 'sums.py': SUMS_FIXED } }),
    RULES,
  )

  expect(returned).toEqual(edited)
})

test('files are added, deleted, renamed and made executable', async () => {
  await using opened = await openTestRepository(TREE)
  const changes = changesOf({
    written: { 'lib/two.py': '1\n' },
    executable: { 'README.md': '# Sums\n' },
    removed: ['lib/one.py'],
  })

  const patch = patchOf(await patchFromTree(opened.repository, changes, RULES))

  expect(patch.files.entries.map(({ path: name, mode }) => [name, mode])).toEqual([
    ['README.md', 0o755],
    ['lib/two.py', 0o644],
  ])
  expect(patch.removed).toEqual(['lib/one.py'])
  expect(listPatch(patch)).toEqual(['README.md', 'lib/one.py', 'lib/two.py'])
  expect(patch.diff.toString()).toContain('old mode 100644\nnew mode 100755')
})

test.each([
  { what: 'an unchanged file', changes: changesOf({ written: { 'sums.py': SUMS } }) },
  { what: 'nothing at all', changes: changesOf({}) },
  { what: 'a removed file that was not in the repository', changes: changesOf({ removed: ['x.log'] }) },
  {
    what: 'an ignored file',
    changes: changesOf({ written: { 'x.log': 'x', 'build/out.py': 'x', 'lib/y.log': 'x' } }),
  },
  { what: 'litter', changes: changesOf({ written: { '.pytest_cache/x': 'x' } }) },
  {
    what: 'an empty folder',
    changes: {
      ...changesOf({}),
      entries: [{ path: 'empty', kind: 'directory' as const, mode: 0o755, size: 0 }],
    },
  },
])('$what makes no patch', async ({ changes }) => {
  await using opened = await openTestRepository(TREE)

  expect(await patchFromTree(opened.repository, changes, RULES)).toEqual({ kind: 'empty' })
})

test.each(['', ' \n\t\n'])('a diff of %j makes no patch', async diff => {
  await using opened = await openTestRepository(TREE)

  expect(await patchFromDiff(opened.repository, Buffer.from(diff), RULES)).toEqual({ kind: 'empty' })
})

test('an ignore rule that the agent writes hides nothing', async () => {
  await using opened = await openTestRepository(TREE)
  const changes = changesOf({
    written: { '.gitignore': '*\n', 'lib/.gitignore': '*\n', 'lib/new.py': 'x\n' },
  })

  const patch = patchOf(await patchFromTree(opened.repository, changes, RULES))

  expect(contentsOf(patch)).toEqual({ 'lib/new.py': 'x\n' })
  expect(patch.dropped).toEqual(['.gitignore', 'lib/.gitignore'])
})

test('a tracked file counts although a rule would ignore it', async () => {
  const folder = temporaryFolder()
  execFileSync('git', ['init', '-q', folder])
  fs.writeFileSync(path.join(folder, 'kept.log'), 'old\n')
  execFileSync('git', ['-C', folder, 'add', '-f', 'kept.log'])
  const index = fs.readFileSync(path.join(folder, '.git/index'))
  fs.rmSync(folder, { recursive: true })
  await using opened = await openTestRepository({ ...TREE, 'kept.log': 'old\n', '.git/index': index })

  const patch = patchOf(
    await patchFromTree(opened.repository, changesOf({ written: { 'kept.log': 'new\n' } }), RULES),
  )

  expect(contentsOf(patch)).toEqual({ 'kept.log': 'new\n' })
})

test('bytes go through as they are', async () => {
  await using opened = await openTestRepository({ ...TREE, 'dos.txt': 'one\r\ntwo\r\n' })
  const binary = Buffer.from([0, 1, 2, 255, 254, 10, 13, 0])
  const written = {
    'image.bin': binary,
    'dos.txt': 'one\r\nTWO\r\n',
    'mixed.txt': 'a\rb\nc\r\n',
    'open.txt': 'no end',
    'bom.txt': '\ufeffx',
    'latin.txt': Buffer.from([0xe9, 0x0a]),
  }

  const patch = patchOf(await patchFromTree(opened.repository, changesOf({ written }), RULES))

  const expected = Object.entries(written).map(([name, content]) => [name, Buffer.from(content)])
  expect(new Map(buffersOf(patch))).toEqual(new Map(expected as [string, Buffer][]))
  expect(contentsOf(patchOf(await patchFromDiff(opened.repository, patch.diff, RULES)))).toEqual(
    contentsOf(patch),
  )
})

test('attributes and filters of the tree have no effect', async () => {
  const attributes =
    '*.py filter=evil ident text eol=crlf diff=evil export-subst working-tree-encoding=UTF-16\n* text=auto -diff\n'
  await using opened = await openTestRepository({
    ...TREE,
    '.gitattributes': attributes,
    'id.py': '$Id$\r\n',
  })

  const patch = patchOf(
    await patchFromTree(
      opened.repository,
      changesOf({ written: { 'id.py': '$Id$\r\nx\n', '.gitattributes': '* binary\n' } }),
      RULES,
    ),
  )

  expect(contentsOf(patch)).toEqual({ 'id.py': '$Id$\r\nx\n' })
  expect(patch.diff.toString()).toContain('+x')
})

test('configuration and hooks in the git folder of an image run nothing', async () => {
  const folder = temporaryFolder()
  const trap = path.join(folder, 'trapped')
  const config = `[core]\n\tfsmonitor = touch ${trap}\n\thooksPath = hooks\n\tsshCommand = touch ${trap}\n[diff]\n\texternal = touch ${trap}\n[filter "evil"]\n\tclean = touch ${trap}\n\tsmudge = touch ${trap}\n`
  const hook = `#!/bin/sh\ntouch ${trap}\n`
  await using opened = await openTestRepository({
    ...TREE,
    '.gitattributes': '* filter=evil diff=evil\n',
    '.git/config': config,
    '.git/hooks/post-index-change': hook,
    '.git/hooks/reference-transaction': hook,
  })

  await patchFromTree(opened.repository, changesOf({ written: { 'sums.py': SUMS_FIXED } }), RULES)
  await patchFromDiff(opened.repository, Buffer.from(SUMS_DIFF), RULES)

  expect(fs.existsSync(trap)).toBe(false)
  expect(
    opened.repository.tree.entries.map(entry => entry.path).filter(name => /hooks|trap/.test(name)),
  ).toEqual([])
  fs.rmSync(folder, { recursive: true })
})

test('names need no care', async () => {
  await using opened = await openTestRepository(TREE)
  const names = [
    'a b.py',
    `it's.py`,
    '"quoted".py',
    'tab-less\u00a0.py',
    'ü/文.py',
    '-rf',
    '--help',
    '$(x)',
    '*',
    '[a]',
    ':(top)x',
    '#',
    '!x',
    '~',
    'a => b',
    'b/dev/null',
  ]

  const patch = patchOf(
    await patchFromTree(
      opened.repository,
      changesOf({ written: Object.fromEntries(names.map(name => [name, 'x\n'])) }),
      RULES,
    ),
  )

  expect(listPatch(patch)).toEqual(names.toSorted())
  expect(patchOf(await patchFromDiff(opened.repository, patch.diff, RULES))).toEqual(patch)
})

test('protected files fall away and are named, the rest counts', async () => {
  await using opened = await openTestRepository({ ...TREE, 'lib/conftest.py': 'x\n' })
  const changes = changesOf({
    written: { 'sums.py': SUMS_FIXED, 'conftest.py': 'evil\n', 'docs/x.md': 'x\n' },
    removed: ['lib/conftest.py'],
  })

  const patch = patchOf(
    await patchFromTree(opened.repository, changes, { ...RULES, protectedPaths: ['docs'] }),
  )

  expect(contentsOf(patch)).toEqual({ 'sums.py': SUMS_FIXED })
  expect(patch.removed).toEqual([])
  expect(patch.dropped).toEqual(['conftest.py', 'docs/x.md', 'lib/conftest.py'])
})

test("of a file that tests and honest work share, the tests' sections stay as they were", async () => {
  const before = {
    'pyproject.toml': '[project]\nname = "sums"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n',
    'setup.cfg': '[metadata]\nname = sums\n',
    'package.json': '{ "scripts": { "test": "node --test" } }\n',
    'go.mod': 'module sums\n',
  }
  await using opened = await openTestRepository({ ...TREE, ...before })
  const changes = changesOf({
    written: {
      'pyproject.toml':
        '[project]\nname = "sums"\nversion = "2"\n\n[tool.pytest.ini_options]\naddopts = "-p evil"\n',
      'setup.cfg': '[metadata]\nname = sums\nversion = 2\n',
      'package.json': 'broken',
      'tests/pyproject.toml': '[tool.pytest.ini_options]\naddopts = "-p evil"\n',
    },
    removed: ['go.mod'],
  })

  const patch = patchOf(await patchFromTree(opened.repository, changes, RULES))

  expect(contentsOf(patch)).toEqual({
    'pyproject.toml':
      '[project]\nname = "sums"\nversion = "2"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n',
    'setup.cfg': '[metadata]\nname = sums\nversion = 2\n',
    'tests/pyproject.toml': '[tool]\n',
  })
  expect(patch.removed).toEqual(['go.mod'])
  expect(patch.dropped).toEqual([
    'package.json',
    'pyproject.toml [tool.pytest]',
    'tests/pyproject.toml [tool.pytest]',
  ])
  expect(patch.diff.toString()).toContain('+addopts = "-p evil"')
  expect(patchOf(await patchFromDiff(opened.repository, patch.diff, RULES))).toEqual(patch)
})

test('a task may allow a whole file with sections', async () => {
  await using opened = await openTestRepository(TREE)
  const written = { 'pyproject.toml': '[tool.pytest.ini_options]\naddopts = "-q"\n' }

  const patch = patchOf(
    await patchFromTree(opened.repository, changesOf({ written }), {
      ...RULES,
      allowedPaths: ['pyproject.toml'],
    }),
  )

  expect(contentsOf(patch)).toEqual(written)
  expect(patch.dropped).toEqual([])
})

test('a new file with sections where a link was is told by what it is now', async () => {
  await using opened = await openTestRepository(TREE, { 'pyproject.toml': 'README.md' })
  const written = { 'pyproject.toml': '[tool.pytest.ini_options]\naddopts = "-p evil"\n' }

  const patch = patchOf(await patchFromTree(opened.repository, changesOf({ written }), RULES))

  expect(patch).toMatchObject({ files: { entries: [] }, dropped: ['pyproject.toml'] })
})

test('manifests of over two mebibytes stay as they were', async () => {
  await using opened = await openTestRepository(TREE)
  const large = `# ${'x'.repeat(2 ** 20)}\n`
  const changes = changesOf({
    written: { 'a/setup.cfg': large, 'b/setup.cfg': large, 'sums.py': SUMS_FIXED },
  })

  const patch = patchOf(await patchFromTree(opened.repository, changes, RULES))

  expect(contentsOf(patch)).toEqual({ 'sums.py': SUMS_FIXED })
  expect(patch.dropped).toEqual(['a/setup.cfg', 'b/setup.cfg'])
})

test('a diff writes nothing below a file that the repository ignores', async () => {
  await using opened = await openTestRepository({ ...TREE, 'x.log': 'x' })

  const patch = patchOf(
    await patchFromDiff(opened.repository, Buffer.from(`${SUMS_DIFF}${adding('x.log/y.py')}`), RULES),
  )

  expect(contentsOf(patch)).toEqual({ 'sums.py': SUMS_FIXED })
  expect(patch.dropped).toEqual(['x.log/y.py'])
})

test.each([
  {
    what: 'a link',
    changes: changesOf({ links: { link: '/etc/passwd' } }),
    reason: '"link" is a symbolic link',
  },
  {
    what: 'a file turned into a link',
    changes: changesOf({ links: { 'sums.py': 'README.md' } }),
    reason: '"sums.py" is a symbolic link',
  },
  {
    what: 'a nested git folder',
    changes: changesOf({ written: { 'lib/.git/config': 'x' } }),
    reason: '.git',
  },
  {
    what: 'a git folder in another case',
    changes: changesOf({ written: { '.GIT/config': 'x' } }),
    reason: '.GIT',
  },
  { what: 'a path that leaves', changes: changesOf({ written: { '../x': 'x' } }), reason: '../x' },
  { what: 'an absolute path', changes: changesOf({ written: { '/etc/x': 'x' } }), reason: 'x' },
  {
    what: 'a name with a newline',
    changes: changesOf({ written: { 'a\nM 100644 inline b': 'x' } }),
    reason: 'control character',
  },
  {
    what: 'a pipe',
    changes: { ...changesOf({}), entries: [{ path: 'pipe', kind: 'other' as const, mode: 0, size: 0 }] },
    reason: '"pipe" is not a file',
  },
  {
    what: 'a tree that was not read to its end',
    changes: { ...changesOf({ written: { x: 'x' } }), truncated: true },
    reason: 'more was changed',
  },
  {
    what: 'too much',
    changes: changesOf({ written: { big: Buffer.alloc(PATCH_LIMITS.bytes + 1) } }),
    reason: '16777217 bytes',
  },
  {
    what: 'too many files',
    changes: changesOf({
      written: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`${index}`, 'x'])),
    }),
    reason: '1001 files',
  },
  {
    what: 'a file where a folder is',
    changes: changesOf({ written: { LIB: 'x', lib: 'y' } }),
    reason: 'differ only in case',
  },
])('a tree with $what is refused', async ({ changes, reason }) => {
  await using opened = await openTestRepository(TREE)

  expect(await patchFromTree(opened.repository, changes, RULES)).toEqual({
    kind: 'invalid',
    reasons: expect.arrayContaining([expect.stringContaining(reason)]),
  })
})

test.each([
  {
    what: 'that does not apply',
    diff: SUMS_DIFF.replace('a - b', 'a / b'),
    reason: 'patch failed: sums.py:1',
  },
  {
    what: 'of a file that is not there',
    diff: SUMS_DIFF.replaceAll('sums.py', 'none.py'),
    reason: 'none.py: does not exist in index',
  },
  { what: 'that is cut short', diff: SUMS_DIFF.slice(0, -20), reason: 'corrupt patch' },
  { what: 'that is prose', diff: 'Here you are!', reason: 'No valid patches in input' },
  { what: 'out of the repository', diff: adding('../../x'), reason: 'invalid path' },
  { what: 'to an absolute path', diff: adding('/etc/x'), reason: '' },
  {
    what: 'into the git folder',
    diff: adding('.git/hooks/pre-commit'),
    reason: "invalid path '.git/hooks/pre-commit'",
  },
  {
    what: 'into a git folder in another case',
    diff: adding('.Git/config'),
    reason: "invalid path '.Git/config'",
  },
  { what: 'with a link', diff: adding('link', '120000'), reason: '"link" is a symbolic link' },
  {
    what: 'with a submodule',
    diff: 'diff --git a/sub b/sub\nnew file mode 160000\nindex 0000000..1111111\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit 1111111111111111111111111111111111111111\n',
    reason: '"sub" is a submodule',
  },
  {
    what: 'of a file that is there already',
    diff: adding('README.md'),
    reason: 'README.md: already exists in index',
  },
  {
    what: 'with a path in quotes that leaves',
    diff: `diff --git "a/\\056\\056/x" "b/\\056\\056/x"\nnew file mode 100644\n--- /dev/null\n+++ "b/\\056\\056/x"\n@@ -0,0 +1 @@\n+x\n`,
    reason: 'invalid path',
  },
  {
    what: 'with a name that is not UTF-8',
    diff: `diff --git "a/x\\377" "b/x\\377"\nnew file mode 100644\n--- /dev/null\n+++ "b/x\\377"\n@@ -0,0 +1 @@\n+x\n`,
    reason: 'bytes that are not UTF-8',
  },
  { what: 'with a name that no disk takes', diff: adding('x'.repeat(256)), reason: 'over 255 bytes' },
  { what: 'with bidirectional characters', diff: adding('a\u202eyp.b'), reason: 'has a control character' },
  { what: 'into a git folder with invisible characters', diff: adding('.g\u200cit/config'), reason: '' },
  { what: 'into a git folder by its short name', diff: adding('GIT~1/config'), reason: '' },
  { what: 'into a git folder with a stream', diff: adding('.git::$INDEX_ALLOCATION/config'), reason: '' },
  { what: 'of an old name in another case', diff: adding('SUMS.py'), reason: 'differ only in case' },
  {
    what: 'that makes a file a link',
    diff: 'diff --git a/sums.py b/sums.py\nold mode 100644\nnew mode 120000\n',
    reason: '',
  },
  {
    what: 'of more files than a patch may hold',
    diff: Array.from({ length: PATCH_LIMITS.files + 1 }, (_, index) => emptyFile(String(index))).join(''),
    reason: '1001 files are changed, 1000 may be',
  },
  {
    what: 'of a thousand files that lie deep in folders of their own',
    diff: Array.from({ length: 1000 }, (_, index) => emptyFile(`${index}/${'d/'.repeat(240)}${index}`)).join(
      '',
    ),
    reason: 'the changed files lie in 241000 folders, 5000 may be',
  },
  {
    what: 'that is too long',
    diff: `${SUMS_DIFF}${' '.repeat(PATCH_LIMITS.bytes)}`,
    reason: 'bytes, 16777216 may be',
  },
])('a diff $what is refused', async ({ diff, reason }) => {
  await using opened = await openTestRepository(TREE)

  expect(await patchFromDiff(opened.repository, Buffer.from(diff), RULES)).toEqual({
    kind: 'invalid',
    reasons: expect.arrayContaining([expect.stringContaining(reason)]),
  })
})

test('names that git would take for orders are names', async () => {
  await using opened = await openTestRepository(TREE)
  const written = { ':(exclude)x': '1', ':!y': '2', ':(bogus)z': '3', ':(icase).log': '4' }

  const patch = patchOf(await patchFromTree(opened.repository, changesOf({ written }), RULES))

  const { ':(icase).log': ignored, ...kept } = written
  expect(contentsOf(patch)).toEqual(kept)
})

test('through a link of the repository nothing is written', async () => {
  await using opened = await openTestRepository(TREE, { out: '/tmp' })

  const outcome = await patchFromDiff(opened.repository, Buffer.from(adding('out/evil')), RULES)

  expect(outcome).toMatchObject({ kind: 'invalid' })
})

test('of a mode only whether a file is executable counts', async () => {
  await using opened = await openTestRepository(TREE)
  const diff = `${adding('x', '104777')}${adding('y', '100600')}`

  const patch = patchOf(await patchFromDiff(opened.repository, Buffer.from(diff), RULES))

  expect(patch.files.entries.map(entry => entry.mode)).toEqual([0o755, 0o644])
})

test('a line of a hunk that looks like a header is a line of the hunk', async () => {
  await using opened = await openTestRepository({ 'notes.md': 'one\n-- a/x\n++ b/x\n' })
  const fake = '--- a/conftest.py\n+++ b/conftest.py\n@@ -0,0 +1 @@\n+evil\n'
  const diff = `diff --git a/notes.md b/notes.md\n--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,5 @@\n one\n--- a/x\n-++ b/x\n${fake
    .split('\n')
    .slice(0, 4)
    .map(line => `+${line}\n`)
    .join('')}`

  const patch = patchOf(await patchFromDiff(opened.repository, Buffer.from(diff), RULES))

  expect(contentsOf(patch)).toEqual({ 'notes.md': `one\n${fake}` })
})

test('a diff without prefixes of git, as other tools write it, applies', async () => {
  await using opened = await openTestRepository(TREE)
  const plain = SUMS_DIFF.split('\n').slice(1).join('\n')

  expect(contentsOf(patchOf(await patchFromDiff(opened.repository, Buffer.from(plain), RULES)))).toEqual({
    'sums.py': SUMS_FIXED,
  })
})

test('a patch leaves the repository as it was, and no folder behind', async () => {
  await using opened = await openTestRepository(TREE)
  await patchFromDiff(opened.repository, Buffer.from(SUMS_DIFF), RULES)
  const before = fs.readdirSync(opened.folder, { recursive: true })

  await patchFromTree(opened.repository, changesOf({ written: { 'sums.py': SUMS_FIXED } }), RULES)
  await patchFromDiff(opened.repository, Buffer.from(SUMS_DIFF), RULES)
  await patchFromDiff(opened.repository, Buffer.from('nonsense'), RULES)

  expect(fs.readdirSync(opened.folder, { recursive: true })).toEqual(before)
})

test('applying the diff of any tree gives that tree', async () => {
  await using opened = await openTestRepository(TREE)
  // A name may happen to be a module of the standard library.
  const rules = { ...RULES, allowedPaths: ['**'] }
  const name = fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3})?\.(py|txt)$/)
  const content = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 50 }),
    fc.array(fc.constantFrom('a', 'b', '', '\r'), { maxLength: 8 }).map(lines => lines.join('\n')),
  )

  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, content, { minKeys: 1, maxKeys: 4 }), async written => {
      const patch = patchOf(await patchFromTree(opened.repository, changesOf({ written }), rules))

      expect(patchOf(await patchFromDiff(opened.repository, patch.diff, rules))).toEqual(patch)
      expect(new Map(buffersOf(patch))).toEqual(
        new Map(Object.entries(written).map(([one, bytes]) => [one, Buffer.from(bytes)])),
      )
    }),
    { numRuns: 15 },
  )
})

test('equal trees give the same commit, whatever history the image had', async () => {
  await using one = await openTestRepository(TREE)
  await using other = await openTestRepository({
    ...TREE,
    '.git/HEAD': 'ref: refs/heads/other\n',
    '.git/objects/ab/cdef': 'x',
  })

  expect(one.repository.commit).toBe(other.repository.commit)
  const { stdout } = await git(['rev-list', '--all', '--count'], { gitDir: other.repository.gitDir })
  expect(stdout.toString()).toBe('1\n')
})

function emptyFile(name: string): string {
  return `diff --git a/${name} b/${name}\nnew file mode 100644\n`
}

function adding(name: string, mode = '100644'): string {
  return `diff --git a/${name} b/${name}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+x\n`
}

function patchOf(outcome: PatchOutcome): Patch {
  if (outcome.kind !== 'patch') throw new Error(`Expected a patch, got ${JSON.stringify(outcome)}`)
  return outcome.patch
}

function listPatch(patch: Patch): string[] {
  return [...patch.files.entries.map(entry => entry.path), ...patch.removed].toSorted()
}

function buffersOf(patch: Patch): [string, Buffer][] {
  return [...splitFiles(patch.files)].map(({ entry, content }) => [entry.path, Buffer.from(content)])
}

function contentsOf(patch: Patch): Record<string, string> {
  return Object.fromEntries(buffersOf(patch).map(([name, content]) => [name, content.toString()]))
}
