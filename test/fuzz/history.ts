import fc from 'fast-check'
import { answerOf, tellsLine } from '../../task-bank/history/answer.ts'
import { type Change, type Commit, isPlainPath, readCommits } from '../../task-bank/history/commits.ts'
import { readDiff } from '../../task-bank/history/diff.ts'
import { readDiscussions } from '../../task-bank/history/discussions.ts'
import { readJournal } from '../../task-bank/history/journal.ts'
import { findLicence } from '../../task-bank/history/licence.ts'
import { mentionsOf, parseMessage } from '../../task-bank/history/message.ts'
import { findMissing } from '../../task-bank/history/missing.ts'
import { nodeNeeds, pythonNeeds, withoutAddresses } from '../../task-bank/history/packages.ts'
import { readRecipe } from '../../task-bank/history/recipe.ts'
import { roleOf } from '../../task-bank/history/roles.ts'
import { writeStatement } from '../../task-bank/history/statement.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const id = fc.stringMatching(/^[0-9a-f]{40}$/)
const version = fc.option(fc.record({ mode: fc.constantFrom('100644', '100755', '120000', '160000'), id }), {
  nil: undefined,
})
const line = anyText.map(text => Buffer.from(text.replaceAll('\0', '')).toString())

/** What git prints is read as it was meant, whatever a stranger put into messages and names. */
export const historyLog = target<Commit[]>({
  name: 'history-log',
  short: 150,
  cases: fc.array(
    fc.record({
      id,
      parents: fc.array(id, { maxLength: 2 }),
      time: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      message: line.filter(text => !text.startsWith('\ufeff')),
      changes: fc.array(
        fc.record({
          path: line.filter(text => text !== '' && !text.startsWith('\ufeff')),
          before: version,
          after: version,
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
  check(commits) {
    const read = readCommits(Buffer.from(commits.map(print).join('')))
    must(JSON.stringify(read) === JSON.stringify(commits), 'Read as it was written', commits, read)
    for (const { changes } of commits) {
      for (const { path } of changes) {
        roleOf(path, { tests: none, source: none, visible: none, told: none })
        must(
          !isPlainPath(path) || !/(^|\/)(\.\.?|\.git)(\/|$)|^\/|\\|[\0-\x1f]/i.test(path),
          'A plain path leads nowhere else',
          path,
        )
      }
    }
  },
})

const none = (): boolean => false

function print({ id: commit, parents, time, message, changes }: Commit): string {
  const changed = changes.map((change, index) => `${index === 0 ? '\n' : ''}${printChange(change)}`)
  return `${commit}\0${parents.join(' ')}\0${time}\0${message}\0\0${changed.join('')}`
}

function printChange({ path, before, after }: Change): string {
  const absent = { mode: '000000', id: '0'.repeat(40) }
  const [from, to] = [before ?? absent, after ?? absent]
  return `:${from.mode} ${to.mode} ${from.id} ${to.id} M\0${path}\0`
}

const SEEDS = [
  'fix(a): Read amounts (#3)\n\nFixes #1, #2 and org/x#3\n\n    code = 1\n\n```\ndiff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n```\nSigned-off-by: A <a@example.invalid>',
  'diff --git a/till/money.py b/till/money.py\n--- a/till/money.py\n+++ b/till/money.py\n@@ -1,2 +1,2 @@ def f\n-a = 1\n-b\n+padded_fraction = rest[:2]\n+def parse(text, strict=False):\n',
  '[{"number": 1, "title": "a", "body": "b", "pull_request": {}}]',
  '{"number": 1, "title": "a", "body": null}\n{"number": 2, "title": "b"}',
  'attrs>=22,<24 ; python_version > "3"\n-r more.txt\nsix==1.16.0 --hash=sha256:00\nx[y,z] ~= 1!2.0\n',
  '[project]\ndependencies = ["idna", "x>=1"]\n[dependency-groups]\ntests = ["pytest"]\n',
  '{"dependencies": {"a": "^1"}, "devDependencies": {"b": "file:../x"}}',
  '{"packages": {"": {}, "node_modules/a": {"resolved": "http://x", "integrity": "y"}}}',
  'runner = "pytest"\ntests = ["a/**"]\ndependencies = ["a.txt"]\n[env]\nA = "b"\n',
  '{"commit":"a","settings":"s","outcome":{"kind":"dropped","reason":"leak","detail":""},"seconds":1}\n',
]
const TOKENS = [
  '`padded_fraction`',
  'padded_fraction = rest[:2]',
  'till/money.py',
  ' by adding ',
  '#1',
  '    ',
  ' '.repeat(5000),
  '-'.repeat(5000),
  '#1,'.repeat(500),
  '!'.repeat(2000),
  'a.'.repeat(2000),
]

/** Nothing that a stranger wrote crashes or hangs a reader, and no statement has a line of the answer in it. */
export const historyTexts = target<{ text: string; other: string }>({
  name: 'history-texts',
  short: 150,
  cases: fc.record({ text: mutated(SEEDS, TOKENS), other: mutated(SEEDS, TOKENS) }),
  check({ text, other }) {
    parseMessage(text)
    mentionsOf(text)
    readRecipe(text)
    readJournal(text, 's')
    findLicence(
      new Map([
        ['LICENSE', text],
        ['package.json', text],
      ]),
    )
    pythonNeeds(() => text)
    nodeNeeds(text, () => true)
    withoutAddresses(text)
    const read = readDiscussions(other)
    const diff = readDiff(other)
    const answer = answerOf(diff, [])
    findMissing(diff, readDiff(text), none)
    const discussions = 'discussions' in read ? read.discussions : new Map()
    const statement = writeStatement(text, { discussions, answer, missing: [] })
    must(
      statement === undefined || !tellsLine(statement.text, answer),
      'A statement tells no line of the answer',
      statement,
    )
  },
})
