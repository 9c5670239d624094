import { expect, test } from 'vitest'
import { chooseUser, findUser } from '../../sandbox/users.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
agent:x:1000:1001:,,,:/home/agent:/bin/bash
odd:x:1002:1002::/home/a:b:/bin/sh
evil:x:1003:1003::/home/e,mode=777:/bin/sh
`
const GROUPS = 'root:x:0:\nagents:x:1001:agent\nstaff:x:50:\n'

test.each([
  { wanted: 'agent', user: { name: 'agent', uid: 1000, gid: 1001, home: '/home/agent' } },
  { wanted: '1000', user: { name: 'agent', uid: 1000, gid: 1001, home: '/home/agent' } },
  { wanted: 'root', user: { name: 'root', uid: 0, gid: 0, home: '/root' } },
  { wanted: 'agent:staff', user: { name: 'agent', uid: 1000, gid: 50, home: '/home/agent' } },
  { wanted: 'agent:77', user: { name: 'agent', uid: 1000, gid: 77, home: '/home/agent' } },
  { wanted: '4242', user: { name: '4242', uid: 4242, gid: 4242, home: '/tmp' } },
  { wanted: '4242:staff', user: { name: '4242', uid: 4242, gid: 50, home: '/tmp' } },
  { wanted: 'evil', user: { name: 'evil', uid: 1003, gid: 1003, home: '/tmp' } },
])('user $wanted is found', ({ wanted, user }) => {
  expect(findUser(wanted, PASSWD, GROUPS)).toEqual(user)
})

test('a user or group that the image lacks makes the task unusable', () => {
  expect(() => findUser('nobody', PASSWD, GROUPS)).toThrowErrorMatchingInlineSnapshot(
    `[SandboxError: Cannot run as user "nobody": the image has no such user]`,
  )
  expect(() => findUser('agent:wheel', PASSWD, GROUPS)).toThrowErrorMatchingInlineSnapshot(
    `[SandboxError: Cannot run as group "wheel": the image has no such group]`,
  )
})

test('an image without lists has numbers only', () => {
  expect(findUser('7', '', '')).toEqual({ name: '7', uid: 7, gid: 7, home: '/tmp' })
  expect(() => findUser('root', '', '')).toThrow('no such user')
})

test.each([
  { user: 'root', mode: 'patch' as const, chosen: '1000' },
  { user: '', mode: 'patch' as const, chosen: '1000' },
  { user: '0:0', mode: 'patch' as const, chosen: '1000' },
  { user: 'node', mode: 'patch' as const, chosen: 'node' },
  { user: '01', mode: 'patch' as const, chosen: '01' },
  { user: 'root', mode: 'snapshot' as const, chosen: 'root' },
  { user: 'root', mode: 'patch' as const, workdir: '/root/app', chosen: 'root' },
  { user: 'root', mode: 'patch' as const, workdir: '/rooted', chosen: '1000' },
  { user: 'root', mode: 'patch' as const, env: ['PATH=/usr/bin:/root/.cargo/bin'], chosen: 'root' },
  { user: 'root', mode: 'patch' as const, env: ['CACHE=/root/x', 'PATH=/usr/bin'], chosen: '1000' },
])('a task that names nobody runs as $chosen: $mode mode, image $user, $workdir $env', row => {
  const { user, mode, workdir = '/app', env = [], chosen } = row

  expect(chooseUser({ user, env }, { mode, workdir })).toBe(chosen)
})
