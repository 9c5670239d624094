import { describe, expect, test } from 'vitest'
import { findParser, listParsers } from '../../../task-bank/logs/parsers.ts'
import { END, readLog, START } from '../../../task-bank/swebench/log.ts'

const MEGABYTE = 2 ** 20
const parsers = [...new Map(listParsers().map(name => [findParser(name)!, name])).values()]

/** What takes a linear reader less than a second, and one that goes back for each character or line hours. */
const LOGS: Readonly<Record<string, string>> = {
  'empty lines': '\n'.repeat(MEGABYTE),
  'half ends of lines': '\r'.repeat(MEGABYTE),
  'one line': 'a. = '.repeat(MEGABYTE),
  'a colour without end': `\u001b[${'0'.repeat(8 * MEGABYTE)}`,
}

describe.each(parsers)('%s', parser => {
  test.each(Object.keys(LOGS))('reads a megabyte of %s', what => {
    expect(findParser(parser)!(LOGS[what]!).size).toBeLessThan(100)
  })
})

const LONG = 'x'.repeat(19_000)
const nested = Array.from({ length: 100 }, (_, depth) => ' '.repeat(depth + 1) + LONG).join('\n')
const told = (line: string): string => `${line}\n`.repeat(20_000)

test.each([
  ['mocha', `${nested}\n${told(`${' '.repeat(101)}✓ a`)}`],
  ['calypso', `${nested}\n${told(`${' '.repeat(101)}✓ a`)}`],
  ['karma', `Starting browser\n${nested}\n${told(`${' '.repeat(101)}✔ a`)}`],
  ['phpunit', `${LONG} (C)\n${told('✔ a')}`],
  ['doctest', `<TestCase name="${'x'.repeat(3900)}">${told('<SubCase name="a"/>')}`],
])('%s tells nothing if ids would take more than the log', (parser, log) => {
  expect(findParser(parser)!(log).size).toBe(0)
})

test('half a million tests that wait for their results get them', () => {
  const log = `${'mvn test -Dtest=A\n'.repeat(500_000)}${'BUILD FAILURE\n'.repeat(499_999)}BUILD SUCCESS\n`

  expect([...findParser('maven')!(log)]).toEqual([['A', 'PASSED']])
})

test('a log of more lines than any suite prints is not read in part', () => {
  const log = `${START}\nPASSED a.py::b\n${'\n'.repeat(2 ** 21)}FAILED a.py::b\n${END}\n`

  expect(readLog(log, 'pytest')).toEqual({
    kind: 'unusable',
    reason: 'the log has more than 2000000 lines',
  })
})

test('a line of counts without end tells of no test', () => {
  const log = `${START}\nTests: ${'1 a, '.repeat(4 * MEGABYTE)}\n${END}\n`

  expect(readLog(log, 'jest')).toEqual({ kind: 'unusable', reason: 'the log tells of no test' })
})
