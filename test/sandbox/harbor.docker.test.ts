import path from 'node:path'
import { expect, test } from 'vitest'
import { loadAgent } from '../../sandbox/agent.ts'
import { splitFiles } from '../../sandbox/archive.ts'
import { prepareTask } from '../../sandbox/prepare.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'
import type { TaskDraft } from '../support/task.ts'

const held = useBench()

/** A terminal task in Harbor's own terms: the state of the machine counts, `test.sh` writes the reward. */
const terminal: TaskDraft = {
  name: 'terminal',
  mode: 'snapshot',
  runner: 'script',
  repository: { 'notes.txt': 'nothing yet\n' },
  tests: {
    'test.sh': 'test "$(cat /home/agent/done.txt)" = yes; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
  },
  solution: 'echo yes > /home/agent/done.txt\n',
}

test('in snapshot mode what the agent did anywhere on its machine is judged', async () => {
  const { bench } = held

  const oracle = await bench.attempt({ kind: 'oracle' }, terminal)
  const nop = await bench.attempt({ kind: 'nop' }, terminal)

  expect(oracle.verdict).toMatchObject({ verdict: 'solved', detail: 'The reward is 1' })
  expect(nop.verdict).toMatchObject({
    verdict: 'unsolved',
    reason: 'tests-failed',
    detail: 'The reward is 0',
  })
})

test('a snapshot is removed when it has been judged', async () => {
  const { bench } = held

  await bench.attempt({ kind: 'oracle' }, terminal)
  await bench.slot.swept()

  const left = await bench.engine.listLabelled(`arete.run=${bench.run}`)
  expect(left.filter(thing => thing.kind === 'image')).toEqual([])
})

test('a reward that the agent wrote beforehand is gone when the tests start', async () => {
  const { bench } = held
  const cheat = await bench.agent(
    'cheat.sh',
    '#!/bin/sh\necho 1 > /logs/verifier/reward.txt\nmkdir -p /tests; true\n',
  )

  const { verdict } = await bench.attempt(cheat, { ...terminal, tests: { 'test.sh': 'exit 0\n' } })

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-disagree' })
  expect(verdict.detail).toContain('tests/test.sh wrote no reward')
})

test('a process that the agent left running does not live to see the tests', async () => {
  const { bench } = held
  const daemon = 'while :; do echo 1 > /logs/verifier/reward.txt; done'
  const cheat = await bench.agent('daemon.sh', `#!/bin/sh\nsetsid sh -c '${daemon}' >/dev/null 2>&1 &\n`)

  const { verdict } = await bench.attempt(cheat, terminal)

  expect(verdict).toMatchObject({ verdict: 'unsolved', detail: 'The reward is 0' })
})

test.each(['nan', 'inf', 'true', '"1"', '1 1', ''])('a reward of %j is refused', async reward => {
  const { bench } = held
  const tests = { 'test.sh': `printf '%s' '${reward}' > /logs/verifier/reward.txt\n` }

  const { verdict } = await bench.attempt({ kind: 'nop' }, { ...terminal, tests })

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-disagree' })
})

test('reward.json comes before reward.txt, and tests of ctrf.json are shown', async () => {
  const { bench } = held
  const ctrf = JSON.stringify({ results: { tests: [{ name: 'one', status: 'passed', duration: 3 }] } })
  const script = [
    'echo 0 > /logs/verifier/reward.txt',
    `echo '{"reward": 1, "style": 0.5}' > /logs/verifier/reward.json`,
    `echo '${ctrf}' > /logs/verifier/ctrf.json`,
  ]

  const { verdict } = await bench.attempt(
    { kind: 'nop' },
    { ...terminal, tests: { 'test.sh': script.join('\n') } },
  )

  expect(verdict).toMatchObject({
    verdict: 'solved',
    tests: { expected: ['one'], passed: ['one'], failed: [] },
  })
})

