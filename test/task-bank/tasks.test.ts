import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isCertified } from '../../task-bank/certificate.ts'
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
  const invented = identifiersOf(added).filter(name => !known.includes(name))

  const given = [...paths, ...paths.map(name => path.basename(name)), ...invented].filter(name =>
    instruction.includes(name),
  )

  expect(given).toEqual([])
})

test.each(patched)('the solution of %s leaves the tests alone', folder => {
  expect(readPatch(folder).paths.filter(name => /(^|\/)tests?\/|(^|\/)test_|\.test\./.test(name))).toEqual([])
})

function readPatch(folder: string): { paths: string[]; added: string } {
  const lines = read(folder, 'solution/fix.patch').split('\n')
  const paths = lines.flatMap(line => /^(?:---|\+\+\+) [ab]\/(.*)$/.exec(line)?.[1] ?? [])
  const added = lines.filter(line => /^\+(?!\+\+ )/.test(line)).map(line => line.slice(1))
  return { paths: [...new Set(paths)], added: added.join('\n') }
}

/** Names that cannot be plain words of a sentence. */
function identifiersOf(source: string): string[] {
  return [...new Set(source.match(/[A-Za-z_]\w*/g))].filter(
    name => name.length > 3 && /[a-z][A-Z]|_/.test(name),
  )
}

function testFiles(folder: string): string[] {
  return fs.readdirSync(path.join(BANK, folder, 'tests')).map(name => `tests/${name}`)
}

function read(folder: string, name: string): string {
  return fs.readFileSync(path.join(BANK, folder, name), 'utf8')
}
