import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { prepareTask } from '../../sandbox/prepare.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { importTasks } from '../../validator/cli/task/import.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'
import { terminalBenchTask } from '../support/terminal-bench.ts'

const held = useBench()

test('a task of Terminal-bench 1 is solved by its reference, and by nothing else', async () => {
  const { bench } = held
  const folder = bench.write(terminalBenchTask('bench/totals', bench.run))
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await importTasks([path.join(folder, 'bench')], { to: path.join(folder, 'harbor') })
  const [task] = loadTasks([path.join(folder, 'harbor')], {})
  const prepared = await prepareTask(bench.engine, task!, { run: bench.run, say: () => {} })
  const judge = async (kind: 'oracle' | 'nop') =>
    (await evaluate(bench.slot, { prepared, agent: { kind }, run: bench.run })).verdict

  expect(await judge('oracle')).toMatchObject({ verdict: 'solved' })
  expect(await judge('nop')).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed' })
})
