import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { makeFolder } from '../support/folder.ts'
import { loadAttacks } from './attack.ts'
import { exportToHarbor } from './export-harbor.ts'

test('each attack that a shell can carry out becomes a Harbor task of its own', () => {
  const attacks = loadAttacks().filter(({ payload }) => payload.kind !== 'agent')

  const folders = exportToHarbor(attacks, makeFolder({}))

  const tasks = folders.map(folder => loadHarborTask(folder, {}))
  expect(new Set(tasks.map(task => task.name))).toEqual(new Set(attacks.map(({ name }) => `attacks/${name}`)))
})

test('the reference solution of an exported task is the attack', () => {
  const attack = loadAttacks().find(({ name }) => name === 'conftest-hook')!

  const [folder] = exportToHarbor([attack], makeFolder({}))

  const solution = fs.readFileSync(path.join(folder!, 'solution/solve.sh'), 'utf8')
  expect(solution).toContain('pytest_runtest_makereport')
  expect(fs.readdirSync(folder!).sort()).toEqual([
    'environment',
    'instruction.md',
    'solution',
    'task.toml',
    'tests',
  ])
})
