import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { matchPaths } from '../../sandbox/glob.ts'
import { chooseCommits } from '../../task-bank/history/choose.ts'
import { type Commit, isPlainPath, readCommits } from '../../task-bank/history/commits.ts'
import { readDiff } from '../../task-bank/history/diff.ts'
import { extentOf, gradeDifficulty } from '../../task-bank/history/difficulty.ts'
import { readJournal } from '../../task-bank/history/journal.ts'
import { type PathRules, roleOf, testFolders } from '../../task-bank/history/roles.ts'
import { listCommits, openSource, SourceError } from '../../validator/mining/source.ts'
import { PYTHON_HISTORY } from '../fixtures/history/python.ts'
import { makeFolder } from '../support/folder.ts'
import { buildHistory } from '../support/history.ts'

const none = (): boolean => false
const RULES: PathRules = { tests: none, source: none, visible: none, told: none }
const EVERYTHING = { since: undefined, limit: undefined, firstParent: false }

describe('roles of files', () => {
  test.each([
    ['till/money.py', 'source'],
    ['src/click/testing.py', 'source'],
    ['lib/contest.js', 'source'],
    ['src/till/data.txt', 'source'],
    ['Makefile', 'source'],
    ['tests/test_money.py', 'test'],
    ['tests/conftest.py', 'test'],
    ['pkg/money_test.py', 'test'],
    ['src/free.test.ts', 'test'],
    ['src/__tests__/free.js', 'test'],
    ['test/fixtures/a.bin', 'test'],
    ['package.json', 'visible'],
    ['sub/package-lock.json', 'visible'],
    ['requirements/tests.txt', 'visible'],
    ['pyproject.toml', 'visible'],
    ['.github/workflows/ci.yml', 'visible'],
    ['vitest.config.ts', 'visible'],
    ['README.md', 'told'],
    ['CHANGES.rst', 'told'],
    ['docs/index.html', 'told'],
    ['examples/a.py', 'told'],
  ])('%s is %s', (file, role) => {
    expect(roleOf(file, RULES)).toBe(role)
  })

  test('a recipe wins over the usual rules', () => {
    const rules = { ...RULES, source: matchPaths(['docs/*.py'], 'u'), tests: matchPaths(['checks/**'], 'u') }

    expect(roleOf('docs/plot.py', rules)).toBe('source')
    expect(roleOf('checks/a.py', rules)).toBe('test')
  })

  test('folders of tests are the outermost ones', () => {
    expect(testFolders(['tests/unit/test_a.py', 'pkg/tests/b.py', 'src/c.test.ts'])).toEqual([
      '/pkg/tests',
      '/tests',
    ])
  })
})

