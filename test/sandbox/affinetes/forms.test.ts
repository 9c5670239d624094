import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMethods } from '../../../sandbox/affinetes/methods.ts'
import { digestOf } from '../../../sandbox/affinetes/pinned.ts'
import { parseReply } from '../../../sandbox/affinetes/reply.ts'
import { readJson } from '../../../sandbox/bounded-json.ts'

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const DIGEST = `sha256:${'a1'.repeat(32)}`

test.each([
  [{ methods: ['evaluate', 'reset'] }],
  [{ methods: [{ name: 'reset', signature: '()' }, { name: 'evaluate' }] }],
  [{ methods: { evaluate: '(task_id)', reset: {} } }],
  [['reset', 'evaluate']],
])('methods are read as %j', answer => {
  expect(readMethods(bytes(answer))).toEqual(['evaluate', 'reset'])
})

test.each([[{ methods: ['a b'] }], [{ methods: [1] }], ['x'], [null], [{ methods: Array(1001).fill('a') }]])(
  'and not as %j',
  answer => {
    expect(readMethods(bytes(answer))).toBeUndefined()
  },
)

test('JSON that is nested too deeply is none', () => {
  expect(readJson(Buffer.from('['.repeat(64) + ']'.repeat(64)))).toBeDefined()
  expect(readJson(Buffer.from('['.repeat(65) + ']'.repeat(65)))).toBeUndefined()
  expect(readJson(Buffer.from(`"${'['.repeat(100)}\\"${'['.repeat(100)}"`))).toHaveLength(201)
})

test('JSON is what it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10 }), value => {
      expect(readJson(bytes(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('an image is pinned by a digest, and by nothing else', () => {
  expect(digestOf(`registry.example:5000/team/swe@${DIGEST}`)).toBe(DIGEST)
  expect(digestOf(DIGEST)).toBe(DIGEST)
  for (const reference of [
    'team/swe',
    'team/swe:latest',
    `team/swe@${DIGEST.slice(0, -1)}`,
    `-x@${DIGEST}`,
    '',
  ])
    expect(digestOf(reference)).toBeUndefined()
})

test('our own container beside an environment is not believed further than its form', () => {
  const body = Buffer.from('{"a":\n1}')

  expect(parseReply(Buffer.concat([Buffer.from('{"kind":"answered","status":200}\n'), body]))).toEqual({
    kind: 'answered',
    status: 200,
    body,
  })
  for (const text of ['', 'x', '{"kind":"answered"}\n', '{"kind":"late"}\n', '[]\n'])
    expect(parseReply(Buffer.from(text))).toEqual({ kind: 'caller-lost' })
})
