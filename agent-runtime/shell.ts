import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { openClip } from './clip.ts'
import type { Shell, ShellResult } from './contract.ts'

/** How long the output of a command that has ended is waited for, while a background child holds its pipes. */
const LAST_WORDS_MS = 100

/** Makes the `shell` of a context: commands run in `workdir` and die with `signal`. */
export function openShell(workdir: string, signal: AbortSignal): Shell {
  // Without it bash takes our pipe for a remote shell's, and reads the image's ~/.bashrc each time.
  const [interpreter, ...flags] = existsSync('/bin/bash') ? ['/bin/bash', '--norc'] : ['/bin/sh']

  return (command, options = {}) =>
    new Promise<ShellResult>(resolve => {
      const stdout = openClip(options.maxOutputBytes ?? 64 * 1024)
      const stderr = openClip(options.maxOutputBytes ?? 64 * 1024)
      let timedOut = false
      const child = spawn(interpreter!, [...flags, '-c', command], {
        cwd: options.cwd ?? workdir,
        env: { ...process.env, ...options.env },
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const kill = (): void => {
        try {
          process.kill(-child.pid!, 'SIGKILL')
        } catch {
          // The group is already gone.
        }
      }
      const timer = setTimeout(
        () => {
          timedOut = true
          kill()
        },
        (options.timeoutSeconds ?? 120) * 1000,
      )
      signal.addEventListener('abort', kill, { once: true })
      const finish = (exitCode: number, note = ''): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', kill)
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ exitCode, stdout: stdout.bytes().toString(), stderr: stderr.bytes() + note, timedOut })
      }
      child.stdout.on('data', stdout.add)
      child.stderr.on('data', stderr.add)
      child.stdin.on('error', () => {})
      child.stdin.end(options.stdin ?? '')
      child.on('error', error => finish(127, error.message))
      child.on('exit', (code, name) => {
        const exitCode = code ?? 128 + (name === null ? 0 : constants.signals[name])
        const grace = setTimeout(finish, LAST_WORDS_MS, exitCode)
        child.on('close', () => {
          clearTimeout(grace)
          finish(exitCode)
        })
      })
      if (signal.aborted) kill()
    })
}
