import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildCtrf, parseCtrf, parseReport, parseReward, type Report } from '../../sandbox/report.ts'

const NONCE = 'f'.repeat(64)
const PASSED = testLine({ id: 'a' })
const FAILED = testLine({ id: 'b', status: 'failed', message: 'no' })

test('a report with an end, the announced count and the real exit code has no problem', () => {
  const report = parseReport(`${PASSED}\n${FAILED}\n${endLine({ count: 2, code: 1 })}\n`, NONCE, 1)

  expect(report).toEqual({
    tests: [
      { id: 'a', status: 'passed', seconds: 0.5, message: '' },
      { id: 'b', status: 'failed', seconds: 0.5, message: 'no' },
    ],
    problems: [],
    reward: undefined,
  })
})

test.each([
  { what: 'nothing', lines: [], problem: { kind: 'no-end' } },
  { what: 'no end', lines: [PASSED], problem: { kind: 'no-end' } },
  {
    what: 'fewer tests than announced',
    lines: [PASSED, endLine({ count: 2 })],
    problem: { kind: 'count', announced: 2, received: 1 },
  },
  {
    what: 'more tests than announced',
    lines: [PASSED, FAILED, endLine({ count: 1 })],
    problem: { kind: 'count', announced: 1, received: 2 },
  },
  {
    what: 'a test twice',
    lines: [PASSED, PASSED, endLine({ count: 2 })],
    problem: { kind: 'doubled', id: 'a' },
  },
  {
    what: 'a test after the end',
    lines: [PASSED, endLine({ count: 2 }), FAILED],
    problem: { kind: 'after-end' },
  },
  {
    what: 'two ends',
    lines: [PASSED, endLine({ count: 1 }), endLine({ count: 1 })],
    problem: { kind: 'after-end' },
  },
  {
    what: 'another exit code',
    lines: [PASSED, endLine({ count: 1, code: 1 })],
    problem: { kind: 'exit', announced: 1, real: 0 },
  },
  {
    what: 'another nonce',
    lines: [PASSED, testLine({ id: 'c', nonce: '0' }), endLine({ count: 1 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'no nonce',
    lines: ['{"kind":"end","count":0,"code":0}', endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a line that is not JSON',
    lines: ['2 passed', PASSED, endLine({ count: 1 })],
    problem: { kind: 'malformed', line: '2 passed' },
  },
  {
    what: 'a status that does not exist',
    lines: [testLine({ id: 'a', status: 'PASSED' }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a key too many',
    lines: [testLine({ id: 'a', extra: 1 }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a test without a name',
    lines: [testLine({ id: '' }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a negative time',
    lines: [testLine({ id: 'a', seconds: -1 }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a line that was cut',
    lines: [PASSED, endLine({ count: 1 }).slice(0, -1)],
    problem: { kind: 'malformed' },
  },
])('a report with $what says so', ({ lines, problem }) => {
  const report = parseReport(lines.join('\n'), NONCE, 0)

  expect(report.problems).toContainEqual(expect.objectContaining(problem))
})

test('of a strange line only the beginning is kept', () => {
  const { problems } = parseReport('x'.repeat(10_000), NONCE, 0)

  expect(problems[0]).toEqual({ kind: 'malformed', line: 'x'.repeat(200) })
})

test('lines without end are not all read', () => {
  const { tests, problems } = parseReport(
    Array.from({ length: 60_000 }, (_, id) => testLine({ id: String(id) })).join('\n'),
    NONCE,
    0,
  )

  expect(tests).toHaveLength(50_000)
  expect(problems).toEqual([{ kind: 'no-end' }])
})

test('whatever comes, the report is never thrown at us and never without a problem', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.uint8Array().map(bytes => Buffer.from(bytes).toString()),
        fc.json(),
        fc.array(fc.json()).map(lines => lines.join('\n')),
      ),
      text => {
        expect(parseReport(text, NONCE, 0).problems).not.toEqual([])
      },
    ),
  )
})

test('a report comes through with whatever names and messages it has', () => {
  const tests = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 1000 }),
      message: fc.string(),
      status: fc.constantFrom('passed', 'failed', 'skipped', 'error'),
    }),
    { selector: one => one.id },
  )

  fc.assert(
    fc.property(tests, fc.nat(255), (results, code) => {
      const text = [...results.map(testLine), endLine({ count: results.length, code })].join('\n')

      const report = parseReport(text, NONCE, code)

      expect(report.problems).toEqual([])
      expect(report.tests).toEqual(results.map(one => ({ ...one, seconds: 0.5 })))
    }),
  )
})

test('a report that lacks any one line is not believed', () => {
  const lines = [PASSED, FAILED, testLine({ id: 'c' }), endLine({ count: 3 })]

  for (const line of lines) {
    expect(parseReport(lines.filter(one => one !== line).join('\n'), NONCE, 0).problems).not.toEqual([])
  }
})

test.each([
  { text: '1', reward: 1 },
  { text: ' 0.5\n', reward: 0.5 },
  { text: '+1', reward: 1 },
  { text: '-2', reward: -2 },
  { text: '.5', reward: 0.5 },
  { text: '1.', reward: 1 },
  { text: '1e-3', reward: 0.001 },
  { text: '1E2', reward: 100 },
])('reward.txt with $text counts as $reward', ({ text, reward }) => {
  expect(parseReward({ json: undefined, text })).toEqual({ reward, problem: undefined })
})

test.each(['', 'one', 'true', 'nan', 'NaN', 'inf', '-Infinity', '0x1', '1e999', '1 1', '1,0', '١', '1\n0'])(
  'reward.txt with %j is refused',
  text => {
    expect(parseReward({ json: undefined, text })).toEqual({
      reward: undefined,
      problem: expect.stringMatching(/^reward.txt is not a number: /),
    })
  },
)

test('reward.json comes before reward.txt, right or wrong', () => {
  expect(parseReward({ json: '{"reward": 0.25, "speed": 3}', text: '1' })).toEqual({
    reward: 0.25,
    problem: undefined,
  })
  expect(parseReward({ json: '{', text: '1' })).toMatchObject({ reward: undefined })
})

test.each([
  '{}',
  '[]',
  '1',
  'null',
  '{"reward": "1"}',
  '{"reward": true}',
  '{"reward": null}',
  '{"reward": 1e999}',
  '{"reward": NaN}',
  '{"reward": 1, "x": "y"}',
  '{"score": 1}',
])('reward.json with %s is refused', json => {
  expect(parseReward({ json, text: undefined })).toEqual({
    reward: undefined,
    problem: 'reward.json is not an object of numbers with the key "reward"',
  })
})

test('no reward at all is a problem, not a zero', () => {
  expect(parseReward({ json: undefined, text: undefined })).toEqual({
    reward: undefined,
    problem: 'tests/test.sh wrote no reward',
  })
})

test('whatever a reward file holds, it is a finite number or a problem', () => {
  fc.assert(
    fc.property(
      fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }),
      fc.option(fc.string(), { nil: undefined }),
      (json, text) => {
        const { reward, problem } = parseReward({ json, text })

        expect(Number.isFinite(reward)).toBe(problem === undefined)
      },
    ),
  )
})

test('tests out of a CTRF file are for show', () => {
  const text = JSON.stringify({
    results: {
      tool: { name: 'x' },
      tests: [
        { name: 'a', status: 'passed', duration: 1500 },
        { name: 'b', status: 'failed', message: 'no' },
        { name: 'c', status: 'pending' },
      ],
    },
  })

  expect(parseCtrf(text)).toEqual([
    { id: 'a', status: 'passed', seconds: 1.5, message: '' },
    { id: 'b', status: 'failed', seconds: 0, message: 'no' },
    { id: 'c', status: 'skipped', seconds: 0, message: '' },
  ])
})

test('whatever a CTRF file holds, reading it does no harm', () => {
  fc.assert(
    fc.property(fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }), text => {
      expect(parseCtrf(text)).toEqual([])
    }),
  )
})

