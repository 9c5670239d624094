import fs from 'node:fs'
import { SandboxError } from '../../../sandbox/errors.ts'
import { SourceError } from '../../mining/source.ts'
import { GroundError } from '../../planting/ground.ts'
import { UsageError } from '../errors.ts'
import { plain } from '../text.ts'

/** Flags that `arete task mine` and `arete task synth` share. */
export interface MakeOptions {
  readonly out: string
  readonly name?: string
  readonly revision: string
  readonly environment: string
  readonly recipe?: string
  readonly limit?: number
  readonly network?: true
  readonly rounds: number
  readonly jobs?: number
  readonly json?: true
}

const MAX_FILE_BYTES = 2 ** 28

/** @throws UsageError for names that tasks cannot have */
export function checkNames({ environment, name }: Pick<MakeOptions, 'environment' | 'name'>): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(environment))
    throw new UsageError(
      `Cannot use the environment "${environment}": lower-case letters, digits and dashes are needed`,
    )
  if (name !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,58}[A-Za-z0-9])?$/.test(name))
    throw new UsageError(`Cannot use the name "${name}": letters, digits, dashes and dots are needed`)
}

/** Reads a file of the operator's; its mistakes are one message. @throws UsageError */
export function load<Read extends object>(
  file: string,
  read: (text: string) => Read | { mistakes: string[] },
): Exclude<Read, { mistakes: string[] }> {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size > MAX_FILE_BYTES)
    throw new UsageError(
      `Cannot read ${file}: ${stat === undefined ? 'there is no such file' : 'it is no file, or over 256 MiB'}`,
    )
  const found = read(fs.readFileSync(file, 'utf8'))
  if ('mistakes' in found)
    throw new UsageError(
      `Cannot use ${file}:\n${(found.mistakes as string[])
        .slice(0, 20)
        .map(mistake => `  ${mistake}`)
        .join('\n')}`,
    )
  return found as Exclude<Read, { mistakes: string[] }>
}

/** Makes tasks until they are made, or somebody presses Ctrl-C: what is decided by then stays, and the process ends with 130. */
export async function untilMade(
  live: { readonly stop: () => void },
  make: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const abort = new AbortController()
  const stop = (): void => {
    // Whoever asks twice does not want to wait; the next command removes what is left.
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await make(abort.signal)
  } catch (error) {
    live.stop()
    if (error instanceof SourceError || error instanceof GroundError) throw new UsageError(error.message)
    if (!(error instanceof SandboxError) || error.code !== 'cancelled') throw error
    console.error(plain(`\n${error.message}. The same command goes on.`))
    // Connections to sandboxes that are gone would hold the process.
    process.exit(130)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}
