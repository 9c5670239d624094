import fc from 'fast-check'
import { AgentEventLine } from '../../sandbox/agent-events.ts'
import { openJsonLines } from '../../sandbox/json-lines.ts'
import { buildTrajectory } from '../../validator/attempt/trajectory.ts'
import { json } from '../../validator/runs/record.ts'
import { bytesOf, deep, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const EVENTS = [
  '{"kind":"log","at":"2026-01-01T00:00:00.000Z","message":"hi","data":{"a":[1,null]}}',
  '{"kind":"shell","at":"","command":"ls","exitCode":0,"seconds":0.1,"output":"x"}',
  '{"kind":"model","model":"m","answer":"a","promptTokens":3,"completionTokens":4}',
  '{"kind":"returned","patch":"diff --git"}',
  '{"kind":"threw","message":"no"}',
]

/** A line of an agent's own process: it is an event that can be kept and shown, or it is none. */
export const agentEvents = target<readonly string[]>({
  name: 'agent-events',
  short: 500,
  cases: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: mutated(EVENTS, ['"data":', '1e999', '-1', '"at":{}']) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(100, 5000, 20_000)
          .map(levels => `{"kind":"log","message":"x","data":${deep(levels)}}`),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom('x'.repeat(200_000), '"'.repeat(50_000))
          .map(text => `{"kind":"log","message":"x","data":[${JSON.stringify(text)}]}`),
      },
    ),
    { maxLength: 4 },
  ),
  check(lines) {
    const events = lines.flatMap(line => {
      const parsed = AgentEventLine.safeParse(parseJson(line))
      return parsed.success ? [parsed.data] : []
    })
    for (const event of events)
      must(JSON.stringify(event).length < 25_000_000, 'An event is too long to be kept')
    for (const event of events)
      if (event.kind === 'log') must(json(event).length < 300_000, 'A log line is too long to be kept')
    const trajectory = json(
      buildTrajectory({
        session: 's',
        agent: { name: 'a', version: '1' },
        statement: 'x',
        started: new Date(0),
        events,
      }),
    )
    const { steps, final_metrics: metrics } = JSON.parse(trajectory)
    must(steps.length === events.length + 1, 'Steps are missing in the trajectory', steps)
    must(Number.isFinite(metrics.total_prompt_tokens), 'The sum of tokens is no number', metrics)
  },
})

interface LinesCase {
  readonly text: string
  readonly sizes: readonly number[]
}

/** Lines of JSON in pieces of any size are the same as all at once. */
export const agentLines = target<LinesCase>({
  name: 'agent-lines',
  short: 300,
  cases: fc.record({
    text: fc
      .array(fc.oneof(mutated(EVENTS), fc.constantFrom('', '\r', '\u00c3\u00a9', '1', 'null')), {
        maxLength: 5,
      })
      .map(lines => lines.join('\n')),
    sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
  }),
  check({ text, sizes }) {
    const bytes = bytesOf(text)
    const whole: unknown[] = []
    openJsonLines(value => void whole.push(value))(Buffer.concat([bytes, Buffer.from('\n')]))
    const pieces: unknown[] = []
    const read = openJsonLines(value => void pieces.push(value))
    for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
      const end = start + sizes[turn % sizes.length]!
      read(bytes.subarray(start, end))
      start = end
    }
    read(Buffer.from('\n'))
    must(JSON.stringify(pieces) === JSON.stringify(whole), 'Pieces make other lines', pieces, whole)
    const expected = bytes
      .toString()
      .split('\n')
      .filter(line => Buffer.byteLength(line) <= 900 && parseJson(line) !== undefined)
    must(whole.length >= expected.length, 'Lines are missing', whole, expected)
  },
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
