import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { execa, execaSync } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openCollections } from '../../sandbox/collection.ts'
import { TaskError } from '../../task-bank/errors.ts'
import { loadTasks } from '../../task-bank/load.ts'
import type { Replacement } from '../../task-bank/mapping.ts'
import { makeFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'

const ADDRESS = 'https://git.example/org/tasks.git'

beforeEach(() => {
  vi.stubEnv('ARETE_CACHE', makeFolder({}))
  vi.stubEnv('ARETE_MAP', map(''))
})
afterEach(() => vi.unstubAllEnvs())

test('the map may say that a host is a folder of this machine', async () => {
  const { root, commits } = makeRepository()
  vi.stubEnv('ARETE_MAP', map(`"https://git.example/" = "file://${root}/"`))

  const offline = { ARETE_OFFLINE: '1' }
  const found = await open([{ commit: commits[0]! }, { commit: 'HEAD' }], offline)

  expect(found.statements).toEqual(['First.\n', 'Second.\n'])
  expect(found.replaced).toEqual([
    { kind: 'git', from: ADDRESS, to: `file://${root}/org/tasks.git` },
    { kind: 'git', from: ADDRESS, to: `file://${root}/org/tasks.git` },
  ])
  expect(found.said).toEqual([])
})

test('of a mirror in the network the commits are fetched once; then they are there with --offline', async () => {
  const { root, commits } = makeRepository()
  await using server = await serve(root)
  vi.stubEnv('ARETE_MAP', map(`"https://git.example/" = "git://127.0.0.1:${server.port}/"`))
  const mirror = `git://127.0.0.1:${server.port}/org/tasks.git`
  const wanted = [{ commit: commits[0]! }, { commit: commits[1]!.slice(0, 10) }, { commit: 'HEAD' }]

  const first = await open(wanted)
  const again = await open(wanted, { ARETE_OFFLINE: '1' })

  // The last two are the same task.
  expect(first.statements).toEqual(['First.\n', 'Second.\n'])
  expect(first.said).toEqual([
    `Fetching ${commits[0]!.slice(0, 12)} of ${mirror}`,
    `Fetching ${commits[1]!.slice(0, 10)} of ${mirror}`,
    `Fetching the newest commit of ${mirror}`,
  ])
  expect(again).toEqual({ ...first, said: [] })
})

test('what cannot be had is said for each task, and asked for once', async () => {
  const { root } = makeRepository()
  const gone = 'f'.repeat(40)
  await using server = await serve(root)
  const mirror = `git://127.0.0.1:${server.port}`
  const cure = `clone it, and add --clone ${ADDRESS}=<folder of the clone>`
  const tries: readonly [string, { ARETE_OFFLINE?: string }, readonly string[]][] = [
    [
      '',
      { ARETE_OFFLINE: '1' },
      [`${ADDRESS} may not be fetched (--offline), and no clone of it is at hand: ${cure}`],
    ],
    [
      `"https://git.example/" = "/nowhere/"`,
      {},
      [`the mapping file says that ${ADDRESS} is /nowhere/org/tasks.git, and there is no such folder`],
    ],
    [`"https://git.example/" = "ssh://git@127.0.0.1/"`, {}, [`no clone of ${ADDRESS} is at hand: ${cure}`]],
    [`"https://git.example/" = "${mirror}/"`, {}, [`${mirror}/org/tasks.git has no commit ${gone}`]],
  ]

  for (const [rule, env, reasons] of tries) {
    vi.stubEnv('ARETE_MAP', map(rule))
    const found = await open([{ commit: gone }], env)
    expect(found.reasons).toEqual(reasons.map(reason => `0: ${reason}`))
  }
  vi.stubEnv('ARETE_MAP', map(`"https://git.example/" = "${mirror}/other/"`))
  const lost = await open([{ commit: gone }, { commit: 'e'.repeat(40) }])
  expect(lost.reasons).toEqual(
    [0, 1].map(index =>
      expect.stringMatching(
        new RegExp(
          `^${index}: cannot be fetched from ${mirror}/other/org/tasks.git \\(fatal: .*\\): clone it`,
        ),
      ),
    ),
  )
  expect(lost.said).toHaveLength(1)
})

test('a registry itself may not point at folders of this machine, or start a program', async () => {
  const { root } = makeRepository()
  for (const url of [
    `file://${root}/org/tasks.git`,
    `${root}/org/tasks.git`,
    'ext::touch /tmp/x',
    '--upload-pack=x',
  ]) {
    const { reasons } = await open([{ url, commit: 'HEAD' }])
    expect(reasons).toEqual([expect.stringContaining('0: no clone of ')])
  }
})

/** A repository of two commits with one task, as a mirror has it. */
function makeRepository(): { root: string; commits: string[] } {
  const folder = makeFolder({
    'task/task.toml': '[task]\nname = "org/one"\n',
    'task/environment/Dockerfile': 'FROM x\n',
    'task/tests/test.sh': 'exit 0\n',
  })
  const root = makeFolder({})
  const git = (...args: string[]): string =>
    execaSync('git', ['-C', folder, '-c', 'user.name=arete', '-c', 'user.email=arete@example.org', ...args])
      .stdout
  git('init', '-q', '-b', 'main')
  const commits = ['First.\n', 'Second.\n'].map(text => {
    fs.writeFileSync(path.join(folder, 'task/instruction.md'), text)
    git('add', '.')
    git('commit', '-q', '-m', text)
    return git('rev-parse', 'HEAD')
  })
  git('clone', '-q', '--bare', folder, path.join(root, 'org/tasks.git'))
  return { root, commits }
}

/** Serves repositories below a folder as any git host does, on this machine alone. */
async function serve(root: string): Promise<{ port: number } & AsyncDisposable> {
  const port = await freePort()
  const child = execa(
    'git',
    [
      'daemon',
      '--export-all',
      '--listen=127.0.0.1',
      `--port=${port}`,
      '--reuseaddr',
      `--base-path=${root}`,
      root,
    ],
    { reject: false, stdio: 'ignore' },
  )
  while (child.exitCode === null && !(await answers(port)))
    await new Promise(resolve => setTimeout(resolve, 20))
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined))
    socket.on('error', () => resolve(false))
  })
}

function map(rule: string): string {
  return path.join(makeFolder({ 'map.toml': `[git]\n${rule}\n` }), 'map.toml')
}

/** Opens a registry with one task at each commit. */
async function open(
  tasks: readonly { url?: string; commit: string }[],
  env: { ARETE_OFFLINE?: string } = {},
): Promise<{ statements: string[]; reasons: string[]; replaced: Replacement[]; said: string[] }> {
  const entries = tasks.map(({ url = ADDRESS, commit }, index) => ({
    name: String(index),
    git_url: url,
    git_commit_id: commit,
    path: 'task',
  }))
  const file = path.join(
    makeFolder({ 'registry.json': JSON.stringify([{ name: 'small', tasks: entries }]) }),
    'registry.json',
  )
  vi.stubEnv('ARETE_OFFLINE', env.ARETE_OFFLINE ?? '')
  const replaced: Replacement[] = []
  const said: string[] = []
  const options = {
    say: (line: string) => void said.push(line),
    onReplaced: (one: Replacement) => void replaced.push(one),
  }
  try {
    const folders = await openCollections([file], options)
    const statements = folders.flatMap(folder => loadTasks([folder], {}).map(task => task.instruction))
    return { statements, reasons: [], replaced, said }
  } catch (error) {
    if (!(error instanceof TaskError)) throw error
    return { statements: [], reasons: [...error.reasons], replaced, said }
  }
}
