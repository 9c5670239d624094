import { expect, test } from 'vitest'
import { answerOf } from '../../task-bank/history/answer.ts'
import type { FileDiff } from '../../task-bank/history/diff.ts'
import { type Discussion, readDiscussions } from '../../task-bank/history/discussions.ts'
import { mentionsOf, parseMessage } from '../../task-bank/history/message.ts'
import { findMissing } from '../../task-bank/history/missing.ts'
import { writeStatement } from '../../task-bank/history/statement.ts'

const fileDiff = (path: string, added: readonly string[], removed: readonly string[] = []): FileDiff => ({
  path,
  added,
  removed,
  places: 1,
})
const FIX = fileDiff('till/money.py', [
  '    padded_fraction = (rest + "00")[:2]',
  '    return pad_cents(padded_fraction)',
])
const TESTS = fileDiff('tests/test_money.py', ['def test_one_digit():', '    assert parse("3.5") == 350'])
const ANSWER = answerOf([FIX], [TESTS])

function write(message: string, discussions: readonly Discussion[] = []): ReturnType<typeof writeStatement> {
  const byNumber = new Map(discussions.map(one => [one.number, one]))
  return writeStatement(message, { discussions: byNumber, answer: ANSWER, missing: [] })
}

const CLOSING = '\n\nChange the code of this repository accordingly. What worked before must go on working.\n'

test.each([
  [
    'a conventional prefix and a number',
    'fix(money): read amounts with one digit (#12)',
    '# Read amounts with one digit',
  ],
  [
    'trailers and housekeeping',
    'Read amounts with one digit\n\nSigned-off-by: A <a@example.invalid>\nCo-authored-by: B <b@example.invalid>\nCloses #3\n(cherry picked from commit abcdef)',
    '# Read amounts with one digit',
  ],
  [
    'names of the fix',
    'Read amounts with one digit\n\nCustomers paid too little since `padded_fraction` was short.',
    '# Read amounts with one digit\n\nCustomers paid too little since a name was short.',
  ],
  [
    'sentences about files and several names',
    'Read amounts with one digit\n\nCustomers paid too little. See till/money.py for it. pad_cents() takes padded_fraction now.',
    '# Read amounts with one digit\n\nCustomers paid too little.',
  ],
  [
    'the means',
    'Read amounts with one digit by filling the rest up with zeros',
    '# Read amounts with one digit',
  ],
  [
    'code and diffs',
    'Read amounts with one digit\n\nIt was wrong:\n\n    padded = rest\n\n```\nx = 1\n```\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old line here\n+new line here\n\nNow it is right.',
    '# Read amounts with one digit\n\nIt was wrong:\n\nNow it is right.',
  ],
  [
    'lines of the fix that are broken into two',
    'Read amounts with one digit\n\nIt lacked padded_fraction =\n(rest + "00")[:2]. Customers paid too little.',
    '# Read amounts with one digit\n\nCustomers paid too little.',
  ],
  [
    'lines of the fix, however indented',
    'Read amounts with one digit\n\n- padded_fraction = (rest+"00")[:2]\n- customers pay enough',
    '# Read amounts with one digit\n\n- customers pay enough',
  ],
])('a message loses %s', (_, message, text) => {
  expect(write(message)).toEqual({ source: { kind: 'commit-message' }, text: `${text}${CLOSING}` })
})

test('names that the tests use stay', () => {
  expect(write('Let `parse` read amounts with one digit')?.text).toContain('# Let `parse` read amounts')
})

test('a scope that the tests use is told, since the subject would say nothing without it', () => {
  expect(write('fix(parse): prevent wrong small amounts')?.text).toContain(
    '# `parse`: prevent wrong small amounts',
  )
})

test.each([
  'refactor: take amounts apart in one place',
  'Use a regular expression for amounts',
  'chore: tidy amounts and totals',
  'wip',
  'Fix bug',
  'Update tests',
  'fix: typo (#3)\n\nSigned-off-by: A <a@example.invalid>',
])('%j says nothing', message => {
  expect(write(message)).toBeUndefined()
})

const ISSUE: Discussion = {
  kind: 'issue',
  number: 2,
  title: 'I paid 3.05 instead of 3.50',
  body: 'Steps:\n\n```python\nparse("3.5")\n```\n\nIt gives 305.',
}
const PULL: Discussion = {
  kind: 'pull',
  number: 3,
  title: 'Amounts with one digit',
  body: 'Fixes #2.\n\n<!-- a form -->\nUses pad_cents() now.',
}

