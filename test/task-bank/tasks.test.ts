import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { findCertificate, isCertified } from '../../task-bank/certificate.ts'
import { parseChanges } from '../../task-bank/checks/changes.ts'
import { findGivenNames } from '../../task-bank/checks/names.ts'
import { findSecrets } from '../../task-bank/checks/secrets.ts'
import { listTaskFiles } from '../../task-bank/digest.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { findTasks, loadTasks } from '../../task-bank/load.ts'

const BANK = path.resolve(import.meta.dirname, '../../task-bank/tasks')
const folders = findTasks(BANK).map(folder => path.relative(BANK, folder))
const patched = folders.filter(folder => path.dirname(folder) !== 'terminal')
/** Made by `arete task mine` and `arete task synth`; what they tell of an answer is tested there. */
const written = patched.filter(folder => !['history', 'planted'].includes(path.dirname(folder)))

test('the bundled tasks have names of their own', () => {
  const names = loadTasks([BANK], {}).map(task => task.name)

  expect(names).toHaveLength(folders.length)
  expect(new Set(names).size).toBe(names.length)
})

test('the bank is as large and as mixed as it says', () => {
  const count = (...environments: string[]): number =>
    folders.filter(folder => environments.includes(path.dirname(folder))).length

  expect(folders.length).toBeGreaterThanOrEqual(36)
  expect(new Set(folders.map(folder => path.dirname(folder))).size).toBeGreaterThanOrEqual(5)
  expect(count('history')).toBeGreaterThanOrEqual(3)
  expect(count('planted')).toBeGreaterThanOrEqual(3)
  expect(loadTasks([BANK], {}).filter(task => !isCertified(task))).toEqual([])
})

test.each(folders)('%s is judged by test ids of its own', folder => {
  const task = loadHarborTask(path.join(BANK, folder), {})

  expect(task.mode).toBe(patched.includes(folder) ? 'patch' : 'snapshot')
  expect(task.environment).toBe(path.dirname(folder))
  if (task.verifier.runner.kind === 'script') throw new Error('It has no test ids')
  const { failToPass, passToPass } = task.verifier.runner.expected
  const ids = [...failToPass, ...passToPass]
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter(id => !fs.existsSync(path.join(task.folder, 'tests', id.split('::')[0]!)))).toEqual([])
})

test.each(written)('%s does not give its solution away', folder => {
  const { instruction } = loadHarborTask(path.join(BANK, folder), {})
  const { paths, added } = readPatch(folder)
  // What tests call must be named in the statement, and what is in the repository may be.
  const known = ['environment/repository.fi', ...testFiles(folder)].map(name => read(folder, name)).join('\n')
  const files = [...paths, ...paths.map(name => path.basename(name))]

  expect(files.filter(name => instruction.includes(name))).toEqual([])
  expect(findGivenNames({ statement: instruction, added, known })).toEqual([])
})

test.each(folders)('%s holds nothing that looks like a key', folder => {
  const found = listTaskFiles(path.join(BANK, folder)).flatMap(name => findSecrets(read(folder, name)))

  expect(found).toEqual([])
})

test.each(folders)('%s is certified for each of its bytes', folder => {
  expect(findCertificate(loadHarborTask(path.join(BANK, folder), {}))).toMatchObject({ leaks: [] })
})

test.each(patched)('the solution of %s leaves the tests alone', folder => {
  expect(readPatch(folder).paths.filter(name => /(^|\/)tests?\/|(^|\/)test_|\.test\./.test(name))).toEqual([])
})

function readPatch(folder: string): { paths: string[]; added: string } {
  const changes = parseChanges(read(folder, 'solution/fix.patch'))
  return {
    paths: [...new Set(changes.map(change => change.file))],
    added: changes.flatMap(change => change.added).join('\n'),
  }
}

function testFiles(folder: string): string[] {
  return fs.readdirSync(path.join(BANK, folder, 'tests')).map(name => `tests/${name}`)
}

function read(folder: string, name: string): string {
  return fs.readFileSync(path.join(BANK, folder, name), 'utf8')
}

test('tasks that were made out of one repository are a stratum of the draw', () => {
  const made = loadTasks([path.join(BANK, 'history'), path.join(BANK, 'planted')], {})

  expect([...new Set(made.map(task => task.repository))].sort()).toEqual(['cairn', 'seedbed'])
})
