import path from 'node:path'
import { execa } from 'execa'

const SCAN = ['--import', import.meta.resolve('tsx'), '--import', import.meta.resolve('./scan-always.ts')]
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
