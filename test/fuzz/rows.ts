import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { TaskError } from '../../task-bank/errors.ts'
import { findParser, listParsers } from '../../task-bank/logs/parsers.ts'
import { readRecipes } from '../../task-bank/recipe.ts'
import { grade } from '../../task-bank/swebench/grade.ts'
import { buildHarborTask, readHarborRow, writeHarborTask } from '../../task-bank/swebench/harbor.ts'
import { readLog } from '../../task-bank/swebench/log.ts'
import { readParquet } from '../../task-bank/swebench/parquet.ts'
import { readPredictions } from '../../task-bank/swebench/predictions.ts'
import { readRows } from '../../task-bank/swebench/read.ts'
import { parseRow, type Row, renderRow } from '../../task-bank/swebench/row.ts'
import { runnerOfRow } from '../../task-bank/swebench/verifier.ts'
import { classicRow, evalScript, fullRow } from '../support/rows.ts'
import { writeFiles } from '../support/task.ts'
import { anyJson, anyText, bytesOf, deep, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const TOKENS = [
  '"instance_id": "../x"',
  '"instance_id": "a..b"',
  '"base_commit": "HEAD"',
  '"FAIL_TO_PASS": "[[]]"',
  '"FAIL_TO_PASS": "[\\"a\\", 1]"',
  '"test_assets": {"../x": "eA=="}',
  '"harbor_files": "{\\"../../x\\": \\"eA==\\"}"',
  '"harbor_files": "{\\"/etc/x\\": 1}"',
  '"__proto__": {"repo": "a/b"}',
  '"log_parser": "constructor"',
  'PAR1',
  deep(5000),
]
const SEEDS = [
  JSON.stringify(classicRow()),
  JSON.stringify([fullRow(), classicRow({ instance_id: 'b' })], undefined, 1),
  `${JSON.stringify(fullRow({ harbor_files: '{"tests/x.py": "eA=="}' }))}\n${JSON.stringify(classicRow({ instance_id: 'b' }))}`,
  JSON.stringify({ a: classicRow(), b: fullRow({ test_assets: { 'tests/x.png': 'eA==' } }) }),
]
const someRow = fc
  .dictionary(
    fc.constantFrom(
      'instance_id',
      'repo',
      'base_commit',
      'FAIL_TO_PASS',
      'PASS_TO_PASS',
      'log_parser',
      'image',
      'eval_type',
      'harbor_files',
      'test_assets',
      'extra',
    ),
    anyJson,
  )
  .map(odd => JSON.stringify([fullRow(odd)]))

/** A file of rows: rows of which each is the same when it was a Harbor task, inside its own folder; or a `TaskError` that names the place. */
export const rowFile = target<string>({
  name: 'row-file',
  short: 150,
  cases: fc.oneof(
    { weight: 5, arbitrary: mutated(SEEDS, TOKENS) },
    { weight: 3, arbitrary: someRow },
    { weight: 1, arbitrary: anyText },
  ),
  async check(text, folder) {
    const file = path.join(folder, 'rows.jsonl')
    fs.writeFileSync(file, text)
    const rows = await orReasons(() => readRows(file))
    for (const row of rows ?? []) checkRow(row, folder)
  },
})

function checkRow(row: Row, folder: string): void {
  must(!/[/\\]|\.\./.test(row.instance_id), 'An id could be a path', row.instance_id)
  runnerOfRow(row)
  const task = path.join(folder, 'tasks', row.instance_id)
  const files = orReasonsNow(() => buildHarborTask(row))
  if (files === undefined) return
  for (const name of files.keys())
    must(
      path.join(task, name).startsWith(`${task}/`) && !name.startsWith('/'),
      'A file lies outside of its task',
      name,
    )
  if (row.harbor_files !== undefined) return
  fs.rmSync(task, { recursive: true, force: true })
  writeHarborTask(task, files)
  const again = parseRow(JSON.parse(JSON.stringify(renderRow(readHarborRow(task)))))
  must(
    'row' in again && JSON.stringify(again.row) === JSON.stringify(row),
    'A row is another one after it was a task',
    row,
  )
}

/** A Parquet file with a few bytes changed: rows of plain data, or a `TaskError`; never a reader that hangs. */
export const parquetFile = target<{ readonly at: readonly number[]; readonly bytes: string }>({
  name: 'parquet-file',
  short: 20,
  cases: fc.record({
    at: fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 6 }),
    bytes: fc.string({ unit: 'binary', maxLength: 6 }),
  }),
  async check({ at, bytes }) {
    const file = Buffer.from(PARQUET)
    const values = bytesOf(bytes)
    for (const [index, place] of at.entries())
      file[Math.floor((place / 65_536) * file.length)] = values[index % Math.max(1, values.length)] ?? 0
    const records = await orReasons(() => readParquet('rows.parquet', file, 3))
    if (records !== undefined) must(typeof JSON.stringify(records) === 'string', 'It is no plain data')
  },
})

const PARQUET = new Uint8Array(
  parquetWriteBuffer({
    columnData: Object.entries(fullRow()).map(([name, value]) => ({
      name,
      type: 'STRING',
      data: [value, value],
    })),
  }),
)

const REPOSITORY: Readonly<Record<string, string>> = {
  'sweb.yaml': 'datasets: [Sums]\nsplits: [test]\n',
  'tasks/a/task.yaml':
    'repo: arete/sums\nbase_commit: c0ffee00\nversion: "1.0"\nsplit: test\nlog_parser: pytest\n',
  'tasks/a/tests.json': '{"FAIL_TO_PASS": ["a.py::b"], "PASS_TO_PASS": []}',
  'tasks/a/problem_statement.md': 'It is wrong.\n',
  'tasks/a/gold.patch': '',
  'tasks/a/test.patch': '',
  'tasks/a/eval.sh': 'true\n',
  'tasks/a/test_assets/x.png': 'x',
}