test('an issue that the message closes is the statement, code and all', () => {
  const found = write('Read amounts with one digit\n\nFixes #2', [ISSUE, PULL])

  expect(found?.source).toEqual({ kind: 'issue', number: 2 })
  expect(found?.text).toContain('parse("3.5")')
})

test('an issue is found through the pull request that closes it', () => {
  expect(write('Read amounts with one digit (#3)', [ISSUE, PULL])?.source).toEqual({
    kind: 'issue',
    number: 2,
  })
})

test('a pull request is written by who knows: it loses the answer', () => {
  const found = write('Read amounts with one digit (#3)', [PULL])

  expect(found).toEqual({
    source: { kind: 'pull', number: 3 },
    text: `# Amounts with one digit\n\nUses a function now.${CLOSING}`,
  })
})

test('an issue that has the fix in it loses that part', () => {
  const body = 'It gives 305.\n\n```python\npadded_fraction = (rest + "00")[:2]\n```\n\nPlease.'
  const found = write('Read amounts\n\nFixes #2', [{ ...ISSUE, body }])

  expect(found?.text).not.toContain('padded_fraction')
  expect(found?.text).toContain('It gives 305.\n\nPlease.')
})

test('numbers are read from words, lists and addresses', () => {
  expect(mentionsOf('Fixes #1, #2 and org/x#3; see gh-4, https://example.invalid/o/r/issues/5 (#6)')).toEqual(
    {
      closes: [1, 2, 3],
      mentions: [1, 2, 3, 4, 5, 6],
    },
  )
  expect(mentionsOf('prefix #7 stays')).toEqual({ closes: [], mentions: [7] })
})

test('the line of a merge is not the subject', () => {
  expect(parseMessage('Merge pull request #9 from a/b\n\nShow debts').subject).toBe('Show debts')
})

test('a name that the text has already is not told again', () => {
  const found = writeStatement('Let amounts have a `currency` and a rounding', {
    discussions: new Map(),
    answer: ANSWER,
    missing: [
      { signature: 'currency', file: 'till/money.py' },
      { signature: 'show(cents, currency)', file: 'till/money.py' },
    ],
  })

  expect(found?.text.match(/^- .*/gm)).toEqual(['- `show(cents, currency)` in `till/money.py`'])
})

test('what tests use and nobody could guess is told with its signature and file', () => {
  const reference = [
    fileDiff('till/slip.py', [
      'def slip(cart, number, width=24):',
      '    total = show(cart.total())',
      'class Printer:',
    ]),
    fileDiff('src/free.ts', [
      'export function firstFree(taken: Slot[], start: number): number {',
      '  helper(start)',
    ]),
    fileDiff('till/cart.py', ['    def add(self, name, *, quantity=1):']),
  ]
  const tests = [
    fileDiff('t', ['slip(cart, 1, width=10)', 'firstFree([], 1)', 'cart.add("x", quantity=2)', 'show(1)']),
  ]

  const found = findMissing(reference, tests, word => ['show', 'add', 'cart', 'total'].includes(word))

  expect(found).toEqual([
    { file: 'till/slip.py', signature: 'slip(cart, number, width=24)' },
    { file: 'src/free.ts', signature: 'firstFree(taken: Slot[], start: number): number' },
    { file: 'till/cart.py', signature: 'add(name, *, quantity=1)' },
  ])
})

test('issues and pull requests are read as a list and line by line', () => {
  const rows = [
    { number: 1, title: 'a', body: null },
    { number: 2, title: 'b', body: 'c', pull_request: {} },
  ]
  const expected = new Map<number, Discussion>([
    [1, { kind: 'issue', number: 1, title: 'a', body: '' }],
    [2, { kind: 'pull', number: 2, title: 'b', body: 'c' }],
  ])

  expect(readDiscussions(JSON.stringify(rows))).toEqual({ discussions: expected })
  expect(readDiscussions(rows.map(row => JSON.stringify(row)).join('\n'))).toEqual({ discussions: expected })
})

test('a mistake in them names its place', () => {
  expect(readDiscussions('{"number": 1, "title": "a"}\n{"number": "x", "title": "a"}\n{')).toEqual({
    mistakes: [expect.stringMatching(/^line 2: number: /), expect.stringMatching(/^line 3: /)],
  })
  expect(readDiscussions('[{"number": 1}]')).toEqual({
    mistakes: [expect.stringMatching(/^entry 1: title: /)],
  })
})
