import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { PROGRAM } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'

const HOOKS = import.meta.resolve('../support/list-loaded.mjs')
const AGENT = path.resolve(import.meta.dirname, '../../miner-template/python')

/** Which packages of a scope a program of Node loads. */
async function loadedBy(args: readonly string[], scope: string): Promise<string[]> {
  const file = path.join(makeFolder({ loaded: '' }), 'loaded')
  const { exitCode, all } = await execa('node', ['--import', HOOKS, ...args], {
    env: { LOADED_MODULES: file, NO_COLOR: '1' },
    ...{ reject: false, all: true },
  })
  expect(exitCode, all).toBe(0)
  const urls = fs.readFileSync(file, 'utf8').split('\n')
  const names = urls.flatMap(url => /\/node_modules\/(@[^/]+\/[^/]+)\//.exec(url)?.[1] ?? [])
  return [...new Set(names)].filter(name => name.startsWith(scope)).sort()
}

test.each([
  [['--help']],
  [['chain', 'dev', '--help']],
  [['task', 'list', 'task-bank/tasks/python-fixes/parcel-quotes']],
  [['agent', 'inspect', AGENT]],
])('a command that asks no chain loads nothing of its library: %j', async args => {
  expect(await loadedBy([PROGRAM, ...args], '@polkadot')).toEqual([])
})

test('what a program loads is seen', async () => {
  const script = ['--input-type=module', '--eval', "import '@polkadot/util-crypto'"]

  expect(await loadedBy(script, '@polkadot')).toContain('@polkadot/util-crypto')
})

test('help on the chain of development says where its spec comes from', async () => {
  const { stdout } = await execa('node', [PROGRAM, 'chain', 'dev', '--help'])

  expect(stdout.replace(/\s+/g, ' ')).toContain(
    'upstream publishes them in its repository opentensor/subtensor',
  )
})
