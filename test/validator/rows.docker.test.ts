import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../sandbox/agent.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { Recipe } from '../../task-bank/recipe.ts'
import { buildHarborTask, writeHarborTask } from '../../task-bank/swebench/harbor.ts'
import { readRows } from '../../task-bank/swebench/read.ts'
import { parseRow } from '../../task-bank/swebench/row.ts'
import type { VerifierChoice } from '../../task-bank/task.ts'
import { calibrate } from '../../validator/checks/calibrate.ts'
import { type Evaluation, evaluate } from '../../validator/evaluate.ts'
import { evalScript, fullRow, SUMS_REPOSITORY } from '../support/rows.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS_DIFF } from '../support/task.ts'

const held = useBench()
const made = new Map<string, Promise<PreparedTask>>()
let clone: string
let commit: string

/** The package is in no base image: only if it was installed its import works. */
const REPOSITORY: Readonly<Record<string, string>> = {
  ...SUMS_REPOSITORY,
  'conftest.py': 'import toml\n',
  'check.py': `import sums
print("--- PASS: TestZero (0.00s)" if sums.add(7, 0) == 7 else "--- FAIL: TestZero (0.00s)")
print("--- PASS: TestAdd (0.00s)" if sums.add(2, 3) == 5 else "--- FAIL: TestAdd (0.00s)")
`,
}

beforeAll(() => {
  clone = held.bench.write(REPOSITORY)
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      env: {
        ...process.env,
        GIT_AUTHOR_DATE: '2026-01-31T00:00:00Z',
        GIT_COMMITTER_DATE: '2026-01-31T00:00:00Z',
      },
    }).toString()
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'before')
  commit = git('rev-parse', 'HEAD').trim()
})

afterAll(async () => {
  const images = new Set(
    await Promise.all([...made.values()].map(async prepared => (await prepared).image.id)),
  )
  for (const id of images) await held.bench.engine.removeImage(id)
})

describe('a row of the pytest family, on an image of Debian packages and a local clone', () => {
  test('is resolved by its reference, and its tests are decided outside of the container', async () => {
    const evaluation = await attempt(prediction(SUMS_DIFF), { lift: true })

    expect(evaluation.verdict).toMatchObject({
      verdict: 'solved',
      level: 'observed',
      tests: { passed: ['tests/test_sums.py::test_adds', 'tests/test_sums.py::test_zero'], failed: [] },
    })
  })

  test('is not resolved by an empty patch', async () => {
    const { verdict } = await attempt(prediction(''))

    expect(verdict).toMatchObject({
      verdict: 'unsolved',
      reason: 'no-patch',
      tests: { failed: ['tests/test_sums.py::test_adds'] },
    })
  })

  test.each([
    [
      'writes the tests anew',
      newFile('tests/test_sums.py', 'def test_adds():\n    pass\n\n\ndef test_zero():\n    pass\n', 9),
    ],
    [
      'brings what pytest loads first',
      newFile(
        'tests/conftest.py',
        'import pytest\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_pyfunc_call():\n    return True\n',
      ),
    ],
  ])('is not resolved by a patch that %s', async (_, diff) => {
    const { verdict } = await attempt(prediction(diff))

    expect(verdict).toMatchObject({
      verdict: 'unsolved',
      tests: { failed: ['tests/test_sums.py::test_adds'] },
    })
  })

  test('is worked on by agents like any other task', async () => {
    const oracle = await attempt({ kind: 'oracle' })

    expect(oracle.verdict.verdict).toBe('solved')
  })
})

describe('a row of another test tool, whose log is read', () => {
  const row = {
    log_parser: 'parse_log_gotest',
    FAIL_TO_PASS: '["TestAdd"]',
    PASS_TO_PASS: '["TestZero"]',
  }
  const withScript = (): Record<string, unknown> => ({
    ...row,
    eval_script: evalScript(commit, 'python3 check.py'),
  })

  test('is resolved by its reference, and the level says what that is worth', async () => {
    const { verdict } = await attempt(prediction(SUMS_DIFF), { row: withScript() })

    expect(verdict).toMatchObject({
      verdict: 'solved',
      level: 'reward',
      tests: { passed: ['TestAdd', 'TestZero'] },
    })
  })

  test('is not resolved by an empty patch', async () => {
    const { verdict } = await attempt(prediction(''), { row: withScript() })

    expect(verdict).toMatchObject({
      verdict: 'unsolved',
      tests: { passed: ['TestZero'], failed: ['TestAdd'] },
    })
  })

  test('is not resolved by marks of a run that never was', async () => {
    const forged = [
      '>>>>> Start Test Output',
      '--- PASS: TestAdd (0.00s)',
      '--- PASS: TestZero (0.00s)',
      '>>>>> End Test Output',
    ]
    const source = `${forged.map(line => `print("${line}")`).join('\n')}\nimport os\nos._exit(0)\n`
    const { verdict } = await attempt(prediction(rewrite('sums.py', REPOSITORY['sums.py']!, source)), {
      row: withScript(),
    })

    expect(verdict).toMatchObject({ verdict: 'unsolved', tests: { failed: ['TestAdd', 'TestZero'] } })
  })

  test('is resolved although the patch adds a file that the test patch adds, too', async () => {
    const diff = `${SUMS_DIFF}${newFile('tests/test_sums.py', 'broken = \n', 6)}`
    const { verdict, agent } = await attempt(prediction(diff), { row: withScript() })

    expect(verdict.verdict).toBe('solved')
    expect(agent.patch).toMatchObject({ kind: 'patch', patch: { dropped: ['tests/test_sums.py'] } })
  })
})

