import { expect, test } from 'vitest'
import { findExamples } from '../../miner-template/repair/statement.ts'

const PYTHON = new Map([
  [
    'src/plan.py',
    'from datetime import date, timedelta\n\n\ndef plan(day):\n    return day\n\n\nclass PlanError(Exception):\n    pass\n',
  ],
])
const NODE = new Map([['src/plan.ts', 'export function plan(day: number): number {\n  return day\n}\n']])

test('sentences of a statement become programs', () => {
  const statement = 'So `plan(1)` should give `2`.\n\n```\n>>> plan(3)\n4\nplan(5)  # => 6\n```\n'

  const examples = findExamples(statement, PYTHON, { language: 'python', workdir: '/app' })

  expect([...examples.values()]).toEqual([
    'from plan import plan\nassert (plan(3)) == (4)',
    'from plan import plan\nassert (plan(5)) == (6)',
    'from plan import plan\nassert (plan(1)) == (2)',
  ])
})

test('code with what is expected of it becomes a program, with all that it needs', () => {
  const statement =
    '```python\nDAY = date(2022, 5, 14)\nplan(\n    DAY,\n)\n```\n\nExpected: `datetime.date(2022, 5, 15)`\n'

  const examples = findExamples(statement, PYTHON, { language: 'python', workdir: '/app' })

  expect([...examples.values()]).toEqual([
    [
      'from datetime import date',
      'from plan import plan',
      'DAY = date(2022, 5, 14)',
      'import datetime',
      'assert (plan(\n    DAY,\n)) == (datetime.date(2022, 5, 15))',
    ].join('\n'),
  ])
})

test('code that shall fail becomes a program', () => {
  const statement = '```python\nplan(None)\n```\n\nExpected: it raises `PlanError`\n'
  const [program] = findExamples(statement, PYTHON, { language: 'python', workdir: '/app' }).values()

  expect(program).toContain('try:\n    plan(None)\nexcept Exception as error:')
  expect(program).toContain('"PlanError"')
})

test('code in JavaScript becomes a module', () => {
  const statement = '```ts\nconst day = 1;\nplan(day);\n```\n\nExpected: `2`\n'

  const examples = findExamples(statement, NODE, { language: 'node', workdir: '/app' })

  expect([...examples.values()]).toEqual([
    [
      'import { plan } from "/app/src/plan.ts"',
      'const day = 1;',
      "import assert from 'node:assert'",
      'await assert.deepStrictEqual(await (plan(day)), 2)',
    ].join('\n'),
  ])
})
