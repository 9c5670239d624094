import path from 'node:path'
import { execa } from 'execa'

const SCAN = ['--import', import.meta.resolve('./scan-always.mjs')]
/** The program as a person starts it. */
export const PROGRAM = path.resolve(import.meta.dirname, '../../validator/cli/arete.mjs')

/**
 * Runs the command line as a person would, without colours; never throws for an exit code. An attempt fails if its agent
 * could have read anything hidden.
 */
export async function arete(
  args: readonly string[],
  options: { cwd?: string; cancelSignal?: AbortSignal; env?: Record<string, string> } = {},
) {
  const { stdout, stderr, exitCode } = await execa('node', [...SCAN, PROGRAM, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { NO_COLOR: '1', ...options.env },
    reject: false,
    ...(options.cancelSignal === undefined ? {} : { cancelSignal: options.cancelSignal }),
  })
  return { stdout, stderr, exitCode: exitCode ?? -1 }
}

/** The program while it runs, as somebody sees it in a terminal of its own. */
export interface Running extends AsyncDisposable {
  readonly pid: number
  /** Its exit code; -1 if it was killed. */
  readonly ended: Promise<number>
  /** All that it said so far. */
  readonly said: () => string
  readonly signal: (name: NodeJS.Signals) => void
}

/** Starts the program; if it still runs in the end, it is told twice to stop. */
export function startArete(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  let said = ''
  const started = execa('node', [PROGRAM, ...args], {
    env: { NO_COLOR: '1', ...env },
    reject: false,
    all: true,
  })
  started.all!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = started.then(({ exitCode }) => exitCode ?? -1)
  return {
    pid: started.pid!,
    ended,
    said: () => said,
    signal: name => void started.kill(name),
    async [Symbol.asyncDispose]() {
      started.kill('SIGINT')
      started.kill('SIGINT')
      await ended
    },
  }
}