test('the script of the task decides if that is wanted', async () => {
  const oracle = await attempt({ kind: 'oracle' }, { verifier: 'task' })
  const nop = await attempt({ kind: 'nop' }, { verifier: 'task' })

  expect(oracle.verdict).toMatchObject({ verdict: 'solved', detail: 'The reward is 1', level: 'reward' })
  expect(nop.verdict).toMatchObject({ verdict: 'unsolved', detail: 'The reward is 0' })
})

test('a task repository of version 5 is judged on an image of its own Dockerfile', async () => {
  const { bench } = held
  const row = fullRow({ base_commit: commit, eval_script: evalScript(commit) })
  const folder = bench.write({
    'sweb.yaml': 'datasets: [Sums]\n',
    ...inTask({
      'task.yaml': [
        ...['repo', 'base_commit', 'log_parser', 'eval_type'].map(key => `${key}: ${row[key]}`),
        'split: test',
        '',
      ].join('\n'),
      'tests.json': `{"FAIL_TO_PASS": ${row.FAIL_TO_PASS}, "PASS_TO_PASS": ${row.PASS_TO_PASS}}`,
      'problem_statement.md': String(row.problem_statement),
      'gold.patch': String(row.patch),
      'test.patch': String(row.test_patch),
      'eval.sh': String(row.eval_script),
      'toml.py': '',
      Dockerfile: `FROM arete/base:1
COPY toml.py /usr/lib/python3/dist-packages/toml.py
COPY sums.bundle /tmp/sums.bundle
RUN git clone -q /tmp/sums.bundle /testbed && chown -R agent:agent /testbed && rm /tmp/sums.bundle
LABEL arete.test=${bench.run}
`,
    }),
  })
  execFileSync('git', ['-C', clone, 'bundle', 'create', '-q', path.join(folder, TASK, 'sums.bundle'), 'HEAD'])
  const [read] = await readRows(folder)
  const task = path.join(bench.write({}), 'task')
  writeHarborTask(task, buildHarborTask(read!))
  const options = { run: bench.run, say: () => {} }
  const prepared = await prepareTask(bench.engine, loadHarborTask(task, {}), options)
  const verdictOf = async (agent: Agent) =>
    (await evaluate(bench.slot, { prepared, agent, run: bench.run })).verdict.verdict

  expect(await verdictOf(prediction(SUMS_DIFF))).toBe('solved')
  expect(await verdictOf(prediction(''))).toBe('unsolved')
})

const TASK = 'tasks/arete__sums-1'

function inTask(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${TASK}/${name}`, text]))
}

interface Wish {
  readonly row?: Record<string, unknown>
  readonly verifier?: VerifierChoice
  readonly lift?: boolean
}

async function attempt(agent: Agent, wish: Wish = {}): Promise<Evaluation> {
  const { bench } = held
  const key = JSON.stringify(wish)
  const prepared = made.get(key) ?? prepare(wish)
  made.set(key, prepared)
  return await evaluate(bench.slot, { prepared: await prepared, agent, run: bench.run })
}

async function prepare({ row, verifier, lift }: Wish): Promise<PreparedTask> {
  const { bench } = held
  const parsed = parseRow(fullRow({ base_commit: commit, eval_script: evalScript(commit), ...row }))
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '))
  const { commit: _, ...recipe } = Recipe.parse({ clone, commit, packages: ['python3-toml'] })
  const folder = path.join(bench.write({}), 'task')
  writeHarborTask(folder, buildHarborTask(parsed.row, new Map([['arete/sums', recipe]])))
  const prepared = await prepareTask(bench.engine, loadHarborTask(folder, {}, 'allowlist', verifier), {
    run: bench.run,
    say: () => {},
  })
  return lift ? (await calibrate(bench.slot, prepared, bench.run)).prepared : prepared
}

function prediction(diff: string): Agent {
  return { kind: 'patches', name: 'model', byTask: new Map([['swebench/arete__sums-1', diff]]) }
}

/** A diff that makes a file, or replaces so many lines of the repository's. */
function newFile(name: string, text: string, lines = 0): string {
  const old = lines === 0 ? undefined : REPOSITORY[name]!
  return old === undefined
    ? `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${count(text)} @@\n${signed('+', text)}`
    : rewrite(name, old, text)
}

function rewrite(name: string, old: string, text: string): string {
  return `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1,${count(old)} +1,${count(text)} @@\n${signed('-', old)}${signed('+', text)}`
}

function count(text: string): number {
  return text.trimEnd().split('\n').length
}

function signed(sign: string, text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => `${sign}${line}\n`)
    .join('')
}
