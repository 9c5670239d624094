import fs from 'node:fs'
import type { Ledger } from '../task-bank/draw/ledger.ts'
import { type Pool, parsePool, renderPool } from '../task-bank/draw/pool.ts'
import {
  parseSecrets,
  parseTask,
  renderSecrets,
  type Secrets,
  type SecretTask,
} from '../task-bank/draw/secrets.ts'
import { type Environments, parseEnvironments } from '../task-bank/environments.ts'

/** A file of the operator cannot be used; each reason names a key or line of it. */
export class PoolError extends Error {
  constructor(file: string, reasons: readonly string[]) {
    super(`Cannot use ${file}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'PoolError'
  }
}

/** @throws PoolError */
export function loadPool(file: string): { readonly pool: Pool; readonly ledger: Ledger } {
  const parsed = parsePool(readText(file))
  if ('mistakes' in parsed) throw new PoolError(file, parsed.mistakes)
  return parsed
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
  replace(file, renderPool(pool), 0o644)
}

/** Only its owner may read it. */
export function saveSecrets(file: string, secrets: Secrets): void {
  replace(file, renderSecrets(secrets), 0o600)
}

/** A reader, and whoever comes after a crash, sees the old file or the new one, and nothing between. */
function replace(file: string, text: string, mode: number): void {
  const fresh = `${file}.${process.pid}.new`
  fs.writeFileSync(fresh, text, { mode, flush: true })
  fs.renameSync(fresh, file)
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new PoolError(file, [code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`])
  }
}
