import { expect, test } from 'vitest'
import { parseLines } from './lines.ts'
import { isPaid } from './shared.ts'

test('lines of pytest, TAP and unittest are read, and the last about a test counts', () => {
  const output = [
    'PASSED tests/test_a.py::test_one',
    'FAILED tests/test_a.py::test_two - assert 1 == 2',
    'XFAIL tests/test_a.py::test_three - later',
    'ok 1 - four words are here',
    '    not ok 2 - five # TODO',
    'test_six (tests.test_a.Case.test_six) ... ok',
    'test_seven (tests.test_a.Case.test_seven) ... FAIL',
    'PASSED tests/test_a.py::test_seven',
  ].join('\n')

  expect(Object.fromEntries(parseLines(output))).toEqual({
    test_one: true,
    test_two: false,
    test_three: true,
    'four words are here': true,
    five: false,
    test_six: true,
    test_seven: true,
  })
})

test.each([
  ['reward.txt\n1\n', true],
  ['reward.txt\n0\n', false],
  ['reward.txt\ninf', true],
  ['reward.txt\nnan', false],
  ['reward.json\n{"reward": true}', true],
  ['reward.json\n{"reward": "1"}', true],
  ['reward.json\n{"reward": 0.5}', false],
  ['reward.json\nnot JSON', false],
  ['', false],
])('a naive reader of rewards takes %j for %s', (results, paid) => {
  expect(isPaid(results)).toBe(paid)
})
