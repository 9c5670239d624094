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

test('a line of counts without end tells of no test', () => {
  const log = `${START}\nTests: ${'1 a, '.repeat(4 * MEGABYTE)}\n${END}\n`

  expect(readLog(log, 'jest')).toEqual({ kind: 'unusable', reason: 'the log tells of no test' })
})
