import { expect, test } from 'vitest'
import { AgentEventLine } from '../../sandbox/agent-events.ts'

const LOG = { kind: 'log', message: 'x', at: '' } as const

test('data of a log line is kept', () => {
  const line = { ...LOG, data: { step: 3, files: [{ name: 'a.py', lines: [1, 2] }] } }

  expect(AgentEventLine.parse(line)).toEqual(line)
})

test.each([
  { what: 'nested so deep that it cannot be written again', data: nested(100_000) },
  { what: 'nested deeper than anybody reads', data: nested(7) },
  { what: 'longer than a log line', data: 'x'.repeat(100_001) },
])('data $what is left out', ({ data }) => {
  expect(AgentEventLine.parse({ ...LOG, data })).toEqual(LOG)
})

function nested(levels: number): unknown {
  let value: unknown = 0
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
