import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { changedTree } from '../../agent-runtime/tree.ts'
import { temporaryFolder } from '../support/surroundings.ts'

test('names count, too: empty files with endless names are more than an answer may hold', () => {
  const root = temporaryFolder()
  const folder = path.join(root, ...Array.from({ length: 14 }, () => '\u0001'.repeat(250)))
  fs.mkdirSync(folder, { recursive: true })
  for (let number = 0; number < 1000; number++) fs.writeFileSync(path.join(folder, String(number)), '')

  const tree = changedTree(root, new Map(), Date.now(), 2 ** 30, 10_000)

  expect(tree.truncated).toBe(true)
  expect(tree.entries.length).toBeGreaterThan(500)
  fs.rmSync(root, { recursive: true })
})
