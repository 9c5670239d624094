import fs from 'node:fs'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { holdsRows, readRows } from '../../../task-bank/swebench/read.ts'
import { makeFolder } from '../../support/folder.ts'
import { classicRow, fullRow } from '../../support/rows.ts'

const SECOND = fullRow({ instance_id: 'arete__sums-2' })

describe('rows are the same whatever file they come in', () => {
  test.each([
    ['rows.jsonl', `${JSON.stringify(fullRow())}\n\n${JSON.stringify(SECOND)}\r\n`],
    ['rows.json', JSON.stringify([fullRow(), SECOND], undefined, 2)],
    ['rows.json', `\ufeff${JSON.stringify({ 'arete__sums-1': fullRow(), 'arete__sums-2': SECOND })}`],
  ])('%s', async (name, text) => {
    const folder = makeFolder({ [name]: text })

    const rows = await readRows(path.join(folder, name))

    expect(rows.map(row => row.instance_id)).toEqual(['arete__sums-1', 'arete__sums-2'])
    expect(rows[0]?.FAIL_TO_PASS).toEqual(['tests/test_sums.py::test_adds'])
    expect(rows[0]?.eval_script).toBe(fullRow().eval_script)
  })

  test('rows.parquet', async () => {
    const folder = makeFolder({})
    const file = path.join(folder, 'rows.parquet')
    fs.writeFileSync(file, writeParquet([fullRow(), SECOND]))

    const rows = await readRows(file)

    expect(rows).toEqual(await readRows(save(folder, 'rows.jsonl', [fullRow(), SECOND])))
  })
})

test('the classic table has fewer columns, and lists may be real ones; unknown columns are kept', async () => {
  const row = classicRow({
    FAIL_TO_PASS: ['a.py::test_a', 'a.py::test_a'],
    PASS_TO_PASS: [],
    hints_text: null,
    difficulty: '<15 min',
  })

  const [read] = await readRows(save(makeFolder({}), 'rows.json', [row]))

  expect(read).toMatchObject({ FAIL_TO_PASS: ['a.py::test_a'], PASS_TO_PASS: [], difficulty: '<15 min' })
  expect(read).not.toHaveProperty('hints_text')
  expect(read).not.toHaveProperty('log_parser')
})

test('a folder of a published data set is read split by split', async () => {
  const folder = makeFolder({
    'README.md': '# a data set\n',
    'data/test-00000-of-00002.jsonl': JSON.stringify(fullRow()),
    'data/test-00001-of-00002.jsonl': JSON.stringify(SECOND),
    'data/dev-00000-of-00001.jsonl': JSON.stringify(fullRow({ instance_id: 'arete__sums-3' })),
  })

  expect(holdsRows(folder)).toBe(true)
  expect((await readRows(folder, { split: 'test' })).map(row => row.instance_id)).toEqual([
    'arete__sums-1',
    'arete__sums-2',
  ])
  await expect(readRows(folder)).rejects.toThrow('split: name one of dev, test')
  await expect(readRows(folder, { split: 'train' })).rejects.toThrow(
    'split "train": expected the beginning of a file\'s name',
  )
})

test('a task repository brings what its images are built of, and nothing hidden with it', async () => {
  const folder = makeFolder({
    ...taskFolder('arete__sums-1', 'test'),
    'tasks/arete__sums-1/Dockerfile': 'FROM arete/base:1\n',
    'tasks/arete__sums-1/setup/install.sh': 'true\n',
    'tasks/arete__sums-1/problem_assets/picture.png': 'x',
  })
  fs.symlinkSync('/etc/hostname', path.join(folder, 'tasks/arete__sums-1/setup/link'))

  const [row] = await readRows(folder)

  expect(Object.keys(row!.build_files!)).toEqual(['Dockerfile', 'setup/install.sh'])
})

test('what lies beside a Dockerfile may not be endless', async () => {
  const folder = makeFolder({
    ...taskFolder('arete__sums-1', 'test'),
    'tasks/arete__sums-1/Dockerfile': 'FROM arete/base:1\n',
    'tasks/arete__sums-1/setup/data': 'x'.repeat(2 ** 24),
  })

  await expect(readRows(folder)).rejects.toThrow(
    'tasks/arete__sums-1/Dockerfile: 16777234 bytes lie beside it',
  )
})

test('a task repository of version 5 gives its published tasks, and any that is named', async () => {
  const folder = makeFolder({
    'sweb.yaml': 'datasets: [Sums]\nsplits: [test]\n',
    ...taskFolder('arete__sums-1', 'test'),
    ...taskFolder('arete__sums-9', 'deprecated'),
  })

  const published = await readRows(folder)
  const named = await readRows(folder, { ids: ['arete__sums-9'] })

  expect(published.map(row => row.instance_id)).toEqual(['arete__sums-1'])
  expect(published[0]).toMatchObject({
    version: '1.0',
    hints_text: '',
    log_parser: 'parse_log_pytest',
    FAIL_TO_PASS: ['tests/test_sums.py::test_adds'],
  })
  expect(named.map(row => row.instance_id)).toEqual(['arete__sums-9'])
  await expect(readRows(folder, { ids: ['nobody__none-1'] })).rejects.toThrow(
    'tasks/: there is none of nobody__none-1',
  )
  await expect(readRows(folder, { split: 'dev' })).rejects.toThrow('split: no task is in dev')
})

