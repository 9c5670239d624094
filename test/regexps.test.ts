import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { parse } from '@babel/parser'
import { check } from 'recheck'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Where texts are read that strangers write. Commands that an operator runs on their own files may take their time. */
const READERS = ['sandbox', 'task-bank/logs', 'task-bank/swebench', 'validator']
const OF_THE_OPERATOR = /^validator\/(cli|mining|planting|checks)\//

/** Expressions that cannot be shown to take linear time, by file, and why they do no harm. */
const BOUNDED: readonly { readonly file: string; readonly begins: string; readonly why: string }[] = [
  { file: 'sandbox/budget.ts', begins: '^\\s*(\\d+', why: 'a setting of the operator' },
  { file: 'sandbox/canary.ts', begins: '\\b(?:test|it)', why: "a task's own tests" },
  { file: 'sandbox/gateway/answer.ts', begins: '\\.?0+$', why: 'a number of twelve digits' },
  { file: 'sandbox/hidden.ts', begins: '^\\s*(import\\b', why: "lines of a task's own tests, cut" },
  { file: 'sandbox/javascript-literal.ts', begins: '[+*}]', why: "a pattern of a task's own tests" },
  {
    file: 'sandbox/section-keys.ts',
    begins: '("(?:\\\\[\\s\\S]|[^"\\\\])*"?)|,',
    why: 'looks ahead over blanks that no other start sees',
  },
  { file: 'sandbox/tools.ts', begins: '^\\/usr', why: 'looks ahead over constants' },
  { file: 'validator/store/base-backup.ts', begins: '^(post', why: "names of the database's own files" },
  { file: 'validator/pages/format.ts', begins: '\\B(?=', why: 'the digits of a number' },
  { file: 'validator/pages/markup.ts', begins: '\\x1b(?:', why: 'each part ends before the next escape' },
]

const all = READERS.flatMap(folder => expressionsIn(folder))

test.each(READERS)(
  'no expression in %s takes more than linear time on what it reads',
  async folder => {
    const open = all.filter(one => one.file.startsWith(`${folder}/`) && !BOUNDED.some(fits(one)))

    const slow: string[] = []
    for (const { file, line, pattern, flags } of open) {
      const found = await check(pattern, flags.replace('v', 'u'), {
        checker: 'automaton',
        timeout: 100_000,
      })
      const how = found.status === 'vulnerable' ? found.complexity.summary : found.status
      if (how !== 'safe') slow.push(`${file}:${line} takes ${how} time: /${pattern}/`)
    }

    expect(slow).toEqual([])
    expect(open.length).toBeGreaterThan(10)
  },
  300_000,
)

test.each(BOUNDED)('$file still has the expression that is bounded otherwise', exception => {
  expect(all.filter(one => fits(one)(exception))).toHaveLength(1)
})

interface Expression {
  readonly file: string
  readonly line: number
  readonly pattern: string
  readonly flags: string
}

function fits({ file, pattern }: Expression): (exception: (typeof BOUNDED)[number]) => boolean {
  return exception => exception.file === file && pattern.startsWith(exception.begins)
}

function expressionsIn(folder: string): Expression[] {
  const files = execFileSync('git', ['ls-files', folder], { cwd: ROOT, encoding: 'utf8' }).split('\n')
  return files
    .filter(file => /\.(ts|mjs)$/.test(file) && !OF_THE_OPERATOR.test(file))
    .flatMap(file => {
      const source = fs.readFileSync(path.join(ROOT, file), 'utf8')
      const { tokens } = parse(source, { sourceType: 'module', plugins: ['typescript'], tokens: true })
      return (tokens as Token[])
        .filter(({ type }) => type.label === 'regexp')
        .map(({ value, loc }) => ({ ...value, file, line: loc.start.line }))
    })
}

interface Token {
  readonly type: { readonly label?: string }
  readonly value: { readonly pattern: string; readonly flags: string }
  readonly loc: { readonly start: { readonly line: number } }
}
