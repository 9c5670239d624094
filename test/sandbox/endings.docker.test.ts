import fs from 'node:fs'
import { expect, test } from 'vitest'
import { type Agent, loadAgent } from '../../sandbox/agent.ts'
import { openDocker } from '../../sandbox/docker.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { ROLE_LABEL, RUN_LABEL } from '../../sandbox/owner.ts'
import { Slot } from '../../sandbox/slot.ts'
import type { Phase } from '../../validator/evaluate.ts'
import type { Verdict } from '../../validator/scoring/verdict.ts'
import { type Bench, hostile, useBench } from '../support/surroundings.ts'
import { SUMS_DIFF, SUMS_FIXED, type TaskDraft } from '../support/task.ts'

const bank = useBench()
const BRIEF: TaskDraft = { agentSeconds: 2 }

interface Case {
  readonly what: string
  readonly agent: (bench: Bench) => Promise<Agent>
  readonly task?: TaskDraft
  readonly reason: Verdict['reason']
  readonly detail?: string
}

const hostileAgent = (name: string) => () => loadAgent(hostile(`agents/${name}`))
const patched = (name: string) => (bench: Bench) =>
  bench.patching(fs.readFileSync(hostile(`patched/${name}`), 'utf8'))
const shell = (script: string) => (bench: Bench) => bench.agent('agent.sh', `#!/bin/bash\n${script}\n`)
const python = (body: string) => (bench: Bench) => bench.agent('agent.py', body)
const returning = (diff: string) => python(`def agent_main(input):\n    return ${JSON.stringify(diff)}\n`)

const ADDS_FILE = (name: string): string =>
  `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+x\n`

test.each<Case>([
  { what: 'the reference solution', agent: () => loadAgent('oracle'), reason: 'tests-passed' },
  { what: 'a right edit', agent: bench => bench.patching(SUMS_FIXED), reason: 'tests-passed' },
  { what: 'a right diff', agent: returning(SUMS_DIFF), reason: 'tests-passed' },
  {
    what: 'a wrong edit',
    agent: bench => bench.patching('def add(a, b):\n    return 5\n'),
    reason: 'tests-failed',
    detail: '1 of 2 expected tests did not pass: test_sums.py::test_zero',
  },
  { what: 'a syntax error', agent: bench => bench.patching('def add(a, b)\n'), reason: 'tests-failed' },
  { what: 'a deleted file', agent: shell('rm sums.py'), reason: 'tests-failed' },
  { what: 'an agent that does nothing', agent: () => loadAgent('nop'), reason: 'no-patch' },
  {
    what: 'an edit that is taken back',
    agent: shell('cp sums.py /tmp/s; echo x > sums.py; cat /tmp/s > sums.py'),
    reason: 'no-patch',
  },
  { what: 'an empty diff', agent: returning('\n \n'), reason: 'no-patch' },
])('$what ends as $reason', judged)

