import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { loadAgent } from '../../sandbox/agent.ts'
import { makeFolder } from '../support/folder.ts'

const MANIFEST = '{"name":"a","version":"1","language":"typescript","entry":"agent.ts"}'

test('the runtime is imported by name, wherever the agent lies', async () => {
  const folder = makeFolder({
    'a/agent.json': MANIFEST,
    'a/agent.ts': "import { runLoop } from 'arete'\nexport const solve = (c: never) => runLoop(c)\n",
  })

  const agent = await loadAgent(path.join(folder, 'a'))

  expect(agent.kind === 'program' && agent.files.entries.map(entry => entry.path)).toEqual(['agent.mjs'])
})

test.each([
  ['a text beside the folder', "import secret from '../secret.txt'"],
  ['code beside the folder', "import secret from '../secret.ts'"],
  ['a link to a text', "import secret from './link.txt'"],
  ['a file of the machine', "import secret from '/etc/hostname'"],
])('an agent cannot take %s into its bundle', async (_, line) => {
  const folder = makeFolder({
    'secret.txt': 'hidden',
    'secret.ts': 'export default "hidden"',
    'a/agent.json': MANIFEST,
    'a/agent.ts': `${line}\nexport const solve = () => secret\n`,
  })
  fs.symlinkSync('../secret.txt', path.join(folder, 'a/link.txt'))

  await expect(loadAgent(path.join(folder, 'a'))).rejects.toThrow(
    /lies outside the agent's folder|No loader is configured/,
  )
})

test('settings in the agent folder that point outside are not read', async () => {
  const folder = makeFolder({
    'secret.ts': 'export const hidden = 1',
    'a/tsconfig.json': '{"compilerOptions":{"paths":{"secret":["../secret.ts"]}}}',
    'a/agent.json': MANIFEST,
    'a/agent.ts': "import { hidden } from 'secret'\nexport const solve = () => String(hidden)\n",
  })

  await expect(loadAgent(path.join(folder, 'a'))).rejects.toThrow('Could not resolve "secret"')
})

test.each([
  ['{"name":"a"}', /agent.json: version: .*\n.*agent.json: language: .*\n.*agent.json: entry: /],
  ['{', /agent.json: Expected property name/],
  [MANIFEST.replace('agent.ts', '../agent.ts'), /agent.json: entry: a path inside the folder/],
  [MANIFEST.replace('agent.ts', 'other.ts'), /agent.json: entry: there is no file other.ts/],
  [MANIFEST.replace('"a"', '"a b"'), /agent.json: name: up to 64 letters/],
])('a manifest %j is refused with the key', async (manifest, message) => {
  const folder = makeFolder({ 'agent.json': manifest, 'agent.ts': 'export const solve = () => {}\n' })

  await expect(loadAgent(folder)).rejects.toThrow(message)
})

test('an agent of more than 16 MiB is refused with its size', async () => {
  const folder = makeFolder({ 'agent.py': `x = "${'x'.repeat(17 * 2 ** 20)}"` })

  await expect(loadAgent(path.join(folder, 'agent.py'))).rejects.toThrow('bytes, 16777216 may be')
})

test.each([
  {
    what: 'a stranger',
    language: 'command',
    installs: false,
    says: 'only an agent of your own may have them',
  },
  { what: 'a Python agent', language: 'python', installs: true, says: 'only a command may have them' },
])('packages of npm are not installed for $what', async ({ language, installs, says }) => {
  const packages = { 'left-pad': '1.3.0' }
  const manifest = { name: 'a', version: '1', language, entry: 'run', packages }
  const folder = makeFolder({ 'agent.json': JSON.stringify(manifest), run: '#!/bin/sh\n' })

  await expect(loadAgent(folder, { installs })).rejects.toThrow(says)
})

test.each(['*', '^1.0.0', 'latest', 'file:../x', 'git+https://x', '1.0'])(
  'a package needs its exact version, and %j is none',
  async version => {
    const packages = { 'left-pad': version }
    const manifest = { name: 'a', version: '1', language: 'command', entry: 'run', packages }
    const folder = makeFolder({ 'agent.json': JSON.stringify(manifest), run: '' })

    await expect(loadAgent(folder, { installs: true })).rejects.toThrow(
      'agent.json: packages.left-pad: an exact version',
    )
  },
)
