import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { matchPaths } from '../../../sandbox/glob.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { type Candidate, chooseCommits } from '../../../task-bank/history/choose.ts'
import { type MinedTask, writeManifest } from '../../../task-bank/history/manifest.ts'
import { USUAL } from '../../../task-bank/history/recipe.ts'
import { TOOLCHAINS } from '../../../task-bank/history/toolchain.ts'
import { writeTaskFolder } from '../../../validator/mining/folder.ts'
import { fetchPack } from '../../../validator/mining/packs.ts'
import { findShown } from '../../../validator/mining/shown.ts'
import { listCommits, openSource } from '../../../validator/mining/source.ts'
import { readTrees, streamOf, type Trees } from '../../../validator/mining/trees.ts'
import { PYTHON_HISTORY } from '../../fixtures/history/python.ts'
import { makeFolder } from '../../support/folder.ts'
import { buildHistory, type Step } from '../../support/history.ts'

async function open(
  steps: readonly Step[],
  message: string,
): Promise<{ trees: Trees; candidate: Candidate; folder: string }> {
  const { folder: repository } = await buildHistory(steps)
  using source = await openSource(repository, { revision: 'HEAD', name: 'till' })
  const commits = await listCommits(source, { since: undefined, limit: undefined, firstParent: false })
  const nothing = matchPaths([], 'u')
  const rules = { tests: nothing, source: nothing, visible: nothing, told: nothing }
  const choices = chooseCommits(commits, { rules, excluded: [], mergesCount: false })
  const candidate = choices.find(({ commit }) => commit.message.includes(message))
  if (candidate?.kind !== 'candidate') throw new Error(`"${message}" is no candidate`)
  const trees = await readTrees(source.gitDir, candidate)
  if ('tooLarge' in trees) throw new Error(trees.tooLarge)
  const folder = path.join(makeFolder({}), 'task')
  writeTaskFolder(folder, {
    trees,
    statement: '# Till\n',
    manifest: writeManifest(TASK),
    toolchain: TOOLCHAINS[0]!,
    task: TASK,
    pack: undefined,
  })
  return { trees, candidate, folder }
}

const TASK: MinedTask = {
  name: 'till-1',
  environment: 'history',
  runner: 'pytest',
  failToPass: ['tests/test_money.py::test_one_digit'],
  passToPass: [],
  others: [],
  protectedPaths: ['/tests'],
  difficulty: 'easy',
  extent: { lines: 1, places: 1, files: 1 },
  statement: { kind: 'commit-message' },
  origin: { repository: 'till', commit: 'a', parent: 'b', date: '2026-01-01', licence: undefined },
  recipe: USUAL,
}

test('an agent gets the tree before the commit, in one commit without a past', async () => {
  const { trees, folder } = await open(PYTHON_HISTORY, 'Read amounts with a single digit')
  const stream = streamOf(trees.given).toString()

  expect([...trees.given.keys()].sort()).toEqual([
    'LICENSE',
    'README.md',
    'tests/test_cart.py',
    'tests/test_money.py',
    'till/__init__.py',
    'till/cart.py',
    'till/money.py',
  ])
  expect(stream.match(/^commit /gm)).toHaveLength(1)
  expect(stream).not.toMatch(/fraction|one digit|test_one_digit/)
  expect(fs.readFileSync(path.join(folder, 'tests/tests/test_money.py'), 'utf8')).toContain('test_one_digit')
  expect(loadHarborTask(folder, {}).verifier.runner).toMatchObject({ kind: 'pytest' })
})

test('the reference is the source part alone, and applies', async () => {
  const { trees } = await open(PYTHON_HISTORY, 'Read amounts with a single digit')
  const work = makeFolder({})
  for (const [name, { content }] of trees.given) {
    fs.mkdirSync(path.dirname(path.join(work, name)), { recursive: true })
    fs.writeFileSync(path.join(work, name), content)
  }

  execFileSync('git', ['apply'], { cwd: work, input: trees.patch })

  expect(trees.reference.map(file => file.path)).toEqual(['till/money.py'])
  expect(trees.tests.map(file => file.path)).toEqual(['tests/test_money.py'])
  expect(fs.readFileSync(path.join(work, 'till/money.py'), 'utf8')).toContain('fraction = (rest + "00")[:2]')
  expect(fs.readFileSync(path.join(work, 'README.md'), 'utf8')).toBe('# Till\n')
})

test('a file that decides the environment stands in the tree as it is after the commit', async () => {
  const steps: Step[] = [
    ...PYTHON_HISTORY.slice(0, 2),
    {
      message: 'Add articles to the cart with a name only',
      files: {
        'till/cart.py': 'x = 1\n',
        'tests/test_cart.py': 'def test(): ...\n',
        'requirements.txt': 'six\n',
      },
    },
  ]

  const { trees } = await open(steps, 'Add articles')

  expect(trees.given.get('requirements.txt')?.content.toString()).toBe('six\n')
  expect(trees.reference.map(file => file.path)).toEqual(['till/cart.py'])
})

const FIX = `def total(lines, discount=0):
    amounts = [cents * count for _, cents, count in lines]
    return sum(amounts) - sum(amounts) * discount // 100
`

test('an answer that stands in another file of the tree is found, also in one that is older', async () => {
  const steps: Step[] = [
    {
      message: 'Begin',
      files: { 'till/total.py': 'def total(lines):\n    return 0\n', 'old/sums_backup.txt': `x\n${FIX}` },
    },
    {
      message: 'Sum up with a discount',
      files: {
        'till/total.py': FIX,
        'tests/test_total.py':
          'from till.total import total\n\n\ndef test_total():\n    assert total([]) == 0\n',
      },
    },
  ]
  const hidden = await open(steps, 'Sum up')
  const clean = await open(PYTHON_HISTORY, 'Read amounts with a single digit')
  const pathsOf = ({ commit }: Candidate): string[] => commit.changes.map(change => change.path)

  expect(findShown(hidden.folder, hidden.trees, pathsOf(hidden.candidate))).toMatch(
    /^old\/sums_backup\.txt has solution\/fix\.patch lines \d+-\d+$/,
  )
  expect(findShown(clean.folder, clean.trees, pathsOf(clean.candidate))).toBeUndefined()
})

test('a moved file that is rewritten does not show the answer', async () => {
  const { trees, folder, candidate } = await open(PYTHON_HISTORY, 'Call the printed paper a slip')

  expect(
    findShown(
      folder,
      trees,
      candidate.commit.changes.map(change => change.path),
    ),
  ).toBeUndefined()
})

test('packages that may not be fetched are named', async () => {
  vi.stubEnv('ARETE_CACHE', makeFolder({}))
  const found = await fetchPack(
    { kind: 'python', requirements: ['six==1.16.0'] },
    { arch: 'x64', network: false },
  )

  expect(found).toEqual({ missing: 'six==1.16.0 of PyPI: allow it with --network' })
})