describe('the past of a repository', () => {
  test('is read newest first, with what each commit changes', async () => {
    const { folder, ids } = await buildHistory(PYTHON_HISTORY)
    using source = await openSource(folder, { revision: 'HEAD', name: 'till' })

    const commits = await listCommits(source, EVERYTHING)
    const found = commits.find(({ id }) => id === ids[3])!

    expect(commits).toHaveLength(PYTHON_HISTORY.length)
    expect(commits[0]!.id).toBe(ids.at(-1))
    expect(found.message).toBe(PYTHON_HISTORY[3]!.message)
    expect(found.changes.map(({ path }) => path)).toEqual([
      'README.md',
      'tests/test_money.py',
      'till/money.py',
    ])
  })

  test('its commits that may become tasks are chosen, all others have a reason', async () => {
    const { folder } = await buildHistory(PYTHON_HISTORY)
    using source = await openSource(folder, { revision: 'HEAD', name: undefined })
    const commits = await listCommits(source, EVERYTHING)

    const choices = chooseCommits(commits, { rules: RULES, excluded: [], mergesCount: false })

    expect(
      choices.map(
        choice => `${choice.kind === 'unfit' ? choice.reason : '+'} ${choice.commit.message.split('\n')[0]}`,
      ),
    ).toEqual([
      '+ Give every tenth customer a discount of ten percent',
      '+ wip',
      '+ Call the printed paper a slip, and number it from one on',
      '+ Keep rates of exchange in a table that needs no parsing',
      'merge Merge pull request #9 from side/thanks',
      'no-tests Thank in the readme',
      '+ Refuse articles that have no name at all',
      'revert Revert "Show debts with their sign in front of the amount"',
      'reverted Show debts with their sign in front of the amount',
      '+ Draw a lucky customer from time to time',
      '+ Say in a comment what a cart holds',
      '+ Print receipts with amounts in a column at the right',
      '+ fix(money): Read amounts with a single digit after the point (#3)',
      'no-source Test the cart',
      'no-tests Add a cart',
      'first Count amounts in cents',
    ])
  })

  test('along first parents a merge is one change', async () => {
    const { folder } = await buildHistory(PYTHON_HISTORY)
    using source = await openSource(folder, { revision: 'HEAD', name: undefined })

    const commits = await listCommits(source, { ...EVERYTHING, firstParent: true })
    const merge = commits.find(({ parents }) => parents.length === 2)!

    expect(commits.some(({ message }) => message === 'Thank in the readme')).toBe(false)
    expect(merge.changes.map(({ path }) => path)).toEqual(['README.md'])
  })

  test('can be cut by number and by date', async () => {
    const { folder } = await buildHistory(PYTHON_HISTORY)
    using source = await openSource(folder, { revision: 'HEAD', name: undefined })

    expect(await listCommits(source, { ...EVERYTHING, limit: 3 })).toHaveLength(3)
    expect(await listCommits(source, { ...EVERYTHING, since: '2023-11-27' })).toHaveLength(3)
  })

  test('configuration, hooks and replacements of a hostile repository do nothing', async () => {
    const { folder, ids } = await buildHistory(PYTHON_HISTORY)
    const trap = makeFolder({ 'program.sh': '#!/bin/sh\ntouch "$(dirname "$0")/ran"\ncat\n' })
    const git = (...args: string[]): void => void execFileSync('git', ['-C', folder, ...args])
    execFileSync('chmod', ['755', `${trap}/program.sh`])
    for (const key of [
      'core.fsmonitor',
      'diff.external',
      'core.pager',
      'gpg.program',
      'diff.x.textconv',
      'filter.x.smudge',
    ])
      git('config', key, `${trap}/program.sh`)
    git('config', 'log.showSignature', 'true')
    git('replace', '--graft', ids[3]!)
    using source = await openSource(folder, { revision: 'HEAD', name: undefined })

    const commits = await listCommits(source, EVERYTHING)

    expect(commits).toHaveLength(PYTHON_HISTORY.length)
    expect(execFileSync('ls', [trap]).toString()).toBe('program.sh\n')
  })

  test('what is no repository, or has no such revision, is said', async () => {
    const { folder } = await buildHistory(PYTHON_HISTORY.slice(0, 1))

    await expect(openSource(makeFolder({ a: '' }), { revision: 'HEAD', name: undefined })).rejects.toThrow(
      SourceError,
    )
    await expect(openSource(folder, { revision: '--output=x', name: undefined })).rejects.toThrow(
      /it has no commit "--output=x"/,
    )
  })

  test('something else than git would print is not read', () => {
    expect(readCommits(Buffer.from('nonsense\0'))).toBeUndefined()
    expect(readCommits(Buffer.from('a'))).toBeUndefined()
  })

  test.each([
    '../x',
    'a/../b',
    '/etc/passwd',
    'a//b',
    '.git/hooks/x',
    'a/.GIT/x',
    'git~1/x',
    'a\\b',
    'a\nb',
    'a:b',
    `${'a'.repeat(600)}`,
    'a/b ',
  ])('the path %j is odd', name => {
    expect(isPlainPath(name)).toBe(false)
  })

  test('a commit with a link or a strange name among its files is left alone', () => {
    const change = (path: string, mode: string) => ({
      path,
      before: undefined,
      after: { mode, id: 'a'.repeat(40) },
    })
    const commit = (path: string, mode: string): Commit => ({
      id: 'b'.repeat(40),
      parents: ['c'.repeat(40)],
      time: 0,
      message: 'x',
      changes: [change('tests/test_a.py', '100644'), change(path, mode)],
    })
    const reasons = [commit('a.py', '120000'), commit('a.py', '160000'), commit('a/../b.py', '100644')].map(
      one => chooseCommits([one], { rules: RULES, excluded: [], mergesCount: false })[0],
    )

    expect(reasons.map(one => one?.kind === 'unfit' && one.reason)).toEqual([
      'odd-files',
      'odd-files',
      'odd-files',
    ])
  })
})

describe('difficulty', () => {
  const diffOf = (lines: number, hunks: number, name = 'a.py'): string =>
    [
      `diff --git a/${name} b/${name}`,
      ...Array.from({ length: hunks }, (_, at) => [
        `@@ -${at * 100 + 1},0 +${at * 100 + 1},${lines} @@ def f():`,
        ...Array.from({ length: lines }, (__, line) => `++ ${line}`),
      ]).flat(),
    ].join('\n')

  test.each([
    ['easy', diffOf(5, 2)],
    ['medium', diffOf(30, 1)],
    ['medium', `${diffOf(2, 1)}\n${diffOf(2, 1, 'b.py')}`],
    ['hard', diffOf(100, 1)],
    ['hard', Array.from({ length: 5 }, (_, file) => diffOf(1, 1, `${file}.py`)).join('\n')],
  ])('%s', (difficulty, diff) => {
    expect(gradeDifficulty(extentOf(readDiff(diff)))).toBe(difficulty)
  })

  test('lines that look like heads of a diff are lines', () => {
    const diff = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a\n-b\n+++ c\n+@@ -1 +1 @@'

    expect(readDiff(diff)).toEqual([
      { path: 'x', removed: ['-- a', 'b'], added: ['++ c', '@@ -1 +1 @@'], places: 1 },
    ])
  })
})

test('of a journal the last line of a commit counts, and half a line or other settings do not', () => {
  const line = (commit: string, settings: string, reason: string): string =>
    JSON.stringify({ commit, settings, outcome: { kind: 'dropped', reason, detail: '' }, seconds: 1 })
  const text = [
    line('a', 's', 'unstable'),
    line('a', 's', 'leak'),
    line('b', 'other', 'leak'),
    line('c', 's', 'leak').slice(0, 30),
  ].join('\n')

  const entries = readJournal(text, 's')

  expect([...entries.keys()]).toEqual(['a'])
  expect(entries.get('a')?.outcome).toMatchObject({ reason: 'leak' })
})
