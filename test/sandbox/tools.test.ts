import { expect, test } from 'vitest'
import { type MachineChange, planRestoration, rivalsOf } from '../../sandbox/tools.ts'

const PATH = ['/opt/tool/bin', '/usr/local/bin', '/usr/bin']
const nothing = () => false

test.each([
  '/usr/bin/bash',
  '/bin/sh',
  '/usr/local/bin/python3',
  '/opt/tool/bin/python3.12',
  '/usr/bin/[',
  '/etc/ld.so.preload',
  '/etc/ld.so.conf.d/x.conf',
  '/etc/profile.d/x.sh',
  '/etc/bash.bashrc',
  '/etc/alternatives/awk',
  '/root/.bashrc',
  '/home/agent/.profile',
  '/lib64/ld-linux-x86-64.so.2',
  '/usr/lib/x86_64-linux-gnu/libc.so.6',
  '/lib/ld-musl-x86_64.so.1',
  '/usr/lib/python3.11/json/__init__.py',
  '/usr/lib/python3/dist-packages/usercustomize.py',
  '/usr/local/lib/python3.12/site-packages/x.pth',
  '/usr/lib/python3/dist-packages/_pytest/reports.py',
  '/venv/lib/python3.12/site-packages/pytest/__init__.py',
  '/app/pytest.py',
  '/conftest.py',
  '/package.json',
  '/usr/bin',
  '/bin',
])('%s is put back if it was changed or is gone', path => {
  for (const kind of ['modified', 'deleted'] as const)
    expect(planRestoration([{ path, kind }], PATH, nothing).restored).toEqual([{ path, kind }])
})

test.each([
  '/app/main.py',
  '/app/bash',
  '/app/conftest.py',
  '/etc/nginx/nginx.conf',
  '/usr/bin/nginx',
  '/usr/lib/x86_64-linux-gnu/libcrypto.so.3',
  '/usr/local/lib/python3.12/site-packages/requests/api.py',
  '/var/lib/dpkg/status',
  '/home/agent/notes.profile',
  '/srv/etc/profile',
])("%s is the agent's work", path => {
  for (const kind of ['added', 'modified', 'deleted'] as const)
    expect(planRestoration([{ path, kind }], PATH, nothing)).toEqual({
      restored: [],
      strange: [],
      rivals: [],
    })
})

test('new files that tools read go, of a folder only the folder itself', () => {
  const changes: MachineChange[] = [
    { path: '/etc/ld.so.preload', kind: 'added' },
    { path: '/usr/local/lib/python3.11/dist-packages/pytest', kind: 'added' },
    { path: '/usr/local/lib/python3.11/dist-packages/pytest/__init__.py', kind: 'added' },
  ]

  expect(planRestoration(changes, PATH, nothing).strange).toEqual([
    '/etc/ld.so.preload',
    '/usr/local/lib/python3.11/dist-packages/pytest',
  ])
})

test('a new tool is a rival only if the image has one of its name elsewhere', () => {
  const { rivals, strange } = planRestoration(
    [{ path: '/opt/tool/bin/python3', kind: 'added' }],
    PATH,
    nothing,
  )

  expect({ rivals, strange }).toEqual({ rivals: ['/opt/tool/bin/python3'], strange: [] })
  expect(rivalsOf('/opt/tool/bin/python3', PATH)).toContain('/usr/bin/python3')
  expect(rivalsOf('/opt/tool/bin/python3', PATH)).not.toContain('/opt/tool/bin/python3')
})

test('what a task allows stays as the agent left it', () => {
  const changes: MachineChange[] = [{ path: '/usr/bin/python3', kind: 'modified' }]

  expect(planRestoration(changes, PATH, path => path.startsWith('/usr/bin/')).restored).toEqual([])
})
