import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { digestTask, listTaskFiles } from '../../task-bank/digest.ts'
import { makeFolder } from '../support/folder.ts'

const FILES = {
  'task.toml': 'a = 1\n',
  'instruction.md': 'Do it.\n',
  'environment/Dockerfile': 'FROM scratch\n',
  'tests/test.sh': 'exit 0\n',
  'tests/deep/er/data.json': '{}',
  'solution/solve.sh': 'true\n',
}

test('digestTask() is the digest of sorted lines of path and digest of content', () => {
  const folder = makeFolder(FILES)
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const lines = Object.entries(FILES)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, content]) => `${name}\0${sha256(content)}\n`)

  expect(digestTask(folder)).toBe(sha256(lines.join('')))
})

test.each(Object.keys(FILES))('digestTask() changes with a byte of %s', name => {
  const before = digestTask(makeFolder(FILES))
  const after = digestTask(makeFolder({ ...FILES, [name]: `${FILES[name as keyof typeof FILES]} ` }))

  expect(after).not.toBe(before)
})

test('digestTask() changes with a name, and when a file is added or goes', () => {
  const { 'solution/solve.sh': script, ...rest } = FILES
  const digests = [
    FILES,
    rest,
    { ...rest, 'solution/solution.sh': script },
    { ...FILES, 'tests/more.txt': '' },
  ].map(files => digestTask(makeFolder(files)))

  expect(new Set(digests).size).toBe(digests.length)
})

test('digestTask() is not changed by caches and by files that are no part of a task', () => {
  const before = digestTask(makeFolder(FILES))
  const after = digestTask(
    makeFolder({
      ...FILES,
      'tests/__pycache__/test.cpython-313.pyc': 'x',
      'tests/module.pyc': 'x',
      'environment/node_modules/left-pad/index.js': 'x',
      'environment/.git/HEAD': 'x',
      'solution/.DS_Store': 'x',
      'certificate.json': '{}',
      'notes.txt': 'x',
    }),
  )

  expect(after).toBe(before)
})

test('listTaskFiles() lists the parts that are there', () => {
  const folder = makeFolder({ ...FILES, 'README.md': '', 'steps/one/instruction.md': '', 'other/file': '' })
  fs.mkdirSync(path.join(folder, 'environment/empty'))

  expect(listTaskFiles(folder)).toEqual([
    'README.md',
    'environment/Dockerfile',
    'instruction.md',
    'solution/solve.sh',
    'steps/one/instruction.md',
    'task.toml',
    'tests/deep/er/data.json',
    'tests/test.sh',
  ])
})
