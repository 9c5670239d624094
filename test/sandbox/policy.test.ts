import { expect, test } from 'vitest'
import { type Change, checkPatch, PATCH_LIMITS } from '../../sandbox/policy.ts'

const RULES = { protectedPaths: [], allowedPaths: [], limits: PATCH_LIMITS }

test.each([
  { what: 'an edit', change: {} },
  { what: 'a new file', change: { kind: 'added' } },
  { what: 'an executable file', change: { mode: '100755' } },
  { what: 'a deletion', change: { kind: 'deleted', mode: '000000' } },
  { what: 'the deletion of a link', change: { kind: 'deleted', mode: '000000', path: 'link' } },
  { what: 'a name with spaces and quotes', change: { path: `a folder/it's "here".py` } },
  { what: 'a name in another script', change: { path: '文档/Überblick.md' } },
  { what: 'a hidden file', change: { path: '.github/workflows/ci.yml' } },
  { what: 'a name that only looks like git', change: { path: 'docs/git/x.git' } },
  { what: 'a test of the repository', change: { path: 'tests/test_sums.py' } },
] satisfies { what: string; change: Partial<Change> }[])('$what is applied', ({ change }) => {
  const one = changeOf(change)

  expect(checkPatch([one], RULES)).toEqual({ kind: 'accepted', applied: [one], dropped: [] })
})

test.each([
  { change: { mode: '120000' }, reason: '"sums.py" is a symbolic link' },
  { change: { mode: '160000' }, reason: '"sums.py" is a submodule' },
  { change: { mode: '100600' }, reason: '"sums.py" has mode 100600' },
  { change: { mode: '040000' }, reason: '"sums.py" has mode 040000' },
  { change: { path: '/etc/passwd' }, reason: '"/etc/passwd" leaves the repository' },
  { change: { path: '../x' }, reason: '"../x" leaves the repository' },
  { change: { path: 'a/../../x' }, reason: '"a/../../x" leaves the repository' },
  { change: { path: 'a//x' }, reason: '"a//x" leaves the repository' },
  { change: { path: './x' }, reason: '"./x" leaves the repository' },
  { change: { path: 'a/' }, reason: '"a/" leaves the repository' },
  { change: { path: '..', kind: 'deleted' }, reason: '".." leaves the repository' },
  { change: { path: '.git/config' }, reason: '".git/config" lies in a git folder' },
  { change: { path: 'lib/.GIT/hooks/x' }, reason: '"lib/.GIT/hooks/x" lies in a git folder' },
  { change: { path: 'git~1/config' }, reason: '"git~1/config" lies in a git folder' },
  { change: { path: '.git' }, reason: '".git" lies in a git folder' },
  {
    change: { path: 'a\nb' },
    reason: '"a\\nb" has a control character, a backslash or bytes that are not UTF-8',
  },
  { change: { path: 'a\u001b[2Jb' }, reason: 'has a control character' },
  { change: { path: 'a\u202eyp.b' }, reason: 'has a control character' },
  { change: { path: '.g\u200cit/config' }, reason: 'has a control character' },
  { change: { path: 'a\\b' }, reason: 'has a control character' },
  { change: { path: 'a\ufffd' }, reason: 'has a control character' },
  { change: { path: 'a\u0000' }, reason: 'has a control character' },
  { change: { path: 'x'.repeat(513) }, reason: 'is a path of over 512 bytes' },
  { change: { path: 'ü'.repeat(257) }, reason: 'is a path of over 512 bytes' },
  {
    change: { size: PATCH_LIMITS.bytes - 9 },
    reason: 'the changed files have 16777217 bytes, 16777216 may be',
  },
] satisfies { change: Partial<Change>; reason: string }[])(
  '$change.path $change.mode is refused: $reason',
  ({ change, reason }) => {
    const decision = checkPatch([changeOf({ path: 'honest.py' }), changeOf(change)], RULES)

    expect(decision).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining(reason)] })
  },
)

test.each([
  ['README.md', 'readme.md'],
  ['src/A.py', 'SRC/a.py'],
  ['caf\u00e9.py', 'cafe\u0301.py'],
])('%s and %s together are refused: they are one file on some machines', (one, other) => {
  const decision = checkPatch([changeOf({ path: one }), changeOf({ path: other })], RULES)

  expect(decision).toMatchObject({
    kind: 'refused',
    reasons: [expect.stringContaining('differ only in case or form')],
  })
})

