import fc from 'fast-check'
import { parseChanges, undo } from '../../task-bank/checks/changes.ts'
import { listCommands, without } from '../../task-bank/checks/commands.ts'
import { findLicence } from '../../task-bank/checks/licence.ts'
import { listMutants, renderMutant } from '../../task-bank/checks/mutants.ts'
import { findGivenNames } from '../../task-bank/checks/names.ts'
import { findSecrets } from '../../task-bank/checks/secrets.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const DIFF = `diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,4 @@
 def f(x, y):
-    if x < y:
+    # The last one counts as well.
+    if x <= y:
         return x
`
const TEXT = 'def f(x, y):\n    # The last one counts as well.\n    if x <= y:\n        return x\n'

const SCRIPT = "cat > a <<'END'\nx\nEND\nif [ -e a ]; then\n  rm a\nfi\nls \\\n  -l\n"

interface ReferenceCase {
  readonly diff: string
  readonly text: string
  readonly limit: number
}

/** Wrong fixes of a reference, whatever diff and text are. */
export const reference = target<ReferenceCase>({
  name: 'reference',
  short: 100,
  cases: fc.record({
    diff: mutated([DIFF], ['@@ -0,0 +1,9999999999 @@', '@@ -1 +0,0 @@', '+++ b/a.py', '\\ No newline']),
    text: fc.oneof(fc.constant(TEXT), mutated([TEXT])),
    limit: fc.nat(6),
  }),
  async check({ diff, text, limit }) {
    const changes = parseChanges(diff)
    for (const change of changes) undo(text, change)
    const texts = new Map([['a.py', text]])

    const { drawn } = await listMutants({ changes, texts, seed: 's', limit })

    must(drawn.length <= limit, 'There are more mutants than may be', drawn.length)
    for (const mutant of drawn) {
      must(texts.has(mutant.file), 'A mutant is of another file', mutant.file)
      renderMutant(mutant, text)
    }
  },
})

/** Texts that are searched for names, secrets and licences. */
export const searched = target<readonly string[]>({
  name: 'searched',
  short: 300,
  cases: fc.array(
    fc.oneof(anyText, mutated([SCRIPT, 'api_key = "q7Zk2Lw9Xb4Tn8Rv3Jm6"', 'https://a:bcdefghi1@b.cc'])),
    { minLength: 3, maxLength: 3 },
  ),
  check([statement = '', added = '', known = '']) {
    const names = findGivenNames({ statement, added, known })
    for (const name of names)
      must(statement.includes(name) && added.includes(name), 'A name is not there', name)
    for (const { line, begins } of findSecrets(added)) {
      must(line >= 1 && line <= added.split('\n').length, 'A line is not there', line)
      must(begins.length <= 7, 'A secret is told', begins)
    }
    let end = 0
    for (const command of listCommands(known)) {
      must(command.first >= end && command.end > command.first, 'Commands overlap', command)
      end = command.end
      without(known, command)
    }
    findLicence(['LICENSE', 'package.json'], file => (file === 'LICENSE' ? statement : added))
  },
})
