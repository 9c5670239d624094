import { expect, test } from 'vitest'
import type { AgentEventRecord } from '../../../sandbox/agent-events.ts'
import { buildTrajectory } from '../../../validator/attempt/trajectory.ts'

const EVENTS: readonly AgentEventRecord[] = [
  { kind: 'log', at: '2025-01-01T00:00:01.000Z', message: 'Looking around', data: { files: 3 } },
  { kind: 'log', at: '', message: 'No time and no data' },
  {
    kind: 'shell',
    at: '2025-01-01T00:00:02.000Z',
    command: 'ls',
    exitCode: 1,
    seconds: 0.5,
    output: 'a.py\n',
  },
  {
    kind: 'model',
    at: '2025-01-01T00:00:03.000Z',
    model: 'm-1',
    answer: 'ls',
    promptTokens: 100,
    completionTokens: 7,
  },
  {
    kind: 'model',
    at: '2025-01-01T00:00:04.000Z',
    model: 'm-1',
    answer: 'done',
    promptTokens: 150,
    completionTokens: 3,
  },
  { kind: 'returned', patch: 'é\n' },
  { kind: 'threw', message: 'KeyError: 1' },
]

test('buildTrajectory() makes a step of the statement and of each event', () => {
  expect(build(EVENTS)).toMatchInlineSnapshot(`
    {
      "agent": {
        "name": "repair",
        "version": "1.0",
      },
      "final_metrics": {
        "total_completion_tokens": 10,
        "total_prompt_tokens": 250,
        "total_steps": 8,
      },
      "schema_version": "ATIF-v1.7",
      "session_id": "s",
      "steps": [
        {
          "message": "Mend it",
          "source": "user",
          "step_id": 1,
          "timestamp": "2025-01-01T00:00:00.000Z",
        },
        {
          "extra": {
            "data": {
              "files": 3,
            },
          },
          "message": "Looking around",
          "source": "agent",
          "step_id": 2,
          "timestamp": "2025-01-01T00:00:01.000Z",
        },
        {
          "message": "No time and no data",
          "source": "agent",
          "step_id": 3,
        },
        {
          "extra": {
            "exit_code": 1,
            "seconds": 0.5,
          },
          "message": "",
          "observation": {
            "results": [
              {
                "content": "a.py
    ",
                "source_call_id": "call-4",
              },
            ],
          },
          "source": "agent",
          "step_id": 4,
          "timestamp": "2025-01-01T00:00:02.000Z",
          "tool_calls": [
            {
              "arguments": {
                "command": "ls",
              },
              "function_name": "shell",
              "tool_call_id": "call-4",
            },
          ],
        },
        {
          "message": "ls",
          "metrics": {
            "completion_tokens": 7,
            "prompt_tokens": 100,
          },
          "model_name": "m-1",
          "source": "agent",
          "step_id": 5,
          "timestamp": "2025-01-01T00:00:03.000Z",
        },
        {
          "message": "done",
          "metrics": {
            "completion_tokens": 3,
            "prompt_tokens": 150,
          },
          "model_name": "m-1",
          "source": "agent",
          "step_id": 6,
          "timestamp": "2025-01-01T00:00:04.000Z",
        },
        {
          "message": "Returned a diff of 3 bytes",
          "source": "agent",
          "step_id": 7,
        },
        {
          "message": "KeyError: 1",
          "source": "agent",
          "step_id": 8,
        },
      ],
    }
  `)
})

test('buildTrajectory() numbers its steps from 1 without a gap', () => {
  const { steps } = build([...EVENTS, ...EVENTS]) as { steps: { step_id: number }[] }

  expect(steps.map(step => step.step_id)).toEqual(steps.map((_, index) => index + 1))
})

test('buildTrajectory() of an agent that did nothing has the statement only', () => {
  expect(build([])).toMatchObject({
    steps: [{ step_id: 1, source: 'user', message: 'Mend it' }],
    final_metrics: { total_prompt_tokens: 0, total_completion_tokens: 0, total_steps: 1 },
  })
})

function build(events: readonly AgentEventRecord[]): object {
  return buildTrajectory({
    session: 's',
    agent: { name: 'repair', version: '1.0' },
    statement: 'Mend it',
    started: new Date('2025-01-01T00:00:00Z'),
    events,
  })
}
