import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { REFUSALS, statusOf } from '../../../validator/intake/reason.ts'

const VALIDATOR = path.resolve(import.meta.dirname, '../../../validator')

test('every refusal is explained in the README as the code has it, and no other', () => {
  const text = fs.readFileSync(path.join(VALIDATOR, 'intake/README.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| [^|]+ \| ([^|]+) \|$/gm)]

  expect(rows.map(([, code, status, cure]) => ({ code, status: Number(status), cure }))).toEqual(
    Object.entries(REFUSALS).map(([code, { status, cure }]) => ({ code, status, cure })),
  )
})

test('every refusal is used somewhere', () => {
  const sources = fs
    .readdirSync(VALIDATOR, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('intake/reason.ts'))
    .map(name => fs.readFileSync(path.join(VALIDATOR, name), 'utf8'))
    .join('\n')
    .concat(
      fs.readFileSync(path.join(VALIDATOR, 'intake/reason.ts'), 'utf8').split('export type RefusalCode')[1]!,
    )
  const unused = Object.keys(REFUSALS).filter(code => !sources.includes(`'${code}'`))

  expect(unused).toEqual([])
})

test('the first reason decides on the status', () => {
  const paused = { code: 'paused', message: 'x' } as const

  expect(statusOf([paused, { code: 'form', message: 'y' }])).toBe(503)
})
