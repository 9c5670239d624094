import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { arete } from '../support/arete.ts'
import { evalScript, fullRow, SUMS_REPOSITORY } from '../support/rows.ts'
import { SUMS_DIFF, writeFiles } from '../support/task.ts'

const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'arete-e2e-'))
const MODEL = 'org/model-1'
const MODEL_FOLDER = path.join(folder, 'logs/run_evaluation/first/org__model-1')

/** The same commit each time, and so the same image. */
const DATES = {
  ...process.env,
  GIT_AUTHOR_DATE: '2026-01-31T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-31T00:00:00Z',
}

beforeAll(() => {
  const clone = path.join(folder, 'sums')
  writeFiles(clone, SUMS_REPOSITORY)
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      env: DATES,
    }).toString()
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'before')
  const commit = git('rev-parse', 'HEAD').trim()
  const row = (number: number): string =>
    JSON.stringify(
      fullRow({ instance_id: `arete__sums-${number}`, base_commit: commit, eval_script: evalScript(commit) }),
    )
  const prediction = (number: number, patch: string | null): string =>
    JSON.stringify({ instance_id: `arete__sums-${number}`, model_name_or_path: MODEL, model_patch: patch })
  writeFiles(folder, {
    'rows.jsonl': [1, 2, 3, 4, 5].map(row).join('\n'),
    'recipes.toml': '[repository."arete/sums"]\nclone = "sums"\n',
    'preds.jsonl': [
      prediction(1, SUMS_DIFF),
      prediction(2, SUMS_DIFF.replace('a + b', 'b + b')),
      prediction(3, ''),
      prediction(4, null),
    ].join('\n'),
  })
})

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

test('patches are judged by the old flags, and the reports lie where scripts look for them', async () => {
  const { stdout, stderr, exitCode } = await evaluation()

  const report = JSON.parse(fs.readFileSync(path.join(folder, 'org__model-1.first.json'), 'utf8'))
  expect(exitCode).toBe(0)
  expect(stderr).toContain('note: without a meaning here: --cache_level, --clean')
  expect(JSON.parse(stdout).report).toEqual(report)
  expect(report).toMatchObject({
    schema_version: 2,
    total_instances: 5,
    submitted_instances: 4,
    resolved_ids: ['arete__sums-1'],
    unresolved_ids: ['arete__sums-2'],
    empty_patch_ids: ['arete__sums-3', 'arete__sums-4'],
    incomplete_ids: ['arete__sums-5'],
    error_ids: [],
  })
  expect(fs.readdirSync(MODEL_FOLDER).sort()).toEqual(['arete__sums-1', 'arete__sums-2'])
  expect(fs.readdirSync(path.join(MODEL_FOLDER, 'arete__sums-1')).sort()).toEqual([
    'eval.sh',
    'patch.diff',
    'report.json',
    'run_instance.log',
    'test_output.txt',
  ])
  expect(
    JSON.parse(fs.readFileSync(path.join(MODEL_FOLDER, 'arete__sums-2/report.json'), 'utf8')),
  ).toMatchObject({
    'arete__sums-2': {
      patch_successfully_applied: true,
      resolved: false,
      tests_status: {
        FAIL_TO_PASS: { success: [], failure: ['tests/test_sums.py::test_adds'] },
        PASS_TO_PASS: { success: [], failure: ['tests/test_sums.py::test_zero'] },
      },
    },
  })
})

test('a patch that is another one now is judged anew, and no other', async () => {
  const file = path.join(folder, 'preds.jsonl')
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('b + b', 'a + b'))

  const { stdout } = await evaluation()

  const { attempts, report } = JSON.parse(stdout) as {
    attempts: { task: string; started: string }[]
    report: { resolved_ids: string[] }
  }
  const fresh = attempts.filter(({ started }) => Date.parse(started) > begun)
  expect(report.resolved_ids).toEqual(['arete__sums-1', 'arete__sums-2'])
  expect(fresh.map(({ task }) => task)).toEqual(['swebench/arete__sums-2'])
})

test('a prediction for nobody is refused before anything runs', async () => {
  const odd = path.join(folder, 'odd.json')
  fs.writeFileSync(
    odd,
    JSON.stringify([{ instance_id: 'nobody', model_name_or_path: MODEL, model_patch: 'x' }]),
  )

  const { stderr, exitCode } = await arete(
    ['run', 'rows.jsonl', '--recipes', 'recipes.toml', '--predictions', odd],
    { cwd: folder },
  )

  expect(exitCode).toBe(2)
  expect(stderr).toContain('Cannot judge 1 of 1 predictions: no task is called nobody')
})

test('rows become Harbor tasks and rows again', async () => {
  const made = await arete(['swebench', 'to-harbor', 'rows.jsonl', '--out', 'tasks', '--json'], {
    cwd: folder,
  })
  const back = await arete(['swebench', 'from-harbor', 'tasks', '--out', 'again.jsonl'], { cwd: folder })

  expect([made.exitCode, back.exitCode]).toEqual([0, 0])
  expect(JSON.parse(made.stdout)).toHaveLength(5)
  expect(read('again.jsonl')).toEqual(read('rows.jsonl'))
})

test('a row is checked like any other task', async () => {
  const which = ['rows.jsonl', '--ids', 'arete__sums-5', '--recipes', 'recipes.toml', '--json']

  const { stdout, exitCode } = await arete(['task', 'check', ...which, '--quick', '--rounds', '1'], {
    cwd: folder,
  })

  expect(JSON.parse(stdout)).toMatchObject([
    {
      task: 'swebench/arete__sums-5',
      good: true,
      certificate: { oracleSolved: 1, nopUnsolved: 1, level: 'observed' },
    },
  ])
  expect(exitCode).toBe(0)
})

let begun = 0

async function evaluation() {
  begun = Date.now()
  const flags = [
    '--max_workers',
    '2',
    '--cache_level',
    'env',
    '--clean',
    'False',
    '-id',
    'first',
    '--recipes',
    'recipes.toml',
  ]
  const where = ['--dataset_name', 'rows.jsonl', '--predictions_path', 'preds.jsonl']
  return await arete(['swebench', 'run_evaluation', ...where, ...flags, '--json'], { cwd: folder })
}

function read(name: string): unknown[] {
  const lines = fs.readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean)
  return lines.map(line => JSON.parse(line) as unknown)
}