/** A task repository of version 5 in which something is odd. */
export const taskRepository = target<{
  readonly place: string
  readonly text: string
  readonly kind: 'text' | 'link' | 'folder' | 'missing'
}>({
  name: 'task-repository',
  short: 100,
  cases: fc.record({
    place: fc.constantFrom(...Object.keys(REPOSITORY)),
    text: fc.oneof(
      mutated(Object.values(REPOSITORY).filter(Boolean), [
        '&a [*a]',
        '!!js/function x',
        '<<: *a',
        '? ',
        '- - -',
        'split: [test]\n',
        deep(5000),
      ]),
      anyText,
    ),
    kind: fc.constantFrom('text', 'text', 'text', 'link', 'folder', 'missing'),
  }),
  async check({ place, text, kind }, scratch) {
    const folder = path.join(scratch, 'repository')
    fs.rmSync(folder, { recursive: true, force: true })
    writeFiles(folder, REPOSITORY)
    const file = path.join(folder, place)
    if (kind === 'text') fs.writeFileSync(file, text)
    else fs.rmSync(file)
    if (kind === 'link') fs.symlinkSync('/etc/passwd', file)
    if (kind === 'folder') fs.mkdirSync(file)
    const rows = await orReasons(() => readRows(folder))
    must(!JSON.stringify(rows ?? []).includes('root:x:'), 'It was read what lies outside')
  },
})

/** Predictions of anybody. */
export const predictionFile = target<string>({
  name: 'prediction-file',
  short: 200,
  cases: fc.oneof(
    mutated([
      '[{"instance_id":"a","model_name_or_path":"m","model_patch":"x"},{"instance_id":"b","model_name_or_path":"m","model_patch":null}]',
      '{"a":{"model_name_or_path":"m","model_patch":""}}',
    ]),
    anyJson.map(value => JSON.stringify(value)),
    anyText,
  ),
  async check(text, folder) {
    const file = path.join(folder, 'predictions.json')
    fs.writeFileSync(file, text)
    const predictions = await orReasons(() => readPredictions(file, []))
    must(predictions === undefined || predictions.length > 0, 'No prediction and no reason')
  },
})

/** An operator's recipes. */
export const recipeFile = target<string>({
  name: 'recipe-file',
  short: 200,
  cases: fc.oneof(
    mutated(
      [
        '[repository."a/b"]\nclone = "."\npackages = ["python3-attr"]\nenv = { A = "x" }\ncommands = ["true"]\n',
      ],
      ['"x\\ny"', '"\\u0000"', 'workdir = "x"\n', '[repository.__proto__]\n'],
    ),
    anyText,
  ),
  check(text, folder) {
    const file = path.join(folder, 'recipes.toml')
    fs.writeFileSync(file, text)
    for (const recipe of orReasonsNow(() => readRecipes(file))?.values() ?? []) {
      const lines = [
        ...recipe.packages,
        ...recipe.commands,
        ...recipe.install,
        ...Object.values(recipe.env),
        recipe.workdir,
      ]
      must(
        lines.every(line => !/[\0\r\n]/.test(line)),
        'A value is more than one line of a Dockerfile',
        lines,
      )
      must(
        recipe.packages.every(name => !name.startsWith('-')),
        'A package is an option',
        recipe.packages,
      )
    }
  },
})

const LOGS = [
  evalScript('HEAD'),
  "+ : '>>>>> Start Test Output'\nPASSED a.py::b[x y]\nFAILED a.py::c - boom\n+ : '>>>>> End Test Output'\n>>>>> Test Exit Code: 1\n",
  'test_a (app.Tests) ... ok\nFAIL: test_b (app.Tests)\n  1) Sums\n    zero:\n  ✓ adds (3ms)\nok 1 a # SKIP\n--- PASS: TestA (0.0s)\n',
  'org.A > b PASSED\n[       OK ] A.b (0 ms)\n-Dtest=A#b\nBUILD SUCCESS\nSums (A\\B)\n ✔ x\n<TestCase name="a"><SubCase name="b"><Expression success="false"/></SubCase>\n',
]

/** What tests printed, whoever made them print it: every parser ends soon, and what it reads can be graded. */
export const testLog = target<{ readonly text: string; readonly times: number }>({
  name: 'test-log',
  short: 100,
  cases: fc.record({
    text: fc.oneof(mutated(LOGS, ['[[[[', '((((', ' ... ', '    ', '____', '>>>>> ', '- - - ']), anyText),
    times: fc.constantFrom(1, 1, 1, 300),
  }),
  check({ text, times }) {
    // Long lines and many of them are what makes patterns slow.
    const log = text.repeat(times) + text.replaceAll('\n', ' ').repeat(times)
    for (const name of listParsers()) {
      const statuses = findParser(name)!(log)
      const ids = [...statuses.keys()].slice(0, 50)
      grade({ FAIL_TO_PASS: ids, PASS_TO_PASS: ids.map(id => id.slice(0, -1)) }, statuses)
    }
    readLog(log, 'pytest', ' seal')
  },
})

async function orReasons<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    return expectReasons(error)
  }
}

function orReasonsNow<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    return expectReasons(error)
  }
}

function expectReasons(error: unknown): undefined {
  if (!(error instanceof TaskError)) throw error
  must(
    error.reasons.length > 0 && error.reasons.every(reason => reason.trim() !== ''),
    'A reason is empty',
    error.reasons,
  )
}
