import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  buildCtrf,
  parseCtrf,
  parseReport,
  parseReward,
  type Report,
  splitRuns,
} from '../../sandbox/report.ts'

const FILE = 'test_a.py'
const PASSED = testLine({ id: 'test_a.py::a' })
const FAILED = testLine({ id: 'test_a.py::b', status: 'failed', message: 'no' })

test('a report with an end, the announced count and the real exit code has no problem', () => {
  const report = parse(`${PASSED}\n${FAILED}\n${endLine({ count: 2, code: 1 })}\n`, 1)

  expect(report).toEqual({
    tests: [
      { id: 'test_a.py::a', status: 'passed', seconds: 0.5, message: '' },
      { id: 'test_a.py::b', status: 'failed', seconds: 0.5, message: 'no' },
    ],
    observations: [],
    through: [FILE],
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
    problem: { kind: 'doubled', id: 'test_a.py::a' },
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
    problem: { kind: 'exit', announced: 1, real: 'exit code 0' },
  },
  {
    what: 'a test of another file',
    lines: [PASSED, testLine({ id: 'test_b.py::a' }), endLine({ count: 1 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a test whose file only begins alike',
    lines: [PASSED, testLine({ id: 'test_a.pyx::a' }), endLine({ count: 1 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'an observation that is no value',
    lines: [observedLine(['int', 'many']), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a line that is not JSON',
    lines: ['2 passed', PASSED, endLine({ count: 1 })],
    problem: { kind: 'malformed', line: '2 passed' },
  },
  {
    what: 'a status that does not exist',
    lines: [testLine({ id: FILE, status: 'PASSED' }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a key too many',
    lines: [testLine({ id: FILE, extra: 1 }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a test without a name',
    lines: [testLine({ id: '' }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a negative time',
    lines: [testLine({ id: FILE, seconds: -1 }), endLine({ count: 0 })],
    problem: { kind: 'malformed' },
  },
  {
    what: 'a line that was cut, and others after it',
    lines: [PASSED.slice(0, -1), endLine({ count: 1 })],
    problem: { kind: 'malformed' },
  },
])('a report with $what says so', ({ lines, problem }) => {
  const report = parse(lines.map(line => `${line}\n`).join(''), 0)

  expect(report.problems).toContainEqual(expect.objectContaining(problem))
})

test('of a strange line only the beginning is kept', () => {
  const { problems } = parse(`${'x'.repeat(10_000)}\n`, 0)

  expect(problems[0]).toEqual({ kind: 'malformed', file: FILE, line: 'x'.repeat(200) })
})

test('a last line that was cut is no strange one: its process was ended in the middle of it', () => {
  const { tests, problems } = parse(`${PASSED}\n${FAILED.slice(0, 20)}`, 0)

  expect(tests).toHaveLength(1)
  expect(problems).toEqual([{ kind: 'no-end', file: FILE, how: 'exit code 0' }])
})

test('lines without end are not all read', () => {
  const lines = Array.from({ length: 160_000 }, (_, id) => `${testLine({ id: `${FILE}::${id}` })}\n`)

  const { tests, problems } = parse(lines.join(''), 0)

  expect(tests).toHaveLength(150_000)
  expect(problems).toEqual([{ kind: 'no-end', file: FILE, how: 'exit code 0' }])
})

test('what a test observes is kept in order, beside the results', () => {
  const lines = [observedLine(['int', '1']), observedLine(['str', 'x']), PASSED, endLine({ count: 1 })]

  const { observations, problems } = parse(lines.map(line => `${line}\n`).join(''), 0)

  expect(problems).toEqual([])
  expect(observations.map(({ value }) => value)).toEqual([
    ['int', '1'],
    ['str', 'x'],
  ])
})

test('each file speaks for itself: the end of one is not the end of another', () => {
  const report = parseReport([
    { file: FILE, text: `${PASSED}\n${endLine({ count: 1 })}\n`, ended: { kind: 'exited', code: 0 } },
    { file: 'test_b.py', text: '', ended: { kind: 'signalled', signal: 'SIGKILL' } },
  ])

  expect(report.through).toEqual([FILE])
  expect(report.problems).toEqual([{ kind: 'no-end', file: 'test_b.py', how: 'SIGKILL' }])
})

test('the stream of a runner of several files is taken apart by the lengths that it gives', () => {
  const said = `${PASSED}\n${JSON.stringify({ file: 'test_b.py', code: 0, bytes: 0 })}\n`
  const stream = [
    `${JSON.stringify({ file: FILE, code: 1, bytes: Buffer.byteLength(said) })}\n${said}`,
    `${JSON.stringify({ file: 'ä.py', signal: 9, bytes: 2 })}\n{}`,
  ]

  expect(splitRuns(Buffer.from(stream.join('')))).toEqual([
    { file: FILE, text: said, ended: { kind: 'exited', code: 1 } },
    { file: 'ä.py', text: '{}', ended: { kind: 'signalled', signal: 'SIGKILL' } },
  ])
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
        expect(parse(text, 0).problems).not.toEqual([])
      },
    ),
  )
})

test('a report comes through with whatever names and messages it has', () => {
  const tests = fc.uniqueArray(
    fc.record({
      id: fc.string({ maxLength: 900 }).map(name => `${FILE}::${name}`),
      message: fc.string(),
      status: fc.constantFrom('passed', 'failed', 'skipped', 'error'),
    }),
    { selector: one => one.id },
  )

  fc.assert(
    fc.property(tests, fc.nat(255), (results, code) => {
      const text = [...results.map(testLine), endLine({ count: results.length, code }), ''].join('\n')

      const report = parse(text, code)

      expect(report.problems).toEqual([])
      expect(report.tests).toEqual(results.map(one => ({ ...one, seconds: 0.5 })))
    }),
  )
})

test('a report that lacks any one line is not believed', () => {
  const lines = [PASSED, FAILED, testLine({ id: `${FILE}::c` }), endLine({ count: 3 })]

  for (const line of lines) {
    const text = lines.filter(one => one !== line).map(one => `${one}\n`)

    expect(parse(text.join(''), 0).problems).not.toEqual([])
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

test('two hundred thousand runs, as code under test may send them, are no report', () => {
  const header = `${JSON.stringify({ file: 'test_a.py', code: 0, bytes: 0 })}\n`

  const report = parseReport(splitRuns(Buffer.from(header.repeat(200_000))))

  expect(report.tests).toEqual([])
  expect(report.problems[0]).toMatchObject({ kind: 'no-end', file: 'test_a.py' })
})

test('eight million digits that are no number are refused at once', () => {
  expect(parseReward({ json: undefined, text: `${'1'.repeat(2 ** 23)}x` }).reward).toBeUndefined()
})

test('reward.json comes before reward.txt, right or wrong', () => {
  expect(parseReward({ json: '{"reward": 0.25, "speed": 3}', text: '1' })).toEqual({
    reward: 0.25,
    rewards: { reward: 0.25, speed: 3 },
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
])('reward.json with %s is refused', json => {
  expect(parseReward({ json, text: undefined })).toEqual({
    reward: undefined,
    problem: 'reward.json is not an object of numbers',
  })
})

test('of rewards without the usual name the least counts', () => {
  expect(parseReward({ json: '{"speed": 3, "form": 0.5}', text: undefined })).toEqual({
    reward: 0.5,
    rewards: { speed: 3, form: 0.5 },
    problem: undefined,
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
    observations: [],
    through: [],
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
    observations: [],
    through: [],
    problems: [],
    reward: undefined,
  }

  expect(parseCtrf(JSON.stringify(buildCtrf(report, { start: 0, stop: 0 }, 'x')))).toEqual(report.tests)
})

function parse(text: string, code: number): Report {
  return parseReport([{ file: FILE, text, ended: { kind: 'exited', code } }])
}

function testLine(line: object): string {
  return JSON.stringify({ kind: 'test', status: 'passed', seconds: 0.5, message: '', ...line })
}

function observedLine(value: unknown): string {
  return JSON.stringify({ kind: 'observed', id: `${FILE}::a`, site: `${FILE}:1:1`, value })
}

function endLine(line: { count: number; code?: number }): string {
  return JSON.stringify({ kind: 'end', code: 0, ...line })
}

test('whatever a stream of several files holds, it is taken apart without a throw and without more bytes than came', () => {
  const header = fc.record({
    file: fc.string(),
    code: fc.integer(),
    bytes: fc.oneof(fc.nat(50), fc.maxSafeNat()),
  })
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
    header.map(one => Buffer.from(`${JSON.stringify(one)}\n`)),
  )

  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const stream = Buffer.concat(pieces)
      const runs = splitRuns(stream)

      expect(runs.length).toBeLessThanOrEqual(stream.length)
      for (const { text } of runs) expect(text.length).toBeLessThanOrEqual(stream.length)
      expect(() => parseReport(runs)).not.toThrow()
    }),
  )
})
