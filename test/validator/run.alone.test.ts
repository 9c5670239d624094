import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { setUp } from '../../sandbox/setup.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { runAll } from '../../validator/run.ts'
import type { RunEvent } from '../../validator/runs/plan.ts'
import { useBench } from '../support/surroundings.ts'
import { writeTask } from '../support/task.ts'

const held = useBench()

/** Wants 1.2 s of the processor within 2 s, which eight at once on a small machine cannot have. */
const LOAD_SENSITIVE = `import os, time
from sums import add


def test_adds():
    assert add(2, 3) == 5


def test_zero():
    start = time.process_time(), time.monotonic()
    while time.process_time() - start[0] < 0.8:
        pass
    assert time.monotonic() - start[1] < 1.35, "the machine is busy"
`

test('a failure on a busy machine is verified once more alone, and both looks are kept', async () => {
  const { bench } = held
  const surroundings = await setUp(() => {})
  const tasks = ['one', 'two', 'three', 'four', 'five'].map(name => {
    const folder = bench.write({})
    writeTask(folder, { name, tests: { 'test_sums.py': LOAD_SENSITIVE } }, bench.run)
    return loadHarborTask(folder, {})
  })
  const events: RunEvent[] = []
  const out = path.join(bench.folder, 'busy')

  const run = async (kind: 'oracle' | 'nop', onEvent: (event: RunEvent) => void) =>
    await runAll(
      surroundings,
      {
        ...{ id: bench.run, tasks, agents: [{ agent: { kind }, source: kind }], attempts: 1, jobs: 5 },
        out: kind === 'nop' ? path.join(bench.folder, 'ready') : out,
      },
      onEvent,
      new AbortController().signal,
    )

  // What has to be made for a task is made before: else they come one after the other, and nothing is busy.
  await run('nop', () => {})
  const { attempts } = await run('oracle', event => events.push(event))

  const again = attempts.filter(record => record.firstLook !== null)
  expect(attempts.map(record => record.verdict)).toEqual(Array(5).fill('solved'))
  expect(again.length).toBeGreaterThan(0)
  expect(again[0]!.firstLook).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed' })
  expect(events.filter(event => event.kind === 'phase' && event.phase === 'second look')).toHaveLength(
    again.length,
  )
}, 240_000)

test('an attempt that our own machinery fails gets no verdict, and is tried again in the next run', async () => {
  const { bench } = held
  const surroundings = await setUp(() => {})
  const folder = bench.write({})
  writeTask(folder, { name: 'no-image', dockerfile: ['RUN exit 7'] }, bench.run)
  const plan = {
    id: bench.run,
    tasks: [loadHarborTask(folder, {})],
    agents: [{ agent: { kind: 'nop' as const }, source: 'nop' }],
    attempts: 1,
    jobs: undefined,
    out: path.join(bench.folder, 'no-image'),
  }
  const resumed: number[] = []
  const go = () =>
    runAll(
      surroundings,
      plan,
      event => event.kind === 'started' && resumed.push(event.resumed.length),
      new AbortController().signal,
    )

  const first = await go()
  await go()

  expect(first.attempts[0]).toMatchObject({ verdict: null, fault: 'task', reason: 'build-failed' })
  expect(fs.existsSync(path.join(plan.out, first.attempts[0]!.folder, 'verdict.json'))).toBe(true)
  expect(resumed).toEqual([0, 0])
})
