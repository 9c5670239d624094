import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '..')
const HOUSES = ['agent-runtime', 'task-bank', 'sandbox', 'validator']

test('each source is named in the README of its folder, or of the folder above', () => {
  expect(listFolders().flatMap(listUnnamed)).toEqual([])
})

test('each link of a README leads to what is there', () => {
  const broken = ['.', 'test', 'miner-template', ...listFolders()].flatMap(folder => {
    const text = readme(folder)
    return [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => path.join(folder, link!))
      .filter(target => !fs.existsSync(path.join(ROOT, target)))
      .map(target => `${folder}/README.md: ${target}`)
  })

  expect(broken).toEqual([])
})

/** Folders with sources, as paths from the root. */
function listFolders(): string[] {
  return HOUSES.flatMap(house => [
    house,
    ...fs
      .readdirSync(path.join(ROOT, house), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
      .filter(folder => !folder.startsWith('task-bank/tasks')),
  ]).filter(folder => sourcesOf(folder).length > 0)
}

function listUnnamed(folder: string): string[] {
  const text = readme(folder) + readme(path.dirname(folder))
  const patterns = [...text.matchAll(/[\w-]+\*[\w.-]*/g)].map(([glob]) => toPattern(glob))
  return sourcesOf(folder)
    .filter(
      name =>
        !text.includes(name) &&
        !text.includes(`\`${path.parse(name).name}\``) &&
        !patterns.some(pattern => pattern.test(name)),
    )
    .map(name => `${folder}/${name}`)
}

function sourcesOf(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder)).filter(name => /\.(ts|mjs|py)$/.test(name))
}

function readme(folder: string): string {
  const file = path.join(ROOT, folder, 'README.md')
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

function toPattern(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
}
