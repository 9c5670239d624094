import { expect, test } from 'vitest'
import { type Change, checkPatch, PATCH_LIMITS, type PatchRules } from '../../sandbox/policy.ts'

const RULES: PatchRules = {
  protectedPaths: [],
  allowedPaths: [],
  testPlaces: [],
  limits: PATCH_LIMITS,
  tracked: new Set(),
  standing: new Set(),
}

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
  { what: 'a name that Windows reserves, since nothing of a patch is run there', change: { path: 'aux.c' } },
  { what: 'a name that ends with a dot', change: { path: 'notes.' } },
  { what: 'a name of 255 bytes', change: { path: `lib/${'x'.repeat(255)}` } },
  { what: 'a name with an accent in two characters', change: { path: 'cafe\u0301.py' } },
  { what: 'names that look like short names of git', change: { path: 'git~/git~x/.gitx/git~1.md' } },
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
  { change: { path: '.git./config' }, reason: 'lies in a git folder' },
  { change: { path: '.git . /config' }, reason: 'lies in a git folder' },
  { change: { path: '.GIT::$INDEX_ALLOCATION/config' }, reason: 'lies in a git folder' },
  { change: { path: '.git:stream' }, reason: 'lies in a git folder' },
  { change: { path: 'GIT~2 /config' }, reason: 'lies in a git folder' },
  { change: { path: '\uff0egit/config' }, reason: 'lies in a git folder' },
  { change: { path: '.g\u034fit/config' }, reason: 'lies in a git folder' },
  { change: { path: '.gi\ufe0ft/hooks/x', kind: 'deleted' }, reason: 'lies in a git folder' },
  {
    change: { path: 'a\nb' },
    reason: '"a\\nb" has a control character, a backslash or bytes that are not UTF-8',
  },
  { change: { path: 'a\u001b[2Jb' }, reason: 'has a control character' },
  { change: { path: 'a\u202eyp.b' }, reason: 'has a control character' },
  { change: { path: 'a\u2066b' }, reason: 'has a control character' },
  { change: { path: 'a\u061cb' }, reason: 'has a control character' },
  { change: { path: 'a\u2028b' }, reason: 'has a control character' },
  { change: { path: 'a\u{e0001}b' }, reason: 'has a control character' },
  { change: { path: 'a\ud800b' }, reason: 'has a control character' },
  { change: { path: 'a\\b' }, reason: 'has a control character' },
  { change: { path: 'a\ufffd' }, reason: 'has a control character' },
  { change: { path: 'a\u0000' }, reason: 'has a control character' },
  { change: { path: `lib/${'x'.repeat(256)}` }, reason: 'has a name of over 255 bytes' },
  { change: { path: 'ü'.repeat(128) }, reason: 'has a name of over 255 bytes' },
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
  const decision = checkPatch([added(one), added(other)], RULES)

  expect(decision).toMatchObject({
    kind: 'refused',
    reasons: [expect.stringContaining('differ only in case or form')],
  })
})

test.each(['.g\u200cit/config', '.gi\u2060t/config', '\ufeff.git/config'])(
  '%j is refused for two reasons',
  name => {
    expect(checkPatch([changeOf({ path: name })], RULES)).toMatchObject({
      kind: 'refused',
      reasons: [
        expect.stringContaining('lies in a git folder'),
        expect.stringContaining('has a control character'),
      ],
    })
  },
)

test('a new file may not have the name of an old one in another case', () => {
  const tracked = new Set(['Makefile', 'docs/a.md'])

  expect(checkPatch([added('makefile')], { ...RULES, tracked })).toEqual({
    kind: 'refused',
    reasons: ['"makefile" and "Makefile" differ only in case or form'],
  })
  expect(checkPatch([added('Docs/b.md')], { ...RULES, tracked }).kind).toBe('accepted')
})

test('files that the repository has in two cases may both be changed', () => {
  const tracked = new Set(['net/xt_MARK.c', 'net/xt_mark.c'])
  const changes = [...tracked].map(name => changeOf({ path: name }))

  expect(checkPatch(changes, { ...RULES, tracked })).toMatchObject({ applied: changes })
})

