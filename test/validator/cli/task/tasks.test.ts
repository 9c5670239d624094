import fs from 'node:fs'
import path from 'node:path'
import { execaSync } from 'execa'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { digestPackage } from '../../../../task-bank/harbor/dataset.ts'
import { list } from '../../../../validator/cli/task/task.ts'
import { openTasks, type TaskOptions } from '../../../../validator/cli/task/tasks.ts'
import { makeFolder } from '../../../support/folder.ts'
import { fullRow } from '../../../support/rows.ts'

const TASK = {
  'set/one/task.toml': '[task]\nname = "org/one"\n',
  'set/one/instruction.md': 'Do one.\n',
  'set/one/environment/Dockerfile': 'FROM x\n',
  'set/one/tests/test.sh': 'exit 0\n',
}
const ROWS = [fullRow(), fullRow({ instance_id: 'arete__sums-2' })]
const OF_ROWS = ['swebench/arete__sums-1', 'swebench/arete__sums-2']

beforeEach(() => {
  vi.stubEnv('ARETE_CACHE', makeFolder({}))
})
afterEach(() => vi.unstubAllEnvs())

/** Each form that tasks may come in: what is named, and which tasks it is. */
const FORMS: readonly [form: string, make: () => string, names: readonly string[]][] = [
  ['a folder', () => makeFolder(TASK), ['org/one']],
  ['an archive', () => pack(makeFolder(TASK)), ['org/one']],
  ['a dataset.toml', () => path.join(makeDataset(), 'dataset.toml'), ['org/one']],
  ['a folder with a dataset.toml', makeDataset, ['org/one']],
  ['a dataset of a registry', () => `${makeRegistry()}#small@1`, ['org/one']],
  ['rows in JSONL', () => write('rows.jsonl', ROWS.map(row => JSON.stringify(row)).join('\n')), OF_ROWS],
  ['rows in JSON', () => write('rows.json', JSON.stringify(ROWS)), OF_ROWS],
  ['rows in Parquet', () => write('rows.parquet', parquet()), OF_ROWS],
  ['a bundled task', () => 'arete/subtitle-shift', ['arete/subtitle-shift']],
  ['a bundled task without whose it is', () => 'subtitle-shift', ['arete/subtitle-shift']],
  [
    'a bundled environment',
    () => 'features',
    ['arete/board-groups', 'arete/copy-formulas', 'arete/mail-rules', 'arete/message-plurals'],
  ],
  ['a folder of rows', () => path.dirname(write('test.parquet', parquet())), OF_ROWS],
]

describe.each(FORMS)('%s', (_form, make, names) => {
  test('is run and checked', async () => {
    const tasks = await openTasks([make()], {})

    expect(tasks.map(task => task.name)).toEqual(names)
  })

  test('is listed', async () => {
    expect(await listed([make()])).toEqual(names)
  })
})

test.each(['arete/nothing', '../features', 'features/none'])('%s is no bundled task', async source => {
  await expect(openTasks([source], {})).rejects.toThrow('there is no such file or folder')
})

test('of rows only those are listed that are asked for', async () => {
  const file = write('rows.json', JSON.stringify(ROWS))

  expect(await listed([file], { ids: ['arete__sums-2'] })).toEqual(['swebench/arete__sums-2'])
})

async function listed(sources: readonly string[], options: TaskOptions = {}): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(await list(sources, { ...options, json: true })).toBe(0)
  return (JSON.parse(String(log.mock.calls[0]?.[0])) as { name: string }[]).map(({ name }) => name)
}

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(makeFolder({}), name)
  fs.writeFileSync(file, content)
  return file
}

function pack(folder: string): string {
  const file = path.join(folder, 'tasks.tar.gz')
  execaSync('tar', ['-czf', file, '-C', folder, 'set'])
  return file
}

function makeDataset(): string {
  const folder = makeFolder(TASK)
  const digest = digestPackage(path.join(folder, 'set/one'))
  const text = `[dataset]\nname = "org/set"\n[[tasks]]\nname = "org/one"\ndigest = "sha256:${digest}"\n`
  fs.writeFileSync(path.join(folder, 'dataset.toml'), text)
  return folder
}

function makeRegistry(): string {
  const folder = makeFolder(TASK)
  const file = path.join(folder, 'registry.json')
  const tasks = [{ name: 'one', path: 'set/one' }]
  fs.writeFileSync(
    file,
    JSON.stringify([
      { name: 'small', version: '1', tasks },
      { name: 'other', version: '1', tasks: [] },
    ]),
  )
  return file
}

function parquet(): Uint8Array {
  const names = [...new Set(ROWS.flatMap(row => Object.keys(row)))]
  const columnData = names.map(name => ({
    name,
    type: 'STRING' as const,
    data: ROWS.map(row => row[name]),
  }))
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}