test.each<Case>([
  {
    what: 'a symbolic link',
    agent: shell('ln -s /etc/passwd link'),
    reason: 'invalid-patch',
    detail: '"link" is a symbolic link',
  },
  { what: 'a pipe', agent: shell('mkfifo pipe'), reason: 'invalid-patch', detail: '"pipe" is not a file' },
  {
    what: 'a name that is not UTF-8',
    agent: shell("touch $'\\xff\\xfe'"),
    reason: 'invalid-patch',
    detail: 'not UTF-8',
  },
  {
    what: 'a control character in a name',
    agent: shell("touch $'a\\nb'"),
    reason: 'invalid-patch',
    detail: 'control character',
  },
  {
    what: 'two names that differ in case',
    agent: shell('touch SUMS.py Sums.py'),
    reason: 'invalid-patch',
    detail: 'differ only in case',
  },
  {
    what: 'a file of 17 MB',
    agent: shell('head -c 17000000 /dev/urandom > big.bin'),
    reason: 'invalid-patch',
    detail: '17000000 bytes',
  },
  {
    what: 'more than may be read',
    agent: shell('head -c 40000000 /dev/zero > big.bin'),
    reason: 'invalid-patch',
    detail: 'more was changed than a patch may hold',
  },
  {
    what: 'many names so long that the diff outgrows everything',
    agent: python(
      'import os\n\ndef agent_main(input):\n    folder = "/".join(["d" * 250] * 14)\n    os.makedirs(folder)\n    for i in range(12000):\n        open(folder + "/" + "f" * 200 + str(i), "w").close()\n',
    ),
    reason: 'invalid-patch',
  },
  {
    what: 'folders deeper than a path may be long',
    agent: shell('d=$(printf "d%.0s" {1..250}); for i in {1..20}; do mkdir $d; cd $d; done; touch x'),
    reason: 'invalid-patch',
  },
  {
    what: 'a diff into the git folder',
    agent: returning(ADDS_FILE('.git/hooks/post-checkout')),
    reason: 'invalid-patch',
    detail: '.git',
  },
  {
    what: 'a diff out of the repository',
    agent: returning(ADDS_FILE('../out.txt')),
    reason: 'invalid-patch',
    detail: '../out.txt',
  },
  {
    what: 'a diff that does not apply',
    agent: returning(SUMS_DIFF.replace('a - b', 'a * b')),
    reason: 'invalid-patch',
    detail: 'patch failed: sums.py:1',
  },
  {
    what: 'a text that is no diff',
    agent: returning('I fixed it.'),
    reason: 'invalid-patch',
    detail: 'No valid patches in input',
  },
])('$what ends as $reason', judged)

test.each<Case>([
  { what: 'exit code 3', agent: shell('exit 3'), reason: 'agent-crashed', detail: 'exit code 3' },
  {
    what: 'a Python exception',
    agent: python('def agent_main(input):\n    raise ValueError("no idea")\n'),
    reason: 'agent-crashed',
    detail: 'ValueError: no idea',
  },
  {
    what: 'a Python file without agent_main',
    agent: python('def main(): pass\n'),
    reason: 'agent-crashed',
    detail: 'agent_main',
  },
  {
    what: 'a Python syntax error',
    agent: python('def agent_main(\n'),
    reason: 'agent-crashed',
    detail: 'SyntaxError',
  },
  {
    what: 'a JavaScript exception',
    agent: bench => bench.agent('agent.mjs', 'export function solve() { throw new Error("no idea") }'),
    reason: 'agent-crashed',
  },
  {
    what: 'a module without a function',
    agent: bench => bench.agent('agent.mjs', 'export const solve = 3'),
    reason: 'agent-crashed',
  },
  {
    what: 'an agent that kills all it can',
    agent: hostileAgent('kill-all.sh'),
    reason: 'agent-crashed',
    detail: 'SIGKILL',
  },
  {
    what: 'a program that cannot be started',
    agent: bench => bench.agent('agent.sh', '#!/no/such/shell\n'),
    reason: 'agent-crashed',
    detail: 'exit code 127',
  },
  {
    what: 'an agent that sleeps',
    agent: shell('sleep 60'),
    task: BRIEF,
    reason: 'agent-timed-out',
    detail: 'stopped after 2 s',
  },
  {
    what: 'an agent that edits rightly, then sleeps',
    agent: shell(`sed -i 's/-/+/' sums.py; sleep 60`),
    task: BRIEF,
    reason: 'agent-timed-out',
  },
  { what: 'an agent that takes all memory', agent: hostileAgent('devour.py'), reason: 'agent-out-of-memory' },
  { what: 'an agent that floods', agent: hostileAgent('flood.sh'), reason: 'agent-flooded' },
])('$what ends as $reason', judged)

