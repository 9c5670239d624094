import { expect, test } from 'vitest'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { commandsOf } from '../../sandbox/test-commands.ts'

test.each(['node', 'vitest'])('%s compiles nothing beside the tests, or it might never end', kind => {
  const tests = { cwd: '.', env: { NODE_OPTIONS: '--max-old-space-size=64' } }
  const prepared = { workdir: '/app', task: { verifier: { runner: { kind, tests } } } }
  const suite = { root: '/tests', order: ['a.test.ts'] }

  const [command] = commandsOf(prepared as unknown as PreparedTask, suite)

  expect(command!.argv.slice(0, 4)).toEqual([
    '/usr/bin/env',
    'node',
    '--no-concurrent-recompilation',
    '--no-concurrent-sparkplug',
  ])
  expect(command!.env).toMatchObject({ NODE_OPTIONS: '' })
})
