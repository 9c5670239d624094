import type { AttemptPage } from '../../validator/pages/attempt.ts'
import type { RunPage } from '../../validator/pages/run.ts'
import { readTests } from '../../validator/pages/tests.ts'
import { readSteps } from '../../validator/pages/trajectory.ts'

const DIFF = `diff --git a/molar/tokens.py b/molar/tokens.py
index 0a38764..65477d6 100644
--- a/molar/tokens.py
+++ b/molar/tokens.py
@@ -73,6 +73,6 @@ def _number_end(text, start):
     end = start + 1
     last = len(text) - 1
-    while end < last and text[end] in DIGITS:
+    while end <= last and text[end] in DIGITS:
         end += 1
     return end
`

/** An attempt that was solved, with two steps, a patch and three tests. */
export function fakeAttempt(change: Partial<AttemptPage> = {}): AttemptPage {
  return {
    ...{ id: 'c'.repeat(24), environment: 'python-fixes', state: 'judged', verdict: 'solved', closed: null },
    task: { label: 'arete/formula-mass', href: `/tasks/${'5'.repeat(64)}` },
    agent: { label: 'calm-delta 1.4.0', href: `/agents/${'a'.repeat(24)}` },
    within: { label: 'full 3', href: `/agents/${'a'.repeat(24)}` },
    ...{ reason: 'tests-passed', detail: 'All expected tests passed', evidence: [], dropped: [] },
    started: '2026-11-29T10:44:20.628Z',
    seconds: { agent: 44.064, verify: 2.0117, overhead: 0.8471 },
    tests: readTests(
      { expected: ['t.py::a', 't.py::b', 't.py::c'], passed: ['t.py::a'], failed: ['t.py::b'] },
      { results: { tests: [{ name: 't.py::b', duration: 7, message: 'assert 70 == 72' }] } },
    ),
    patch: { text: DIFF, left: 0 },
    steps: readSteps(fakeTrajectory()),
    logs: [
      {
        name: 'What the tests printed',
        text: { text: '1 failed, 17 passed in 0.29s\n', left: 0 },
        href: null,
      },
    ],
    facts: [{ name: 'Network', value: 'none for the agent, none for the tests' }],
    receipt: {
      sequence: 5,
      digest: 'd'.repeat(64),
      signer: '5CP5vvxh2whnHNSAFswri4ohXndFuUar',
      href: `/v1/receipts/${'d'.repeat(64)}`,
    },
    commands: [{ what: 'Check it', command: 'npx arete verify receipt.json' }],
    files: [],
    ...change,
  }
}

/** A trajectory with a statement, a command and a word. */
export function fakeTrajectory(output = 'README.md\nmolar/tokens.py\n'): object {
  const call = { function_name: 'shell', arguments: { command: 'git ls-files' } }
  return {
    schema_version: 'ATIF-v1.7',
    steps: [
      {
        step_id: 1,
        timestamp: '2026-11-29T10:44:20.000Z',
        source: 'user',
        message: '# Sugar\n\n`molar` fails.',
      },
      {
        ...{
          step_id: 2,
          timestamp: '2026-11-29T10:44:31.500Z',
          source: 'agent',
          message: '',
          tool_calls: [call],
        },
        observation: { results: [{ content: output }] },
        extra: { exit_code: 1, seconds: 0.5 },
      },
      {
        ...{ step_id: 3, timestamp: '2026-11-29T10:44:40.000Z', source: 'agent', message: 'Mended' },
        ...{ model_name: 'gpt', metrics: { prompt_tokens: 900, completion_tokens: 100 } },
      },
    ],
  }
}

export function fakeRun(change: Partial<RunPage> = {}): RunPage {
  const cell = { solved: 7, judged: 9, score: 7 / 9, low: 0.45, high: 0.94 }
  return {
    ...{
      name: '2026-11-29-1',
      started: '2026-11-29T10:44:10.072Z',
      finished: '2026-11-29T10:45:50.215Z',
      wanted: 9,
    },
    environments: ['python-fixes'],
    board: [{ agent: 'repair', score: 7 / 9, cells: { 'python-fixes': cell } }],
    attempts: ['solved', 'unsolved'].map((verdict, index) => ({
      ...{
        folder: `formula-mass__4e652b${index}`,
        task: 'arete/formula-mass',
        environment: 'python-fixes',
        agent: 'repair',
      },
      ...{ state: 'judged', verdict: verdict as 'solved', reason: 'tests-passed', passed: 16, expected: 16 },
      ...{ seconds: 46.9, started: '2026-11-29T10:44:20.628Z' },
    })),
    ...change,
  }
}