test('a report as CTRF', () => {
  const report: Report = {
    tests: [
      { id: 'a', status: 'passed', seconds: 0.1234, message: '' },
      { id: 'b', status: 'error', seconds: 0, message: 'no' },
      { id: 'c', status: 'skipped', seconds: 0, message: '' },
    ],
    problems: [],
    reward: undefined,
  }

  expect(buildCtrf(report, { start: 1, stop: 2 }, 'pytest')).toMatchInlineSnapshot(`
    {
      "results": {
        "summary": {
          "failed": 1,
          "other": 0,
          "passed": 1,
          "pending": 0,
          "skipped": 1,
          "start": 1,
          "stop": 2,
          "tests": 3,
        },
        "tests": [
          {
            "duration": 123,
            "name": "a",
            "status": "passed",
          },
          {
            "duration": 0,
            "message": "no",
            "name": "b",
            "status": "failed",
          },
          {
            "duration": 0,
            "name": "c",
            "status": "skipped",
          },
        ],
        "tool": {
          "name": "pytest",
        },
      },
    }
  `)
})

test('what was written as CTRF is read again', () => {
  const report: Report = {
    tests: [{ id: 'a', status: 'failed', seconds: 2, message: 'no' }],
    problems: [],
    reward: undefined,
  }

  expect(parseCtrf(JSON.stringify(buildCtrf(report, { start: 0, stop: 0 }, 'x')))).toEqual(report.tests)
})

function testLine(line: object): string {
  return JSON.stringify({ nonce: NONCE, kind: 'test', status: 'passed', seconds: 0.5, message: '', ...line })
}

function endLine(line: { count: number; code?: number }): string {
  return JSON.stringify({ nonce: NONCE, kind: 'end', code: 0, ...line })
}
