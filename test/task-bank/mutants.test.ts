import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChanges, undo } from '../../task-bank/checks/changes.ts'
import { listCommands, without } from '../../task-bank/checks/commands.ts'
import { listMutants, renderMutant } from '../../task-bank/checks/mutants.ts'
import { makeFolder } from '../support/folder.ts'

const BEFORE = `LIMIT = 10


def fits(weight, limit=LIMIT):
    if weight < limit:
        return True
    return False


def price(weight):
    if weight < 3:
        return 4
    return 9
`
const AFTER = BEFORE.replace('weight < limit', 'weight <= limit')
  .replace('weight < 3', 'weight <= 3')
  .replace('LIMIT = 10', '# What a parcel may weigh.\nLIMIT = 10')

test('parseChanges() gives each change of a diff by itself', () => {
  expect(parseChanges(diffOf({ 'a.py': BEFORE }, { 'a.py': AFTER, 'b/new.py': 'x = 1\n' }))).toEqual([
    { file: 'a.py', line: 1, removed: [], added: ['# What a parcel may weigh.'] },
    { file: 'a.py', line: 6, removed: ['    if weight < limit:'], added: ['    if weight <= limit:'] },
    { file: 'a.py', line: 12, removed: ['    if weight < 3:'], added: ['    if weight <= 3:'] },
    { file: 'b/new.py', line: 1, removed: [], added: ['x = 1'] },
  ])
})

test('whatever lines change, all changes taken back are the text as it was', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', '-- c', '++ d', '@@ -1 +1 @@', 'diff --git a/x b/x', ''), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      const [before, after] = [one, other].map(all => all.map(line => `${line}\n`).join(''))
      const changes = parseChanges(diffOf({ f: before! }, { f: after! }))

      const back = changes.toReversed().reduce((text, change) => undo(text, change), after!)

      expect(back).toBe(before)
    }),
    { numRuns: 40 },
  )
})

test('mutants are mistakes in lines of the reference and its parts left out', async () => {
  const { drawn, possible } = await mutantsOf(100)

  expect(possible).toBe(drawn.length)
  const parts = drawn.filter(({ kind }) => kind === 'part').map(({ line }) => line)
  expect(parts.toSorted((one, other) => one - other)).toEqual([6, 12])
  const faults = drawn.filter(({ kind }) => kind === 'fault')
  expect(faults.length).toBeGreaterThanOrEqual(2)
  expect(faults.filter(({ line }) => line !== 6 && line !== 12)).toEqual([])
  expect(new Set(drawn.map(({ text }) => text)).size).toBeGreaterThanOrEqual(faults.length)
})

test('a draw has as many as may be, and is the same for the same seed', async () => {
  const one = await mutantsOf(3)
  const again = await mutantsOf(3)
  const seeds = await Promise.all(['a', 'b', 'c', 'd'].map(seed => mutantsOf(3, seed)))

  expect(one.drawn).toHaveLength(3)
  expect(again).toEqual(one)
  expect(new Set(seeds.map(({ drawn }) => JSON.stringify(drawn))).size).toBeGreaterThan(1)
})

test('a reference in a language that is not known has only parts', async () => {
  const diff = diffOf({ 'a.txt': 'a\nb\nc\n' }, { 'a.txt': 'A\nb\nC\n' })
  const texts = new Map([['a.txt', 'A\nb\nC\n']])

  const { drawn } = await listMutants({ changes: parseChanges(diff), texts, seed: '', limit: 9 })

  expect(drawn.map(({ text }) => text).toSorted()).toEqual(['A\nb\nc\n', 'a\nb\nC\n'])
})

test('renderMutant() shows the lines that differ', () => {
  const text = AFTER.replace('weight <= 3', 'weight == 3')

  expect(renderMutant({ file: 'a.py', text }, AFTER)).toBe(
    'a.py:12\n-    if weight <= 3:\n+    if weight == 3:',
  )
})

function mutantsOf(limit: number, seed = 'seed') {
  const diff = diffOf({ 'a.py': BEFORE }, { 'a.py': AFTER })
  return listMutants({ changes: parseChanges(diff), texts: new Map([['a.py', AFTER]]), seed, limit })
}

/** As git writes it. */
function diffOf(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const folder = makeFolder(before)
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'core.autocrlf=false', ...args], { cwd: folder, encoding: 'utf8' })
  git('init', '-q')
  git('add', '-A', '.')
  for (const [name, text] of Object.entries(after)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), text)
  }
  git('add', '-AN', '.')
  return git('diff')
}

const SCRIPT = `#!/bin/bash
set -e
cd /app
# The list.
cat > list.txt <<'END'
one

two
END
sort list.txt \\
  > sorted.txt
if [ -e x ]; then
  rm x
  rm y
fi
for name in a b; do
  touch "$name"
done
LIMIT=3
chmod 600 list.txt
`

test('listCommands() takes a script apart, what belongs together left together', () => {
  const lines = SCRIPT.split('\n')

  expect(listCommands(SCRIPT).map(({ first, end }) => lines.slice(first, end).join('\n'))).toEqual([
    "cat > list.txt <<'END'\none\n\ntwo\nEND",
    'sort list.txt \\\n  > sorted.txt',
    'if [ -e x ]; then\n  rm x\n  rm y\nfi',
    'for name in a b; do\n  touch "$name"\ndone',
    'chmod 600 list.txt',
  ])
  expect(without(SCRIPT, listCommands(SCRIPT)[4]!)).toBe(SCRIPT.replace('chmod 600 list.txt\n', ''))
})