test.each<Case>([
  {
    what: 'code that exits at import',
    agent: patched('exit-at-import.py'),
    reason: 'tests-ended-early',
    detail: 'exit code 0 before the last result',
  },
  {
    what: 'code that kills the test run',
    agent: patched('kill-runner.py'),
    reason: 'tests-ended-early',
    detail: 'SIGKILL',
  },
  {
    what: 'code that closes the channel of results',
    agent: patched('close-results.py'),
    reason: 'tests-ended-early',
  },
  { what: 'code that raises SystemExit', agent: patched('exit-politely.py'), reason: 'tests-failed' },
  { what: 'code that prints success', agent: patched('print-success.py'), reason: 'tests-failed' },
  {
    what: 'code that never returns',
    agent: patched('endless.py'),
    task: { verifierSeconds: 2 },
    reason: 'tests-timed-out',
    detail: 'stopped after 2 s',
  },
  { what: 'code that takes all memory', agent: patched('devour.py'), reason: 'tests-out-of-memory' },
  { what: 'code that floods', agent: patched('flood.py'), reason: 'tests-flooded' },
  {
    what: 'code that forges results',
    agent: patched('forge.py'),
    reason: 'tests-disagree',
    detail: 'sent results after its end',
  },
])('$what ends as $reason', judged)

test('what an agent left running is dead before its patch is read', async () => {
  const agent = await loadAgent(hostile('agents/late-edit.sh'))

  const { verdict, agent: outcome } = await bank.bench.attempt(agent, BRIEF)

  expect(verdict.reason).toBe('agent-timed-out')
  const diff = outcome.patch.kind === 'patch' ? outcome.patch.patch.diff.toString() : ''
  expect(diff).toContain('early.txt')
  expect(diff).not.toContain('late.txt')
})

test('a patch of a failed agent is kept as evidence but not judged', async () => {
  const agent = await bank.bench.agent('agent.sh', `#!/bin/sh\nsed -i 's/-/+/' sums.py\nexit 1\n`)

  const { verdict, agent: outcome, verify } = await bank.bench.attempt(agent)

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'agent-crashed' })
  expect(outcome.patch.kind).toBe('patch')
  expect(verify).toBeUndefined()
})

test('an engine that cannot be reached is our failure', async () => {
  const engine = openDocker({ kind: 'socket', path: '/nonexistent/engine.sock' })

  const slot = new Slot({ engine, runtimeVolume: 'none', run: bank.bench.run })

  const failure = await slot.take(await bank.bench.prepare()).catch(error => error)

  expect(failure).toBeInstanceOf(SandboxError)
  expect(failure.code).toBe('engine-missing')
})

test.each<Phase>(['agent', 'verify'])(
  'a container that vanishes in the %s phase is our failure, never a verdict',
  async phase => {
    const { bench } = bank
    const agent = await bench.agent(
      'agent.sh',
      '#!/bin/sh\necho "def add(a, b): import time; time.sleep(9)" > sums.py; sleep 1\n',
    )
    let vanished: Promise<void> | undefined

    const attempt = bench.attempt(
      agent,
      {},
      { onPhase: now => (vanished ??= now === phase ? removeSandboxes(bench) : undefined) },
    )

    await expect(attempt).rejects.toBeInstanceOf(SandboxError)
    await vanished
  },
)

test('nothing of an attempt stays on the engine', async () => {
  const { bench } = bank
  await bench.attempt(await bench.patching(SUMS_FIXED))

  await bench.slot.swept()

  expect(await sandboxesOf(bench)).toEqual([])
})

async function judged({ agent, task = {}, reason, detail = '' }: Case): Promise<void> {
  const { verdict } = await bank.bench.attempt(await agent(bank.bench), task)

  expect(verdict).toMatchObject({
    verdict: reason === 'tests-passed' ? 'solved' : reason === 'invalid-patch' ? 'invalid' : 'unsolved',
    reason,
    fault: reason === 'tests-passed' ? undefined : 'agent',
  })
  expect(verdict.detail).toContain(detail)
}

async function sandboxesOf({ engine, run }: Bench): Promise<string[]> {
  const ours = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  return ours.filter(({ labels }) => labels[ROLE_LABEL] === 'sandbox').map(({ id }) => id)
}

async function removeSandboxes(bench: Bench): Promise<void> {
  for (const id of await sandboxesOf(bench)) await bench.engine.removeContainer(id)
}
