import { expect, test } from 'vitest'
import { loadShown } from '../../../../validator/cli/task/loading.ts'
import { makeFolder } from '../../../support/folder.ts'

test('long loading is told on a pipe from the first second on, every five seconds', () => {
  expect(watch({ tasks: 8, milliseconds: 1500, isTTY: false })).toEqual([
    'reading tasks: 1 of 8, about 11 s left\n',
    'reading tasks: 5 of 8, about 4.5 s left\n',
  ])
})

test('on a terminal it is told in place, and wiped away', () => {
  expect(watch({ tasks: 3, milliseconds: 600, isTTY: true })).toEqual([
    '\r\u001b[Kreading tasks: 2 of 3, about 0.6 s left',
    '\r\u001b[Kreading tasks: 3 of 3, about 0.0 s left',
    '\r\u001b[K',
  ])
})

test('what is over within a second is not talked about', () => {
  expect(watch({ tasks: 9, milliseconds: 100, isTTY: true })).toEqual([])
})

/** Everything that is written while tasks are loaded that take so long each. */
function watch({
  tasks,
  milliseconds,
  isTTY,
}: {
  tasks: number
  milliseconds: number
  isTTY: boolean
}): string[] {
  const files = Array.from({ length: tasks }, (_, index) => [
    [`${index}/task.toml`, `[task]\nname = "org/t${index}"\n`],
    [`${index}/instruction.md`, 'Do it.\n'],
    [`${index}/environment/Dockerfile`, 'FROM arete/base:1\n'],
    [`${index}/tests/test.sh`, 'exit 0\n'],
  ])
  const written: string[] = []
  let clock = 0
  const now = (): number => {
    clock += milliseconds
    return clock
  }
  const stream = { isTTY, write: (text: unknown) => written.push(String(text)) > 0 }

  const folder = makeFolder(Object.fromEntries(files.flat()))
  expect(loadShown([folder], {}, { stream, now })).toHaveLength(tasks)

  return written
}
