import fs from 'node:fs'
import path from 'node:path'
import type { Ledger } from '../../task-bank/draw/ledger.ts'
import { type Pool, parsePool, renderPool } from '../../task-bank/draw/pool.ts'
import {
  parseSecrets,
  parseTask,
  renderSecrets,
  type Secrets,
  type SecretTask,
} from '../../task-bank/draw/secrets.ts'
import { type Environments, parseEnvironments } from '../../task-bank/environments.ts'

/** A file of the operator cannot be used; each reason names a key or line of it. */
export class PoolError extends Error {
  constructor(file: string, reasons: readonly string[]) {
    super(`Cannot use ${file}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'PoolError'
  }
}

/** A pool as it was read, and the text it was read from. */
export interface LoadedPool {
  readonly file: string
  readonly text: string
  readonly pool: Pool
  readonly ledger: Ledger
}

/** @throws PoolError */
export function loadPool(file: string): LoadedPool {
  const text = readText(file)
  const parsed = parsePool(text)
  if ('mistakes' in parsed) throw new PoolError(file, parsed.mistakes)
  return { file, text, ...parsed }
}

/** @throws PoolError */
export function loadSecrets(file: string): Secrets {
  const parsed = parseSecrets(readText(file))
  if ('mistakes' in parsed) throw new PoolError(file, parsed.mistakes)
  return parsed.secrets
}

/** @throws PoolError */
export function secretTask(secrets: Secrets, number: number, file: string): SecretTask {
  const parsed = parseTask(secrets, number)
  if ('mistakes' in parsed) throw new PoolError(file, parsed.mistakes)
  return parsed.task
}

/** @throws PoolError */
export function loadEnvironments(file: string): Environments {
  const parsed = parseEnvironments(readText(file))
  if ('mistakes' in parsed) throw new PoolError(file, parsed.mistakes)
  return parsed.environments
}

export function savePool(file: string, pool: Pool): void {
  replaceFile(file, renderPool(pool), 0o644)
}

/**
 * Writes a pool in place of the one that was loaded.
 *
 * @throws PoolError if somebody else wrote it meanwhile: a draw that was forgotten could be drawn again
 */
export function updatePool({ file, text }: LoadedPool, pool: Pool): void {
  if (readText(file) !== text) throw new PoolError(file, ['another command changed it meanwhile: try again'])
  savePool(file, pool)
}

/** Only its owner may read it. */
export function saveSecrets(file: string, secrets: Secrets): void {
  replaceFile(file, renderSecrets(secrets), 0o600)
}

/**
 * Writes a file as a whole: a reader, and whoever comes after a crash, sees the old one or the new one, and nothing between.
 *
 * @throws PoolError if it cannot be written
 */
export function replaceFile(file: string, text: string, mode: number): void {
  const fresh = `${file}.${process.pid}.new`
  try {
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
    fs.writeFileSync(fresh, text, { mode, flush: true })
    fs.renameSync(fresh, file)
  } catch (error) {
    fs.rmSync(fresh, { force: true })
    throw new PoolError(file, [`it cannot be written (${(error as NodeJS.ErrnoException).code})`])
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new PoolError(file, [code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`])
  }
}
