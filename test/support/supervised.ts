import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROGRAM } from './arete.ts'

/** A command of ours that is started again whenever it ends, as an operator's supervisor would. */
export interface Supervised {
  /** All that it said, of every life. */
  readonly said: () => string
  /** How it ended although nobody killed it after it was ready; with its last lines. */
  readonly surprises: readonly string[]
  /** Whether it now says that it is ready. */
  readonly isReady: () => boolean
  /** Ends it at once, without a word. */
  readonly kill: () => void
  /** Tells it to end in good order. @returns its exit code */
  readonly stop: () => Promise<number | null>
}

const AGAIN = 300

/** @param ready - what it prints once it works */
export function supervise(
  args: readonly string[],
  { env, ready }: { readonly env: Readonly<Record<string, string>>; readonly ready: string },
): Supervised {
  let said = ''
  let life = ''
  let isOver = false
  let child: ChildProcess
  const surprises: string[] = []
  const start = (): void => {
    life = ''
    child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        life += text
      })
  }
  const keep = async (): Promise<void> => {
    for (start(); !isOver; start()) {
      const [code, signal] = await once(child, 'close')
      if (isOver) return
      if (signal !== 'SIGKILL' && life.includes(ready))
        surprises.push(`${args.join(' ')} ended with ${code ?? signal}:\n${life.slice(-2000)}`)
      await sleep(AGAIN)
    }
  }
  const kept = keep()
  return {
    surprises,
    said: () => said,
    isReady: () => isAlive(child) && life.includes(ready),
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      isOver = true
      if (isAlive(child)) {
        const closed = once(child, 'close')
        child.kill('SIGTERM')
        await closed
      }
      await kept
      return child.exitCode
    },
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}