test('test.sh judges a patch, too: in patch mode only the change of the repository counts', async () => {
  const { bench } = held
  const draft: TaskDraft = {
    runner: 'script',
    tests: {
      'test.sh':
        'grep -q "a + b" /app/sums.py && ! test -e /tmp/left; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
    },
  }
  const agent = await bench.agent('agent.sh', '#!/bin/sh\nsed -i "s/a - b/a + b/" sums.py; touch /tmp/left\n')

  const { verdict } = await bench.attempt(agent, draft)

  expect(verdict.verdict).toBe('solved')
})

test('a separate verifier gets what the task declares of the agent machine, and nothing else', async () => {
  const { bench } = held
  const folder = bench.write({
    'task.toml': `artifacts = ["/tmp/declared.txt"]
[verifier]
environment_mode = "separate"
timeout_sec = 20
[agent]
timeout_sec = 20
[environment]
docker_image = "arete/base:1"
workdir = "/tmp"`,
    'instruction.md': 'Leave two files.\n',
    'environment/.keep': '',
    'tests/Dockerfile': `FROM arete/base:1\nCOPY --chmod=755 test.sh /tests/test.sh\nLABEL arete.test=${bench.run}\n`,
    'tests/test.sh': `#!/bin/bash
ok=1
test "$(cat /tmp/declared.txt)" = declared || ok=0
test "$(cat /logs/artifacts/convention.txt)" = convention || ok=0
test ! -e /tmp/other.txt || ok=0
echo $ok > /logs/verifier/reward.txt
`,
    'solution/solve.sh':
      'echo declared > /tmp/declared.txt; echo convention > /logs/artifacts/convention.txt; echo other > /tmp/other.txt; mkfifo /logs/artifacts/pipe\n',
  })
  const prepared = await prepareTask(bench.engine, loadHarborTask(folder, {}), {
    run: bench.run,
    say: () => {},
  })

  const oracle = await evaluate(bench.slot, { prepared, agent: { kind: 'oracle' }, run: bench.run })
  const nop = await evaluate(bench.slot, { prepared, agent: { kind: 'nop' }, run: bench.run })

  const collected = oracle.artifacts
    .flatMap(({ files }) => [...splitFiles(files)])
    .filter(({ entry }) => entry.kind === 'file')
  expect(oracle.verdict.verdict).toBe('solved')
  expect(nop.verdict.verdict).toBe('unsolved')
  expect(collected.map(({ entry }) => entry.path)).toEqual([
    'logs/artifacts/convention.txt',
    'tmp/declared.txt',
  ])
  await bench.engine.removeImage(prepared.verifierImage!.id)
})

test('the templates run in the sandbox and, without a model, change nothing', async () => {
  const { bench } = held
  for (const name of ['typescript', 'python']) {
    const agent = await loadAgent(path.join('miner-template', name))

    const { verdict, agent: outcome } = await bench.attempt(agent, { agentSeconds: 60 })

    expect({ name, reason: verdict.reason }).toEqual({ name, reason: 'no-patch' })
    expect(outcome.ending.kind).toBe('finished')
  }
})

test('the repair agent mends a fault that a visible test shows', async () => {
  const { bench } = held
  const repair = await loadAgent('miner-template/repair')
  const draft: TaskDraft = {
    agentSeconds: 60,
    memoryMegabytes: 512,
    repository: {
      'sums.py': 'def add(a, b):\n    return a - b\n',
      'tests/test_visible.py': 'from sums import add\n\n\ndef test_adds():\n    assert add(2, 2) == 4\n',
      'pyproject.toml': '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    },
  }

  const { verdict, agent } = await bench.attempt(repair, draft)

  expect(verdict.verdict).toBe('solved')
  expect(agent.patch.kind === 'patch' && agent.patch.patch.diff.toString()).toContain('+    return a + b')
})

test('what an agent logged is kept when it crashes', async () => {
  const { bench } = held
  const agent = await bench.agent(
    'agent.mjs',
    "export const solve = c => { c.log('so far'); throw new Error('no further') }\n",
  )

  const { verdict, agent: outcome } = await bench.attempt(agent)

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'agent-crashed', fault: 'agent' })
  expect(outcome.events.map(event => event.kind)).toEqual(['log', 'threw'])
})
