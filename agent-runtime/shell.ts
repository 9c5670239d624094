import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Shell, ShellResult } from './contract.ts'

/** Makes the `shell` of a context: commands run in `workdir` and die with `signal`. */
export function openShell(workdir: string, signal: AbortSignal): Shell {
  const interpreter = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'

  return (command, options = {}) =>
    new Promise<ShellResult>(resolve => {
      const limit = options.maxOutputBytes ?? 64 * 1024
      const stdout = openClip(limit)
      const stderr = openClip(limit)
      let timedOut = false
      const child = spawn(interpreter, ['-c', command], {
        cwd: options.cwd ?? workdir,
        env: { ...process.env, ...options.env },
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const kill = (): void => {
        timedOut = true
        try {
          process.kill(-child.pid!, 'SIGKILL')
        } catch {
          // The group is already gone.
        }
      }
      const timer = setTimeout(kill, (options.timeoutSeconds ?? 120) * 1000)
      signal.addEventListener('abort', kill, { once: true })
      const finish = (exitCode: number, note = ''): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', kill)
        resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() + note, timedOut })
      }
      child.stdout.on('data', stdout.add)
      child.stderr.on('data', stderr.add)
      child.stdin.on('error', () => {})
      child.stdin.end(options.stdin ?? '')
      child.on('error', error => finish(127, error.message))
      child.on('exit', (code, name) => {
        const exitCode = code ?? (name === 'SIGKILL' ? 137 : 128)
        // A background child may hold the pipes open for ever, although the command itself has ended.
        const grace = setTimeout(() => finish(exitCode), 100)
        child.on('close', () => {
          clearTimeout(grace)
          finish(exitCode)
        })
      })
    })
}

/** Keeps the first and the last half of `limit` bytes and says how much was left out between them. */
function openClip(limit: number): { add: (chunk: Buffer) => void; text: () => string } {
  const half = Math.max(1, Math.floor(limit / 2))
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let dropped = 0

  return {
    add(chunk) {
      const room = half - head.length
      head = room > 0 ? Buffer.concat([head, chunk.subarray(0, room)]) : head
      const rest = room > 0 ? chunk.subarray(room) : chunk
      const joined = Buffer.concat([tail, rest])
      dropped += Math.max(0, joined.length - half)
      tail = joined.length > half ? joined.subarray(joined.length - half) : joined
    },
    text: () =>
      dropped === 0
        ? Buffer.concat([head, tail]).toString()
        : `${head}\n[… ${dropped} bytes left out …]\n${tail}`,
  }
}
