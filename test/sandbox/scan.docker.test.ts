import path from 'node:path'
import { expect, test } from 'vitest'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { arete } from '../support/arete.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS, SUMS_FIXED, type TaskDraft, writeTask } from '../support/task.ts'

const held = useBench()

const HIDDEN = `from sums import add


def test_adds():
    assert add(2, 3) == 5, "the order of two baskets with three apples each"
`

const draft: TaskDraft = {
  name: 'leaking',
  tests: { 'test_sums.py': HIDDEN },
  repository: { 'sums.py': SUMS, '.gitignore': 'cache/\n' },
  dockerfile: [
    `RUN mkdir cache && echo ${Buffer.from(HIDDEN).toString('base64')} | base64 -d > cache/x && chown -R agent:agent .`,
  ],
  passToPass: [],
}
const FOUND = /Hidden lines can be read .*\/app\/cache\/x has tests\/test_sums\.py:4/

test('an evaluation fails if its agent could have read hidden lines', async () => {
  const { bench } = held

  await expect(bench.attempt({ kind: 'nop' }, draft)).rejects.toThrow(FOUND)
  await expect(bench.attempt({ kind: 'oracle' }, draft)).rejects.toThrow(FOUND)
})

test('an evaluation fails if the work of its agent brings hidden lines with it', async () => {
  const { bench } = held
  const agent = await bench.agent('agent.sh', `#!/bin/sh\ncat > /tmp/notes <<'END'\n${HIDDEN}END\n`)

  await expect(bench.attempt(agent, { ...draft, dockerfile: [] })).rejects.toThrow(/\/tmp\/notes has tests/)
})

test('what an agent finds out itself is no leak', async () => {
  const { bench } = held

  const { verdict } = await bench.attempt(await bench.patching(SUMS_FIXED), { ...draft, dockerfile: [] })

  expect(verdict.verdict).toBe('solved')
})

test('the command line is watched as well', async () => {
  const { bench } = held
  const folder = bench.write({})
  writeTask(folder, draft, bench.run)

  const { stderr, exitCode } = await arete([
    'run',
    folder,
    '-a',
    'nop',
    '--out',
    path.join(bench.folder, 'out'),
  ])

  expect(loadHarborTask(folder, {}).name).toBe('tests/leaking')
  expect(stderr).toMatch(FOUND)
  expect(exitCode).toBe(3)
}, 120_000)