test('a file may be renamed to another case', () => {
  const decision = checkPatch(
    [changeOf({ path: 'README', kind: 'deleted', mode: '000000' }), changeOf({ path: 'readme' })],
    RULES,
  )

  expect(decision.kind).toBe('accepted')
})

test('a thousand files may be changed, one more may not', () => {
  const changes = Array.from({ length: 1001 }, (_, index) => changeOf({ path: `${index}.py` }))

  expect(checkPatch(changes.slice(1), RULES).kind).toBe('accepted')
  expect(checkPatch(changes, RULES)).toEqual({
    kind: 'refused',
    reasons: ['1001 files are changed, 1000 may be'],
  })
})

test('of many reasons only the first twenty are said', () => {
  const changes = Array.from({ length: 100 }, (_, index) => changeOf({ path: `../${index}` }))

  expect(checkPatch(changes, RULES)).toMatchObject({ reasons: { length: 20 } })
})

test.each([
  'conftest.py',
  'tests/conftest.py',
  'sitecustomize.py',
  'lib/usercustomize.py',
  'evil.pth',
  'lib/__pycache__/sums.cpython-311.pyc',
  'sums.pyc',
  'pytest.ini',
  'tox.ini',
  '.coveragerc',
  'node_modules/left-pad/index.js',
  '.npmrc',
  'vitest.config.ts',
  'packages/a/jest.config.cjs',
  '.mocharc.json',
  '.gitignore',
  'lib/.gitattributes',
  '.gitmodules',
])('%s is protected: it falls away, the rest counts', name => {
  const honest = changeOf({})

  expect(checkPatch([honest, changeOf({ path: name })], RULES)).toEqual({
    kind: 'accepted',
    applied: [honest],
    dropped: [name],
  })
})

test.each(['.pytest_cache/README.md', 'a/.mypy_cache/x', '.venv/bin/python', '.coverage', '.hypothesis/x'])(
  '%s is litter: it falls away without a word',
  name => {
    expect(checkPatch([changeOf({ path: name })], RULES)).toEqual({
      kind: 'accepted',
      applied: [],
      dropped: [],
    })
  },
)

test.each([
  { pattern: 'setup.cfg', fits: ['setup.cfg', 'lib/setup.cfg'], not: ['my-setup.cfg', 'setup.cfgs'] },
  { pattern: '/setup.cfg', fits: ['setup.cfg'], not: ['lib/setup.cfg'] },
  { pattern: 'docs/', fits: ['docs/a.md', 'x/docs/a/b'], not: ['docs2/a'] },
  { pattern: 'docs', fits: ['docs/a/b.md', 'x/docs/c'], not: ['docs2/a'] },
  { pattern: 'docs/*.md', fits: ['docs/a.md'], not: ['docs/a/b.md', 'docs/a.txt'] },
  { pattern: 'docs/**', fits: ['docs/a.md', 'docs/a/b.md'], not: ['doc/a'] },
  { pattern: 'src/**/gen.py', fits: ['src/gen.py', 'src/a/b/gen.py'], not: ['src/regen.py', 'gen.py'] },
  { pattern: 'v?.py', fits: ['v1.py'], not: ['v10.py', 'v/.py'] },
  { pattern: 'a+(b).py', fits: ['a+(b).py'], not: ['aab.py'] },
])('a task may protect $pattern', ({ pattern, fits, not }) => {
  const changes = [...fits, ...not].map(name => changeOf({ path: name }))

  const decision = checkPatch(changes, { ...RULES, protectedPaths: [pattern] })

  expect(decision).toMatchObject({ kind: 'accepted', dropped: fits })
})

test('a task may allow what is usually protected', () => {
  const change = changeOf({ path: 'tests/conftest.py' })

  expect(checkPatch([change], { ...RULES, allowedPaths: ['tests/conftest.py'] })).toMatchObject({
    applied: [change],
    dropped: [],
  })
})

function changeOf(change: Partial<Change>): Change {
  return { path: 'sums.py', kind: 'modified', mode: '100644', blob: '0'.repeat(40), size: 10, ...change }
}
