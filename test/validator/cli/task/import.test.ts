import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadTasks } from '../../../../task-bank/load.ts'
import { fromHarbor } from '../../../../validator/cli/swebench/convert.ts'
import { importTasks } from '../../../../validator/cli/task/import.ts'
import { makeFolder } from '../../../support/folder.ts'
import { classicRow, fullRow } from '../../../support/rows.ts'
import { terminalBenchTask } from '../../../support/terminal-bench.ts'

beforeEach(() => {
  vi.stubEnv('ARETE_CACHE', makeFolder({}))
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.unstubAllEnvs())

test('rows become Harbor tasks, and rows again without loss', async () => {
  const rows = [
    fullRow({
      hints_text: 'Look at "sums".\r\n\u2028',
      difficulty: '<15 min fix',
      own_column: { a: [1, null] },
    }),
    classicRow({
      instance_id: 'pallets__flask-1',
      repo: 'pallets/flask',
      FAIL_TO_PASS: ['tests/test_a.py::test[a b]'],
    }),
  ]
  const folder = makeFolder({ 'rows.jsonl': rows.map(row => JSON.stringify(row)).join('\n') })
  const to = path.join(folder, 'tasks')

  await importTasks([path.join(folder, 'rows.jsonl')], { to })
  fromHarbor([to], { out: path.join(folder, 'back.jsonl') })

  const back = fs.readFileSync(path.join(folder, 'back.jsonl'), 'utf8').trim().split('\n')
  expect(fs.readdirSync(to)).toEqual(['arete__sums-1', 'pallets__flask-1'])
  expect(back.map(line => normal(JSON.parse(line)))).toEqual(rows.map(normal))
})

test('tasks of Terminal-bench 1 become Harbor tasks', async () => {
  const folder = makeFolder(terminalBenchTask('bench/hello'))
  const to = path.join(folder, 'made/harbor')

  await importTasks([path.join(folder, 'bench')], { to })

  expect(fs.readdirSync(path.dirname(to))).toEqual(['harbor'])
  expect(fs.readdirSync(to)).toEqual(['hello'])
  expect(loadTasks([to], {})).toMatchObject([
    { name: 'hello', environment: 'harbor', mode: 'snapshot', agentSeconds: 60, verifier: { seconds: 30 } },
  ])
  expect(fs.statSync(path.join(to, 'hello/solution/solve.sh')).mode & 0o111).not.toBe(0)
})

test('nothing is written over, and nothing is written if any task cannot be used', async () => {
  const folder = makeFolder({
    ...terminalBenchTask('bench/hello'),
    ...terminalBenchTask('other/hello'),
    'other/hello/sales.csv': 'shop,amount\n',
    ...terminalBenchTask('broken/worse'),
    'broken/worse/task.yaml': 'instruction: x\nparser_name: odd\n',
  })
  const at = (name: string): string => path.join(folder, name)
  await importTasks([at('bench')], { to: at('made') })

  await expect(importTasks([at('other')], { to: at('made') })).rejects.toThrow('something is there already')
  await expect(importTasks([at('bench'), at('other')], { to: at('new') })).rejects.toThrow(
    'Cannot import two tasks',
  )
  await expect(importTasks([at('bench'), at('broken')], { to: at('new') })).rejects.toThrow(
    'parser_name: "odd"',
  )

  expect(fs.readdirSync(at('made'))).toEqual(['hello'])
  expect(fs.existsSync(at('new'))).toBe(false)
})

/** Lists of tests are the same whether they are written as a list or as JSON of one. */
function normal(row: Record<string, unknown>): Record<string, unknown> {
  const lists = ['FAIL_TO_PASS', 'PASS_TO_PASS'].map(key => [
    key,
    typeof row[key] === 'string' ? JSON.parse(row[key]) : row[key],
  ])
  return { ...row, ...Object.fromEntries(lists) }
}
