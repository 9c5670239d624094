import { expect, test } from 'vitest'
import { type RecordedCall, readCalls } from '../../../sandbox/gateway/calls.ts'
import { buildTrajectory } from '../../../validator/attempt/trajectory.ts'
import { buildCallSteps } from '../../../validator/models/call-steps.ts'

const AT = '2026-01-01T00:00:0'
const USER = { role: 'user', content: 'Mend it' }
const ASSISTANT = {
  role: 'assistant',
  content: 'I look.',
  tool_calls: [{ id: 'a', type: 'function', function: { name: 'run', arguments: '{"command":"ls"}' } }],
}
const RESULT = { role: 'tool', tool_call_id: 'a', content: 'sums.py' }

const CALLS: readonly RecordedCall[] = readCalls(
  [
    asked(1, 1, [USER]),
    answered(1, 2, { body: { choices: [{ message: ASSISTANT }] } }),
    asked(2, 4, [USER, ASSISTANT, RESULT]),
    answered(2, 5, {
      events: [
        '{"choices":[{"delta":{"content":"Do"}}]}',
        '{"choices":[{"delta":{"content":"ne"}}]}',
        '{"choices":[]}',
      ],
    }),
    asked(3, 6, [USER]),
    { kind: 'refused', id: 3, at: `${AT}6.000Z`, code: 'provider-failed', status: 502, message: 'nobody' },
    asked(4, 7, [USER]),
  ]
    .map(line => JSON.stringify(line))
    .join('\n'),
)

test('calls become steps with cost, tokens, tools and what these gave, between the events of their time', () => {
  const trajectory = buildTrajectory({
    ...{
      session: 's',
      agent: { name: 'a', version: '1' },
      statement: 'Mend it',
      started: new Date(`${AT}0.000Z`),
    },
    events: [
      { kind: 'log', at: `${AT}3.000Z`, message: 'between' },
      {
        kind: 'model',
        at: `${AT}3.500Z`,
        model: 'm',
        answer: 'said by the agent',
        promptTokens: 9,
        completionTokens: 9,
      },
    ],
    calls: CALLS,
  }) as { steps: Record<string, unknown>[]; final_metrics: object }

  expect(trajectory.steps.map(({ step_id, message }) => `${step_id} ${message}`)).toEqual([
    '1 Mend it',
    '2 I look.',
    '3 between',
    '4 Done',
    '5 No answer: nobody',
    '6 No answer: the harness ended',
  ])
  expect(trajectory.steps[1]).toEqual({
    ...{ step_id: 2, timestamp: `${AT}1.000Z`, source: 'agent', model_name: 'model', message: 'I look.' },
    tool_calls: [{ tool_call_id: 'a', function_name: 'run', arguments: { command: 'ls' } }],
    observation: { results: [{ source_call_id: 'a', content: 'sums.py' }] },
    llm_call_count: 1,
    metrics: { prompt_tokens: 100, completion_tokens: 10, cached_tokens: 40, cost_usd: 0.000123 },
    extra: { provider: 'p', seconds: 0.2 },
  })
  expect(trajectory.final_metrics).toEqual({
    ...{ total_prompt_tokens: 200, total_completion_tokens: 20, total_cached_tokens: 80 },
    ...{ total_cost_usd: 0.000246, total_steps: 6 },
  })
})

function asked(id: number, second: number, messages: readonly object[]): object {
  return {
    ...{ kind: 'asked', id, at: `${AT}${second}.000Z`, endpoint: 'chat', model: 'model', stream: false },
    ...{ digest: String(id), same: 0, body: { messages } },
  }
}

function answered(id: number, second: number, answer: object): object {
  return {
    ...{ kind: 'answered', id, at: `${AT}${second}.000Z`, provider: 'p', answer, ending: 'whole', usd: 123 },
    tokens: { input: 100, cached: 40, output: 10 },
    milliseconds: { first: 100, all: 200 },
  }
}

test.each([
  { what: 'nested without end', text: `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
  { what: 'long', text: `{"a":"${'x'.repeat(500_000)}"}` },
])('arguments that are $what become a text that can be written down', ({ text }) => {
  const call = { id: 'a', type: 'function', function: { name: 'run', arguments: text } }
  const message = { role: 'assistant', content: '', tool_calls: [call] }
  const lines = [asked(1, 1, [USER]), answered(1, 2, { body: { choices: [{ message }] } })]

  const [step] = buildCallSteps(readCalls(lines.map(line => JSON.stringify(line)).join('\n')))

  expect(step!.tool_calls).toEqual([
    { tool_call_id: 'a', function_name: 'run', arguments: { text: text.slice(0, 100_000) } },
  ])
  expect(JSON.stringify(step).length).toBeLessThan(110_000)
})
