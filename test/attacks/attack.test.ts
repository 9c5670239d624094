import { expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { GROUPS, loadAttacks } from './attack.ts'
import { WANTED } from './table.ts'

const DECLARATION = {
  what: '"It prints what a successful run prints, and whoever reads lines believes it."',
  target: '"python"',
  naive: '"solved"',
  naive_by: '["lines"]',
  reasons: '["tests-failed"]',
}

test('the suite has enough attacks in every group, and enough that fool a naive verifier', () => {
  const attacks = loadAttacks()

  expect(attacks.length).toBeGreaterThanOrEqual(WANTED.attacks)
  expect(attacks.filter(({ fools }) => (fools ?? []).length > 0).length).toBeGreaterThanOrEqual(
    WANTED.fooling,
  )
  expect(new Set(attacks.map(({ group }) => group))).toEqual(new Set(GROUPS))
})

test('an attack is loaded with its group, its name and what it hands in', () => {
  const root = makeFolder({
    'forging/lines/attack.toml': toml({}),
    'forging/lines/solve.sh': '#!/bin/bash\n',
  })

  expect(loadAttacks(root)).toMatchObject([
    { group: 'forging', name: 'lines', fools: ['lines'], payload: { kind: 'script' } },
  ])
})

test.each([
  ['a reason that would mean success', { reasons: '["tests-passed"]' }, 'reasons.0'],
  ['a target that is not there', { target: '"cobol"' }, 'no such folder in targets/'],
  ['somebody fooled, but nobody named', { naive_by: '[]' }, 'naive_by names who is fooled'],
  ['somebody named, but nobody fooled', { naive: '"unsolved"' }, 'naive_by names who is fooled'],
  ['a key that nobody knows', { expected: '"fail"' }, 'expected'],
])('%s is refused', (_, change, message) => {
  const root = makeFolder({
    'forging/lines/attack.toml': toml(change),
    'forging/lines/solve.sh': '#!/bin/bash\n',
  })

  expect(() => loadAttacks(root)).toThrow(message)
})

test.each([
  ['nothing handed in', {}, 'exactly one of'],
  ['two things handed in', { 'solve.sh': '#!/bin/bash\n', 'patch.diff': '' }, 'exactly one of'],
  ['a script without an interpreter', { 'solve.sh': 'true\n' }, 'must begin with #!/bin/bash'],
])('%s is refused', (_, files, message) => {
  const more = Object.entries(files).map(([name, content]) => [`forging/lines/${name}`, content])
  const root = makeFolder({ 'forging/lines/attack.toml': toml({}), ...Object.fromEntries(more) })

  expect(() => loadAttacks(root)).toThrow(message)
})

test('two attacks of one name are refused, since exports go by the name', () => {
  const one = (group: string) => ({
    [`${group}/lines/attack.toml`]: toml({}),
    [`${group}/lines/patch.diff`]: '',
  })

  expect(() => loadAttacks(makeFolder({ ...one('forging'), ...one('writing') }))).toThrow('two of this name')
})

function toml(change: Readonly<Record<string, string>>): string {
  return Object.entries({ ...DECLARATION, ...change })
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')
}
