import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { readRecipes } from '../../../task-bank/recipe.ts'
import {
  buildHarborTask,
  readCarriedRow,
  readHarborRow,
  writeHarborTask,
} from '../../../task-bank/swebench/harbor.ts'
import { parseRow, type Row, renderRow } from '../../../task-bank/swebench/row.ts'
import { runnerOfRow } from '../../../task-bank/swebench/verifier.ts'
import { makeFolder } from '../../support/folder.ts'
import { COMMIT, classicRow, evalScript, fullRow } from '../../support/rows.ts'

describe('a row is a Harbor task and back again', () => {
  test.each([
    ['classic', classicRow()],
    ['version 5', fullRow()],
    [
      'with columns that nobody knows',
      fullRow({ difficulty: '<15 min', nested: { a: [1, null] }, hints_text: 'none\r\n' }),
    ],
    ['fail only', fullRow({ eval_type: 'fail_only', log_parser: 'parse_log_chart_js' })],
  ])('%s: the same row', (_, value) => {
    const row = rowOf(value)
    const folder = makeFolder({})

    writeHarborTask(folder, buildHarborTask(row))

    expect(readHarborRow(folder)).toEqual(row)
    expect(rowOf(renderRow(readHarborRow(folder)))).toEqual(row)
  })

  test('a folder that somebody else wrote: the same files, byte for byte', () => {
    const foreign = makeFolder({
      ...foreignTask(),
      'solution/solve.sh': 'git apply /solution/x.diff\n',
      'environment/Dockerfile': 'FROM example.invalid/sums:1\n',
    })
    fs.writeFileSync(path.join(foreign, 'tests/data.bin'), Buffer.from([0, 255, 128]))
    const again = makeFolder({})

    const row = rowOf(renderRow(readHarborRow(foreign)))
    writeHarborTask(again, buildHarborTask(row))

    expect(row).toMatchObject({ instance_id: 'arete__sums-1', repo: 'arete/sums' })
    expect(listContents(again)).toEqual(listContents(foreign))
  })

  test('files that its image is built of: the same row, and they are its environment', () => {
    const build_files = { Dockerfile: base64('FROM arete/base:1\n'), 'setup/a.sh': base64('true\n') }
    const row = rowOf(classicRow({ build_files }))
    const folder = makeFolder({})

    writeHarborTask(folder, buildHarborTask(row))

    expect(readHarborRow(folder)).toEqual(row)
    expect(fs.readFileSync(path.join(folder, 'environment/setup/a.sh'), 'utf8')).toBe('true\n')
    expect(loadHarborTask(folder, {}).image).toEqual({
      kind: 'build',
      folder: path.join(folder, 'environment'),
    })
  })

  test('an image that the row names comes before its Dockerfile, unless that is forced', () => {
    const row = rowOf(
      fullRow({ image: 'example.invalid/sums:1', build_files: { Dockerfile: base64('FROM x\n') } }),
    )
    const forced = [...buildHarborTask(row, new Map(), true).keys()]

    expect(buildHarborTask(row).get('task.toml')!.toString()).toContain('example.invalid/sums:1')
    expect([...buildHarborTask(row).keys()]).not.toContain('environment/Dockerfile')
    expect(forced).toContain('environment/Dockerfile')
  })

  test.each([
    ['without a Dockerfile', { 'a.sh': '' }, 'build_files: expected a Dockerfile among them'],
    [
      'that lead out of the task',
      { Dockerfile: '', '../x': '' },
      'build_files: expected paths inside the folder only',
    ],
  ])('files of an image %s are refused', (_, build_files, message) => {
    expect(parseRow(classicRow({ build_files }))).toEqual({ mistakes: [message] })
  })

  test('files that would lead out of the task are refused', () => {
    const row = rowOf(fullRow({ harbor_files: JSON.stringify({ '../x': '' }) }))

    expect(() => buildHarborTask(row)).toThrow('harbor_files: "../x": expected a path inside the task')
  })

  test('a folder without a row is refused', () => {
    expect(() => readHarborRow(makeFolder({ 'task.toml': '' }))).toThrow('tests/config.json: expected a row')
  })
})

