import fc from 'fast-check'
import { buildCtrf, parseCtrf, parseReport, parseReward, type Report } from '../../sandbox/report.ts'
import { judge } from '../../validator/scoring/verdict.ts'
import { anyJson, anyText, deep, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const FILE = 'test_x.py'

interface LinesCase {
  readonly tests: readonly {
    readonly id: string
    readonly status: 'passed' | 'failed' | 'skipped' | 'error'
  }[]
  readonly moves: readonly {
    readonly kind: 'drop' | 'double' | 'swap' | 'junk' | 'cut'
    readonly at: number
    readonly to: number
    readonly text: string
  }[]
  /** One character of one line, changed afterwards; null for none. */
  readonly edit: { readonly at: number; readonly remove: number; readonly text: string } | null
}

/** Lines that were tampered with on their way by somebody who cannot write one: they never make a test pass, nor a task solved. */
export const reportLines = target<LinesCase>({
  name: 'report-lines',
  short: 1000,
  cases: fc.record({
    tests: fc.uniqueArray(
      fc.record({
        id: fc
          .constantFrom('a', 'b', 'c', 'd', 'test_x.py::test_y', '__proto__', 'ü')
          .map(name => `${FILE}::${name}`),
        status: fc.oneof(
          { weight: 3, arbitrary: fc.constant('passed' as const) },
          { weight: 1, arbitrary: fc.constantFrom('failed', 'skipped', 'error') },
        ),
      }),
      { maxLength: 6, selector: one => one.id },
    ),
    moves: fc.array(
      fc.record({
        kind: fc.constantFrom('drop', 'double', 'swap', 'junk', 'cut'),
        at: fc.nat(8),
        to: fc.nat(8),
        text: anyText,
      }),
      { maxLength: 3 },
    ),
    edit: fc.option(fc.record({ at: fc.nat(1200), remove: fc.nat(1), text: fc.string({ maxLength: 1 }) }), {
      freq: 2,
    }),
  }),
  check({ tests, moves, edit }) {
    const code = tests.every(one => one.status === 'passed' || one.status === 'skipped') ? 0 : 1
    const lines = [
      ...tests.map(({ id, status }) => JSON.stringify({ kind: 'test', id, status, seconds: 0, message: '' })),
      JSON.stringify({ kind: 'end', count: tests.length, code }),
    ]
    const honest = passedOf(textOf(lines), code)
    must(
      honest.length === tests.filter(one => one.status === 'passed').length,
      'An honest report is not believed',
    )
    const moved = textOf(moves.reduce(move, lines))
    must(!isBelieved(moved, code) || isSame(moved, lines), 'Other lines are believed', moved)
    if (edit !== null && moves.length === 0) {
      const text = moved.slice(0, edit.at) + edit.text + moved.slice(edit.at + edit.remove)
      must(passedOf(text, code).length <= honest.length, 'More tests pass than did', text)
    }
    const ids = tests.map(one => one.id)
    if (tests.length > 0 && honest.length < ids.length)
      must(verdictOf(moved, code, ids) !== 'solved', 'A task is solved that was not', moved)
  },
})

const REPORT = `${JSON.stringify({ kind: 'test', id: `${FILE}::a`, status: 'failed', seconds: 1.5, message: 'no' })}\n${JSON.stringify({ kind: 'end', count: 1, code: 1 })}\n`
const CTRF = JSON.stringify({ results: { tests: [{ name: 'a', status: 'passed', duration: 3 }] } })

/** Anything at all in the places where results are read: never an exception, and nothing but finite numbers and plain texts. */
export const reportJunk = target<string>({
  name: 'report-junk',
  short: 500,
  cases: fc.oneof(
    { weight: 6, arbitrary: mutated([REPORT, CTRF, '{"reward": 1}', '1.0', '+.5e3']) },
    { weight: 1, arbitrary: anyText },
    { weight: 1, arbitrary: anyJson.map(value => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '1e999',
        '-1e999',
        '{"reward":1e999}',
        deep(20_000),
        `{"results":{"tests":${deep(5000)}}}`,
        '{"a":'.repeat(9999),
      ),
    },
  ),
  check(text) {
    const report = parse(text, 1)
    must(
      report.tests.every(({ seconds }) => Number.isFinite(seconds) && seconds >= 0),
      'A time is no number',
    )
    const ctrf = JSON.stringify(buildCtrf(report, { start: 0, stop: 1 }, 'pytest'))
    must(parseCtrf(ctrf).length === report.tests.length, 'Our own CTRF cannot be read', ctrf)
    for (const test of parseCtrf(text))
      must(Number.isFinite(test.seconds) && test.id.length <= 1000, 'A test of a CTRF is odd', test)
    for (const files of [
      { json: text, text: undefined },
      { json: undefined, text },
    ]) {
      const { reward, problem } = parseReward(files)
      must((reward === undefined) !== (problem === undefined), 'A reward is neither read nor refused')
      must(reward === undefined || Number.isFinite(reward), 'A reward is no number', reward)
    }
  },
})

function parse(text: string, code: number): Report {
  return parseReport([{ file: FILE, text, ended: { kind: 'exited', code } }])
}

function textOf(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

function isBelieved(text: string, code: number): boolean {
  return parse(text, code).problems.length === 0
}

/** Whether these are the honest lines, tests in any order and the end last. */
function isSame(text: string, honest: readonly string[]): boolean {
  const lines = text.split('\n').filter(Boolean)
  return lines.at(-1) === honest.at(-1) && lines.sort().join() === [...honest].sort().join()
}

function passedOf(text: string, code: number): string[] {
  const { tests, problems } = parse(text, code)
  return problems.length > 0 ? [] : tests.filter(test => test.status === 'passed').map(test => test.id)
}

function verdictOf(text: string, code: number, ids: readonly string[]): string {
  return judge({
    level: 'reported',
    runner: {
      kind: 'pytest',
      tests: { root: '/tests', cwd: '', names: undefined, run: undefined, env: {} },
      expected: { failToPass: ids, passToPass: [], others: [] },
    },
    agent: { kind: 'finished' },
    patch: { kind: 'empty' },
    verify: { ending: { kind: 'reported' }, report: parse(text, code) },
  }).verdict
}

function move(lines: readonly string[], { kind, at, to, text }: LinesCase['moves'][number]): string[] {
  const place = lines.length === 0 ? 0 : at % lines.length
  const other = lines.length === 0 ? 0 : to % lines.length
  const result = [...lines]
  switch (kind) {
    case 'drop':
      return result.filter((_, index) => index !== place)
    case 'double':
      return result.toSpliced(other, 0, ...result.slice(place, place + 1))
    case 'swap':
      return result.map((line, index) =>
        index === place ? lines[other]! : index === other ? lines[place]! : line,
      )
    case 'junk':
      return result.toSpliced(place, 0, text)
    case 'cut':
      return result.slice(0, place)
  }
}
