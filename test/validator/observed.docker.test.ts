import { expect, test } from 'vitest'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { calibrate } from '../../validator/checks/calibrate.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS, SUMS_FIXED, type TaskDraft } from '../support/task.ts'

const bank = useBench()
const prepared = new Map<string, Promise<PreparedTask>>()

/** What makes every test pass in its own process, and what the tests see nevertheless wrong. */
const FORGERIES: Readonly<Record<string, string>> = {
  'every report replaced': `
from _pytest.reports import TestReport
original = TestReport.from_item_and_call.__func__
def forged(cls, item, call):
    report = original(cls, item, call)
    report.outcome, report.longrepr = "passed", None
    return report
TestReport.from_item_and_call = classmethod(forged)
`,
  'results of its own on the pipe': `
import gc, json, os
for recorder in gc.get_objects():
    if type(recorder).__name__ == "Recorder":
        for name in ("test_adds", "test_zero"):
            recorder.say({"kind": "test", "id": "test_sums.py::" + name, "status": "passed", "seconds": 0, "message": ""})
        recorder.say({"kind": "end", "count": 2, "code": 0})
        os._exit(0)
`,
  'a number that equals everything': `
class Any(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
def add(a, b): return Any(0)
`,
  'an early end': 'import os\nos._exit(0)\n',
}

const SOFT_TESTS = `from sums import add


def test_adds():
    one, other = add(2, 3), 2 + 3
    assert one == other


def test_zero():
    assert add(7, 0) in {7: 'seven'}
`
const SOFT: TaskDraft = { tests: { 'test_sums.py': SOFT_TESTS } }

const NODE: TaskDraft = {
  runner: 'node',
  repository: { 'sums.mjs': 'export const add = (a, b) => a - b\n', 'README.md': '# Sums\n' },
  tests: {
    'sums.test.mjs': `import assert from 'node:assert/strict'
import test from 'node:test'
import { add } from '/app/sums.mjs'

test('adds', () => {
  assert.equal(add(2, 3), 5)
})
test('zero', () => {
  assert.equal(add(7, 0), 7)
})
`,
  },
  solution: 'echo "export const add = (a, b) => a + b" > sums.mjs\n',
  failToPass: ['sums.test.mjs::adds'],
  passToPass: ['sums.test.mjs::zero'],
}

const NODE_FORGERIES: Readonly<Record<string, string>> = {
  'assertions that do nothing': `import assert from 'node:assert/strict'
for (const name of Object.keys(assert)) try { assert[name] = () => {} } catch {}
assert.equal = () => {}
export const add = () => 0
`,
  'results of its own on the descriptor': `import fs from 'node:fs'
for (const name of ['adds', 'zero'])
  fs.writeSync(3, JSON.stringify({ kind: 'test', id: 'sums.test.mjs::' + name, status: 'passed', seconds: 0, message: '' }) + '\\n')
fs.writeSync(3, JSON.stringify({ kind: 'end', count: 2, code: 0 }) + '\\n')
process.exit(0)
export const add = () => 0
`,
  'a value that becomes whatever is asked for': `export const add = () => new Proxy({}, { get: () => () => 5 })
`,
}

test('the reference is solved, at the level observed, and nothing is not', async () => {
  const task = await calibrated({})

  const reference = await judged(task, SUMS_FIXED)
  const nothing = await judged(task, `${SUMS}# changed\n`)

  expect(reference).toMatchObject({ verdict: 'solved', level: 'observed' })
  expect(nothing).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed', level: 'observed' })
})

test('what is expected does not enter the container', async () => {
  const { lift } = await calibrated({})

  expect(lift?.files['test_sums.py']?.driver).not.toContain('== 5')
  expect(Object.values(lift!.sites).map(({ expected }) => expected)).toEqual([
    ['int', '5'],
    ['int', '7'],
  ])
})

test.each(Object.entries(FORGERIES))('Python: %s is not solved', async (_, code) => {
  const { verdict } = await judged(await calibrated({}), code.includes('def add') ? code : SUMS + code)

  expect(verdict).toBe('unsolved')
})

test.each(Object.entries(NODE_FORGERIES))('JavaScript: %s is not solved', async (_, code) => {
  const task = await calibrated(NODE)
  const source = await bank.bench.agent(
    'agent.sh',
    `#!/bin/sh\ncat > sums.mjs <<'END OF FILE'\n${code}END OF FILE\n`,
  )

  const { verdict } = await evaluate(bank.bench.slot, { prepared: task, agent: source, run: bank.bench.run })

  expect(verdict).toMatchObject({ verdict: 'unsolved', level: 'observed' })
})

test('assertions that do not lift decide at the level reported, where canaries show that results are made up', async () => {
  const task = await calibrated(SOFT)

  const reference = await judged(task, SUMS_FIXED)
  const forged = await judged(task, SUMS + FORGERIES['every report replaced'])
  const made = await judged(task, SUMS + FORGERIES['results of its own on the pipe'])

  expect(reference).toMatchObject({ verdict: 'solved', level: 'reported' })
  expect(forged).toMatchObject({ verdict: 'unsolved', reason: 'tampering' })
  expect(forged.evidence[0]).toMatch(
    /^"test_sums\.py::test_\w+", which asserts what is false, is reported as passed$/,
  )
  expect(made).toMatchObject({ verdict: 'unsolved', reason: 'tampering' })
})

test("one file's process cannot speak for another's", async () => {
  const draft: TaskDraft = {
    tests: {
      'test_a.py': 'from sums import add\n\ndef test_a():\n    assert add(2, 3) == 5\n',
      'test_b.py': 'import os\n\ndef test_b():\n    assert os.path.exists("/tests/test_b.py")\n',
    },
    failToPass: ['test_a.py::test_a'],
    passToPass: ['test_b.py::test_b'],
  }

  const { verdict, reason } = await judged(await calibrated(draft), `${SUMS}import os\nos._exit(0)\n`)

  expect(`${verdict} ${reason}`).toBe('unsolved tests-ended-early')
})

function calibrated(draft: TaskDraft): Promise<PreparedTask> {
  const key = JSON.stringify(draft)
  const made = prepared.get(key) ?? prepareAndCalibrate(draft)
  prepared.set(key, made)
  return made
}

async function prepareAndCalibrate(draft: TaskDraft): Promise<PreparedTask> {
  const task = await bank.bench.prepare(draft)
  return (await calibrate(bank.bench.slot, task, bank.bench.run)).prepared
}

async function judged(task: PreparedTask, code: string) {
  const agent = await bank.bench.patching(code)
  return (await evaluate(bank.bench.slot, { prepared: task, agent, run: bank.bench.run })).verdict
}