test('a file may be renamed to another case', () => {
  const decision = checkPatch([deleted('README'), added('readme')], {
    ...RULES,
    tracked: new Set(['README']),
  })

  expect(decision.kind).toBe('accepted')
})

test.each([
  {
    what: 'below a protected file',
    standing: ['conftest.py'],
    changes: [deleted('conftest.py'), added('conftest.py/x')],
  },
  {
    what: 'below a file with sections',
    standing: ['setup.cfg'],
    changes: [deleted('setup.cfg'), added('setup.cfg/x.py')],
  },
  { what: 'below an ignored file', standing: ['out'], changes: [added('out/x.py')] },
  { what: 'below a link', standing: ['data'], changes: [added('data/a/x.py')] },
  {
    what: 'over a folder with a protected file',
    standing: ['a/b/conftest.py'],
    changes: [deleted('a/b/conftest.py'), added('a')],
  },
  {
    what: 'over a folder with a file with sections',
    standing: ['a/setup.cfg'],
    changes: [deleted('a/setup.cfg'), added('a')],
  },
])('a file $what falls away, since what is there stays', ({ standing, changes }) => {
  const decision = checkPatch(changes, { ...RULES, standing: new Set(standing) })

  expect(decision).toMatchObject({
    kind: 'accepted',
    dropped: expect.arrayContaining([changes.at(-1)!.path]),
  })
})

test.each([
  { what: 'a file becomes a folder', changes: [deleted('lib'), added('lib/x.py')], standing: ['lib'] },
  { what: 'a folder becomes a file', changes: [deleted('lib/x.py'), added('lib')], standing: ['lib/x.py'] },
])('$what where nothing stays', ({ changes, standing }) => {
  const decision = checkPatch(changes, { ...RULES, standing: new Set(standing) })

  expect(decision).toEqual({ kind: 'accepted', applied: changes, dropped: [] })
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

test('a path of a hundred thousand folders is refused for its length, and its folders are not counted', () => {
  const decision = checkPatch([added(`${'a/'.repeat(100_000)}x`)], RULES)

  expect(decision).toEqual({
    kind: 'refused',
    reasons: [expect.stringMatching(/is a path of over 512 bytes$/)],
  })
})

function changeOf(change: Partial<Change>): Change {
  return { path: 'sums.py', kind: 'modified', mode: '100644', blob: '0'.repeat(40), size: 10, ...change }
}

test("a task's pattern fits in any case, and allows only as it is written", () => {
  const changes = [changeOf({ path: 'Docs/A.md' }), changeOf({ path: 'tests/CONFTEST.py' })]

  expect(
    checkPatch(changes, { ...RULES, protectedPaths: ['docs'], allowedPaths: ['tests/conftest.py'] }),
  ).toMatchObject({ dropped: ['Docs/A.md', 'tests/CONFTEST.py'] })
})

function added(name: string): Change {
  return changeOf({ path: name, kind: 'added' })
}

function deleted(name: string): Change {
  return changeOf({ path: name, kind: 'deleted', mode: '000000' })
}

test.each([
  ['tests/unit/test_a.py', 'modified', false],
  ['Tests/Unit/TEST_A.py', 'added', false],
  ['tests/unit', 'added', false],
  ['tests', 'added', false],
  ['tests/unit/test_a.py/b', 'added', false],
  ['tests/unit/test_b.py', 'added', true],
  ['tests/unity', 'added', true],
] as const)('where hidden tests will lie, a patch to %s (%s) counts: %s', (name, kind, counts) => {
  const change = { path: name, kind, mode: '100644', blob: '0', size: 1 }
  const decision = checkPatch([change], {
    ...RULES,
    allowedPaths: ['**'],
    testPlaces: ['tests/unit/test_a.py'],
  })

  expect(decision).toMatchObject({ kind: 'accepted', dropped: counts ? [] : [name] })
})
