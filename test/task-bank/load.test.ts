import path from 'node:path'
import { expect, test } from 'vitest'
import { findTasks, loadTasks } from '../../task-bank/load.ts'
import { makeFolder } from '../support/folder.ts'

test('loadTasks() sorts by environment and name and loads no folder twice', () => {
  const folder = makeFolder({
    ...task('b/two', 'org/two'),
    ...task('a/one', 'org/one'),
    ...task('c/x', 'apex/zero'),
  })

  const tasks = loadTasks([folder, path.join(folder, 'b'), path.join(folder, 'b/two/')], {})

  expect(tasks.map(one => `${one.environment} ${one.name}`)).toEqual([
    'apex apex/zero',
    'org org/one',
    'org org/two',
  ])
})

test('findTasks() looks three levels down and no further', () => {
  const folder = makeFolder({ ...task('1/2/3', 'a/near'), ...task('1/2/other/4', 'a/far') })

  expect(findTasks(folder)).toEqual([path.join(folder, '1/2/3')])
})

test('findTasks() looks neither into a task nor into hidden folders and installed packages', () => {
  const folder = makeFolder({
    ...task('one', 'a/one'),
    ...task('one/tests/inner', 'a/inner'),
    ...task('.hidden', 'a/hidden'),
    ...task('node_modules/package', 'a/package'),
  })

  expect(findTasks(folder)).toEqual([path.join(folder, 'one')])
})

test('findTasks() takes a task folder itself', () => {
  const folder = makeFolder(task('one', 'a/one'))

  expect(findTasks(path.join(folder, 'one'))).toEqual([path.join(folder, 'one')])
})

test('findTasks() says that a folder is missing or holds no task', () => {
  const folder = makeFolder({ 'README.md': 'nothing here' })

  expect(() => findTasks(path.join(folder, 'nowhere'))).toThrow('there is no such folder')
  expect(() => findTasks(folder)).toThrow('no task.toml in it or in folders up to 3 levels below')
})

test('loadTasks() names the task that cannot be used', () => {
  const folder = makeFolder({ ...task('good', 'a/good'), 'bad/task.toml': 'nonsense' })

  expect(() => loadTasks([folder], {})).toThrow(/Cannot use the task in .*\/bad:\n {2}task\.toml: line 1/)
})

function task(folder: string, name: string): Record<string, string> {
  return {
    [`${folder}/task.toml`]: `[task]\nname = "${name}"\n`,
    [`${folder}/instruction.md`]: 'Do it.\n',
    [`${folder}/environment/Dockerfile`]: 'FROM arete/base:1\n',
    [`${folder}/tests/test.sh`]: 'exit 0\n',
  }
}