describe('a Harbor task that carries a row is graded our way', () => {
  test('its change of the repository counts, and the row says what is expected', () => {
    const task = loadHarborTask(makeFolder(foreignTask()), {})

    expect(task.mode).toBe('patch')
    expect(task.workdir).toBe('/testbed')
    expect(task.verifier.row?.instance_id).toBe('arete__sums-1')
    expect(task.verifier.runner).toEqual({
      kind: 'pytest',
      tests: { root: '', cwd: '', names: undefined, run: ['tests/test_sums.py'], env: {} },
      expected: {
        failToPass: ['tests/test_sums.py::test_adds'],
        passToPass: ['tests/test_sums.py::test_zero'],
        others: 'any',
      },
    })
    expect(task.allowedPaths).toEqual(['/sums.py'])
  })

  test('its own script decides if that is wanted', () => {
    const task = loadHarborTask(makeFolder(foreignTask()), {}, 'allowlist', 'task')

    expect(task).toMatchObject({ mode: 'snapshot', verifier: { runner: { kind: 'script' } } })
  })

  test.each([
    ['a config.json that is something else', '{"name": "x"}'],
    ['one that is no JSON', '{'],
  ])('%s is no row', (_, text) => {
    const folder = makeFolder({ ...foreignTask(), 'tests/config.json': text })

    expect(readCarriedRow(folder)).toBeUndefined()
    expect(loadHarborTask(folder, {}).verifier.runner.kind).toBe('script')
  })

  test('a row that nobody can grade is left to the script, which is said', () => {
    const folder = makeFolder({
      ...foreignTask(),
      'tests/config.json': JSON.stringify(fullRow({ log_parser: 'parse_log_cobol' })),
    })

    const task = loadHarborTask(folder, {})

    expect(task.verifier.runner.kind).toBe('script')
    expect(task.notes.join()).toContain(
      'carries a row, but its own script decides: log_parser: "parse_log_cobol" is none of',
    )
  })

  test('one whose author chose a runner keeps it', () => {
    const manifest = `${foreignTask()['task.toml']}[arete]\nrunner = "script"\n`
    const folder = makeFolder({ ...foreignTask(), 'task.toml': manifest })

    expect(loadHarborTask(folder, {}).verifier.row).toBeUndefined()
  })
})

describe('runnerOfRow()', () => {
  test.each<[what: string, row: Record<string, unknown>, kind: string]>([
    ['pytest, by its name', fullRow({ repo: 'a/b' }), 'pytest'],
    ['pytest, by the repository of a classic row', classicRow({ repo: 'pallets/flask' }), 'pytest'],
    ['Django, by the repository of a classic row', classicRow({ repo: 'django/django' }), 'log'],
    ['Go', fullRow({ log_parser: 'parse_log_gotest' }), 'log'],
    ['an id that only the log of pytest knows', fullRow({ PASS_TO_PASS: '["[100%]"]' }), 'log'],
    ['an unknown repository', classicRow(), 'log_parser: missing, and no parser is known for arete/sums'],
    ['an unknown parser', fullRow({ log_parser: 'x' }), 'log_parser: "x" is none of'],
    ['no script', fullRow({ log_parser: 'gotest', eval_script: null }), 'eval_script: missing'],
    ['nothing to repair', fullRow({ FAIL_TO_PASS: '[]' }), 'FAIL_TO_PASS: expected at least one test id'],
  ])('%s', (_, row, expected) => {
    const found = runnerOfRow(rowOf(row))

    expect('runner' in found ? found.runner.kind : found.mistakes[0]).toContain(expected)
  })
})

test('a recipe is named by the repository, and travels with the task', () => {
  const folder = makeFolder({
    'recipes.toml':
      '[repository."arete/sums"]\nclone = "mirror"\npackages = ["python3-attr"]\nenv = { PYTHONPATH = "/testbed/src" }\n',
    'mirror/HEAD': '',
  })

  const recipes = readRecipes(path.join(folder, 'recipes.toml'))
  writeHarborTask(path.join(folder, 'task'), buildHarborTask(rowOf(fullRow()), recipes))

  expect(loadHarborTask(path.join(folder, 'task'), {}).image).toEqual({
    kind: 'recipe',
    recipe: {
      base: 'arete/base:1',
      packages: ['python3-attr'],
      commands: [],
      install: [],
      env: { PYTHONPATH: '/testbed/src' },
      workdir: '/testbed',
      clone: path.join(folder, 'mirror'),
      commit: COMMIT,
    },
  })
})

test.each([
  [
    '[repository."a/b"]\nclone = "x"\npackages = ["--force"]\n',
    'repository.a/b.packages.0: expected the name of a Debian package',
  ],
  ['[repository."a/b"]\npackages = []\n', 'repository.a/b.clone:'],
  ['[repository."a/b"]\nclone = "nowhere"\n', 'repository."a/b".clone: there is no folder'],
  ['[repository."a/b"]\nclone = "x"\nimage = "y"\n', 'repository.a/b: Unrecognized key'],
  ['nonsense', 'Invalid TOML'],
])('a recipe with a mistake names the key', (text, message) => {
  const folder = makeFolder({ 'recipes.toml': text })

  expect(() => readRecipes(path.join(folder, 'recipes.toml'))).toThrow(message)
})

/** A task as an adapter of another harness writes it: the row beside a script that decides in the agent's container. */
function foreignTask(): Record<string, string> {
  return {
    'task.toml':
      'version = "1.0"\n[metadata]\ndifficulty = "easy"\n[environment]\ndocker_image = "example.invalid/sums:1"\nallow_internet = false\n',
    'instruction.md': 'The function add() is wrong.\n',
    'environment/Dockerfile': 'FROM example.invalid/sums:1\n',
    'tests/test.sh': '#!/bin/bash\nuv run parser.py > /logs/verifier/reward.txt\n',
    'tests/config.json': JSON.stringify(fullRow({ eval_script: evalScript(COMMIT) })),
  }
}

function rowOf(value: unknown): Row {
  const parsed = parseRow(value)
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '))
  return parsed.row
}

function listContents(folder: string): Record<string, string> {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name)
      return [path.relative(folder, file), fs.readFileSync(file).toString('base64')]
    }),
  )
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
