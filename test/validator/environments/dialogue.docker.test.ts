import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Agent } from '../../../sandbox/agent.ts'
import type { Image } from '../../../sandbox/engine.ts'
import { type PreparedTask, prepareTask } from '../../../sandbox/prepare.ts'
import { Affinetes } from '../../../task-bank/affinetes.ts'
import { dialogueFiles } from '../../../task-bank/dialogue-folder.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { type Evaluation, evaluate, verifyAgain } from '../../../validator/evaluate.ts'
import { buildAsker } from '../../support/asker.ts'
import { useBench } from '../../support/surroundings.ts'

const held = useBench()
const said = { image: undefined as Image | undefined }

/** Looks for a number as the words above its answer tell it. */
const SEARCHING = `#!/usr/bin/env python3
import json, re, sys
words = json.load(sys.stdin)["problemStatement"]
low, high = 0, 99
guesses = [int(one) for one in re.findall(r"## assistant\\n\\n(\\d+)", words)]
for guess, told in zip(guesses, re.findall(r"\\n(higher|lower)\\b", words)):
    low, high = (guess + 1, high) if told == "higher" else (low, guess - 1)
open("answer.md", "w").write(str((low + high) // 2))
`

beforeAll(async () => {
  said.image = await buildAsker(held.bench.engine, held.bench.run)
})

test('an agent answers what an environment asks, and its answer is the patch', async () => {
  const prepared = await prepare({}, 1)

  const evaluation = await attempt(prepared, await answering('1'))

  expect(evaluation.verdict).toMatchObject({ verdict: 'solved', reason: 'tests-passed', level: 'reward' })
  expect(evaluation.verify!.report).toMatchObject({ reward: 1, tests: [{ id: 'sums/1', status: 'passed' }] })
  expect(answersOf(evaluation)).toEqual(['+1'])
})

test('half a score is unsolved, and is told', async () => {
  const { verdict, verify } = await attempt(await prepare({}, 2), await answering('0.5'))

  expect(verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed', fault: 'agent' })
  expect(verify!.report.reward).toBe(0.5)
})

test('an agent is asked in turn, hears what was said, and can be heard again without it', async () => {
  const prepared = await prepare({ method: 'guess' }, 62)

  const evaluation = await attempt(prepared, await held.bench.agent('search.sh', SEARCHING))
  const again = await verifyAgain(held.bench.slot, prepared, { ...evaluation, verify: undefined })

  expect(evaluation.verdict).toMatchObject({ verdict: 'solved' })
  expect(answersOf(evaluation)).toEqual(['+49', '+74', '+61', '+67', '+64', '+62'])
  expect(again.verdict).toEqual(evaluation.verdict)
})

test('a diff that an agent returns is read as any patch', async () => {
  const diff =
    'diff --git a/answer.md b/answer.md\\nnew file mode 100644\\n--- /dev/null\\n+++ b/answer.md\\n@@ -0,0 +1 @@\\n+1\\n'
  const agent = await held.bench.agent('agent.py', `def agent_main(input):\n    return '${diff}'\n`)

  expect((await attempt(await prepare({}, 1), agent)).verdict).toMatchObject({ verdict: 'solved' })
})

test('nothing is unsolved, and the control is the reference', async () => {
  const prepared = await prepare({ controls: { oracle: { method: 'fixed', score: 1 } } }, 1)

  expect((await attempt(prepared, { kind: 'nop' })).verdict).toMatchObject({ verdict: 'unsolved' })
  expect((await attempt(prepared, { kind: 'oracle' })).verdict).toMatchObject({ verdict: 'solved' })
})

test('without a control there is no reference', async () => {
  const prepared = await prepare({}, 1)

  await expect(attempt(prepared, { kind: 'oracle' })).rejects.toMatchObject({ code: 'task-unusable' })
})

test.each([
  ['exit 3', 'unsolved', 'agent-crashed'],
  ['sleep 60', 'unsolved', 'agent-timed-out'],
  ['ln -s /etc/passwd answer.md', 'invalid', 'invalid-patch'],
])('an agent that fails ends the call: %s', async (line, verdict, reason) => {
  const start = performance.now()

  const evaluation = await attempt(await prepare({}, 1, { agentSeconds: 3 }), await shell(line))

  expect(evaluation.verdict).toMatchObject({ verdict, reason, fault: 'agent' })
  expect(evaluation.verify).toBeUndefined()
  expect(performance.now() - start).toBeLessThan(20_000)
})

test('nobody is asked more often than the task says', async () => {
  const prepared = await prepare({ method: 'guess' }, 62, { turns: 2 })

  const evaluation = await attempt(prepared, await answering('7'))

  expect(evaluation.verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-ended-early' })
  expect(answersOf(evaluation)).toEqual(['+7', '+7'])
})

test('an agent that still thinks when the call is over is stopped, and no harm to anybody', async () => {
  const start = performance.now()

  const evaluation = await attempt(await prepare({ method: 'hasty' }, 1), await shell('sleep 50'))

  expect(evaluation.verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-ended-early' })
  expect(performance.now() - start).toBeLessThan(25_000)
})

test('an environment that refuses the call is no fault of an agent', async () => {
  const prepared = await prepare({ method: 'no_such_method' }, 1)

  await expect(attempt(prepared, await answering('1'))).rejects.toMatchObject({ code: 'task-unusable' })
})

function answering(text: string): Promise<Agent> {
  return shell(`printf '%s' '${text}' > answer.md`)
}

function shell(line: string): Promise<Agent> {
  return held.bench.agent('agent.sh', `#!/bin/sh\n${line}\n`)
}

async function attempt(prepared: PreparedTask, agent: Agent): Promise<Evaluation> {
  return await evaluate(held.bench.slot, { prepared, agent, run: held.bench.run })
}

async function prepare(
  draft: Readonly<Record<string, unknown>>,
  task: number,
  { turns = 8, agentSeconds = 60 } = {},
): Promise<PreparedTask> {
  const { engine, run } = held.bench
  const declared = Affinetes.parse({
    ...{ protocol: 'affinetes', netuid: 120, weight: 1, image: said.image!.id, tasks: [0, 100] },
    ...{ draw: 1, confirmation: 1, seconds: 60, start_seconds: 30, memory_megabytes: 128, ...draft },
  })
  const folder = held.bench.write(Object.fromEntries(dialogueFiles('sums', declared, { task, turns })))
  const loaded = loadHarborTask(folder, {})
  return await prepareTask(engine, { ...loaded, agentSeconds }, { run, say: () => {} })
}

/** The added lines of each answer. */
function answersOf({ agent: { patch } }: Evaluation): string[] {
  if (patch.kind !== 'patch') return []
  const lines = patch.patch.diff.toString().split('\n')
  expect(
    lines.filter(line => line.startsWith('+++')).every(line => path.dirname(line.slice(6)) === 'answers'),
  ).toBe(true)
  return lines.filter(line => /^\+[^+]/.test(line))
}
