import { spawnSync } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openShell } from '../../agent-runtime/shell.ts'

test.each([
  { command: 'echo out; echo err >&2', result: { exitCode: 0, stdout: 'out\n', stderr: 'err\n' } },
  { command: 'exit 3', result: { exitCode: 3, stdout: '', stderr: '' } },
  { command: 'kill -9 $$', result: { exitCode: 137 } },
  { command: 'kill -15 $$', result: { exitCode: 143 } },
  { command: 'no-such-program', result: { exitCode: 127, stderr: expect.stringContaining('not found') } },
  { command: 'if', result: { exitCode: 2, stderr: expect.stringContaining('syntax error') } },
  { command: 'cat', result: { exitCode: 0, stdout: '' } },
])('the shell runs `$command`', async ({ command, result }) => {
  const { shell } = await open()

  expect(await shell(command)).toMatchObject({ ...result, timedOut: false })
})

test('commands start in the repository, with what the options add', async () => {
  const { shell, workdir } = await open()

  expect((await shell('pwd')).stdout).toBe(`${workdir}\n`)
  expect((await shell('pwd', { cwd: '/' })).stdout).toBe('/\n')
  expect((await shell('echo "$NAME $HOME"', { env: { NAME: 'x' } })).stdout).toBe(`x ${process.env.HOME}\n`)
  expect((await shell('cat', { stdin: 'typed' })).stdout).toBe('typed')
  expect((await shell('exit 0', { stdin: 'x'.repeat(1_000_000) })).exitCode).toBe(0)
})

test('a folder that does not exist is a result, not an exception', async () => {
  const { shell } = await open()

  expect(await shell('true', { cwd: '/no/such/folder' })).toMatchObject({ exitCode: 127, timedOut: false })
})

test('a command that runs too long is killed with its children', async () => {
  const { shell } = await open()

  const result = await shell('sleep 30 & echo $!; wait', { timeoutSeconds: 0.3 })

  expect(result).toMatchObject({ exitCode: 137, timedOut: true })
  expect(await isGone(Number(result.stdout))).toBe(true)
})

test('a running command is killed by the signal', async () => {
  const abort = new AbortController()
  const { shell } = await open(abort.signal)
  setTimeout(() => abort.abort(), 100)

  expect(await shell('echo begun; sleep 30')).toMatchObject({ exitCode: 137, stdout: 'begun\n' })
})

test('a background child that holds the pipes does not hold up the result', async () => {
  const { shell } = await open()

  const result = await shell('sleep 30 & echo $!')
  onTestFinished(() => void process.kill(Number(result.stdout)))

  expect(result).toMatchObject({ exitCode: 0, timedOut: false })
})

test.each(['stdout', 'stderr'] as const)('of much %s the middle is left out', async stream => {
  const { shell } = await open()
  const redirect = stream === 'stderr' ? '>&2' : ''

  const result = await shell(
    `{ printf begin; head -c 1000000 /dev/zero | tr '\\0' x; printf end; } ${redirect}`,
    {
      maxOutputBytes: 20,
    },
  )

  expect(result[stream]).toBe('beginxxxxx\n[… 999988 bytes left out …]\nxxxxxxxend')
})

test('output that just fits is whole', async () => {
  const { shell } = await open()

  expect((await shell('printf 0123456789', { maxOutputBytes: 10 })).stdout).toBe('0123456789')
})

async function open(signal = new AbortController().signal) {
  const workdir = await realpath(await mkdtemp(path.join(tmpdir(), 'arete-shell-')))
  onTestFinished(() => rm(workdir, { recursive: true, force: true }))
  return { shell: openShell(workdir, signal), workdir }
}

/** A killed process takes a moment to end, and stays a zombie where nobody waits for orphans. */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    if (/^(Z|$)/.test(stdout.trim())) return true
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}