describe('a mistake is told with its place, its key and what was expected', () => {
  test.each<[what: string, name: string, text: string, message: string]>([
    [
      'a line that is no JSON',
      'a.jsonl',
      `${JSON.stringify(fullRow())}\n{"instance_id":`,
      'line 2: expected an object as JSON',
    ],
    [
      'no list of ids',
      'a.json',
      JSON.stringify([classicRow({ FAIL_TO_PASS: 'test_a' })]),
      'item 1: FAIL_TO_PASS: expected a list of test ids',
    ],
    [
      'a missing column',
      'a.json',
      JSON.stringify([{ ...classicRow(), patch: undefined }]),
      'item 1: patch: missing',
    ],
    [
      'an id that leads out',
      'a.json',
      JSON.stringify([classicRow({ instance_id: '../x' })]),
      'item 1: instance_id: expected letters',
    ],
    [
      'dots in an id',
      'a.json',
      JSON.stringify([classicRow({ instance_id: 'a..b' })]),
      'item 1: instance_id: expected no ".."',
    ],
    [
      'no commit',
      'a.json',
      JSON.stringify([classicRow({ base_commit: 'main' })]),
      'item 1: base_commit: expected the hexadecimal id',
    ],
    [
      'another way to grade',
      'a.json',
      JSON.stringify([fullRow({ eval_type: 'best_of' })]),
      'item 1: eval_type:',
    ],
    [
      'an id that stands twice',
      'a.jsonl',
      `${JSON.stringify(fullRow())}\n${JSON.stringify(fullRow())}`,
      'line 2: instance_id: "arete__sums-1" stands twice',
    ],
    ['a number', 'a.json', '7', 'expected a list or an object'],
    ['no Parquet', 'a.parquet', 'PAR1 and nothing more', 'expected a Parquet file'],
  ])('%s', async (_, name, text, message) => {
    const file = path.join(makeFolder({ [name]: text }), name)

    await expect(readRows(file)).rejects.toThrow(message)
  })

  test('a file that is missing in a task repository', async () => {
    const files: Record<string, string> = taskFolder('arete__sums-1', 'test')
    delete files['tasks/arete__sums-1/test.patch']

    await expect(readRows(makeFolder(files))).rejects.toThrow('tasks/arete__sums-1/test.patch: missing')
  })

  test('YAML that is none', async () => {
    const files = { ...taskFolder('arete__sums-1', 'test'), 'tasks/arete__sums-1/task.yaml': 'a: [\n' }

    await expect(readRows(makeFolder(files))).rejects.toThrow('tasks/arete__sums-1/task.yaml: Flow sequence')
  })

  test('a link that leads out of a task repository', async () => {
    const folder = makeFolder(taskFolder('arete__sums-1', 'test'))
    fs.rmSync(path.join(folder, 'tasks/arete__sums-1/gold.patch'))
    fs.symlinkSync('/etc/hostname', path.join(folder, 'tasks/arete__sums-1/gold.patch'))

    await expect(readRows(folder)).rejects.toThrow(
      'tasks/arete__sums-1/gold.patch: expected a file in this folder',
    )
  })

  test('a file, a folder that is not there', async () => {
    const folder = makeFolder({ 'README.md': '' })

    await expect(readRows(path.join(folder, 'rows.jsonl'))).rejects.toThrow('there is no such file or folder')
    await expect(readRows(folder)).rejects.toThrow('there is no .parquet, .jsonl or .json file')
  })
})

function save(folder: string, name: string, rows: unknown): string {
  const file = path.join(folder, name)
  fs.writeFileSync(
    file,
    name.endsWith('l')
      ? (rows as unknown[]).map(row => JSON.stringify(row)).join('\n')
      : JSON.stringify(rows),
  )
  return file
}

function writeParquet(rows: readonly Record<string, unknown>[]): Uint8Array {
  const columnData = Object.keys(rows[0]!).map(name => ({
    name,
    type: 'STRING' as const,
    data: rows.map(row => row[name]),
  }))
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

/** A task as a task repository holds it. */
function taskFolder(id: string, split: string): Record<string, string> {
  const row = fullRow()
  const columns = ['repo', 'base_commit', 'log_parser', 'eval_type', 'image'].map(
    key => `${key}: ${row[key]}`,
  )
  return {
    [`tasks/${id}/task.yaml`]: [...columns, "version: '1.0'", `split: ${split}`, 'datasets: [Sums]', ''].join(
      '\n',
    ),
    [`tasks/${id}/tests.json`]: `{"FAIL_TO_PASS": ${row.FAIL_TO_PASS}, "PASS_TO_PASS": ${row.PASS_TO_PASS}}`,
    [`tasks/${id}/problem_statement.md`]: String(row.problem_statement),
    [`tasks/${id}/hints.md`]: '',
    [`tasks/${id}/gold.patch`]: String(row.patch),
    [`tasks/${id}/test.patch`]: String(row.test_patch),
    [`tasks/${id}/eval.sh`]: String(row.eval_script),
  }
}
