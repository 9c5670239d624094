import { expect, test } from 'vitest'
import { findIsolation } from '../../validator/cli/machine/isolation.ts'

const USUAL: Parameters<typeof findIsolation>[0] = {
  filter: 'ours',
  remapsUsers: false,
  runc: '1.3.3',
  runtime: undefined,
  runtimes: ['runc'],
}

test('a usual engine is good enough, and what would make the wall thicker is said word for word', () => {
  expect(
    findIsolation(USUAL).map(({ what, state, detail }) => `${state} ${what}: ${detail}`),
  ).toMatchInlineSnapshot(`
    [
      "ok system calls: filtered by our own list",
      "warn user namespaces: off: root in a sandbox has the number of root on the host, held by filters alone. For agents that you do not trust write "userns-remap": "default" into /etc/docker/daemon.json, restart the engine ("sudo systemctl restart docker"), and type "npx arete setup"",
      "ok gVisor: off: for a kernel of its own under each sandbox install runsc ("sudo apt-get install runsc"), write "runtimes": {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--network=none"]}} into /etc/docker/daemon.json, restart the engine ("sudo systemctl restart docker"), and set ARETE_RUNTIME=runsc",
      "ok runc: 1.3.3",
    ]
  `)
})

test.each([
  { wall: 'remapped users', differs: { remapsUsers: true } },
  { wall: 'gVisor', differs: { runtime: 'runsc', runtimes: ['runc', 'runsc'], runc: '1.0.0' } },
])('with $wall there is nothing to note', ({ differs }) => {
  expect(findIsolation({ ...USUAL, ...differs }).map(({ state }) => state)).not.toContain('warn')
})

test('both together are noted, for not every gVisor works so', () => {
  const found = findIsolation({ ...USUAL, remapsUsers: true, runtime: 'runsc', runtimes: ['runc', 'runsc'] })

  expect(found.filter(({ state }) => state === 'warn').map(({ what }) => what)).toEqual(['gVisor'])
})

test('gVisor that is there but not used is named with its setting', () => {
  const found = findIsolation({ ...USUAL, runtimes: ['runc', 'runsc'] })

  expect(found.find(({ what }) => what === 'gVisor')?.detail).toContain('ARETE_RUNTIME=runsc')
})

test.each(['engine', 'none'] as const)('a filter of %s is noted', filter => {
  expect(findIsolation({ ...USUAL, filter }).find(({ what }) => what === 'system calls')?.state).toBe('warn')
})

test.each([
  { version: '1.0.3', state: 'warn' },
  { version: '1.1.5+ds1', state: 'warn' },
  { version: '1.1.13', state: 'warn' },
  { version: '1.1.14', state: 'ok' },
  { version: 'v1.2.7', state: 'warn' },
  { version: '1.2.8', state: 'ok' },
  { version: '1.3.2', state: 'warn' },
  { version: '1.3.10', state: 'ok' },
  { version: '1.4.0-rc.3', state: 'ok' },
  { version: '2.0.0', state: 'ok' },
  { version: 'unknown', state: 'warn' },
])('runc $version is $state', ({ version, state }) => {
  expect(findIsolation({ ...USUAL, runc: version }).find(({ what }) => what === 'runc')?.state).toBe(state)
})
